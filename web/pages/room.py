"""The pages, put together: routes, the files beside them, and what is said when something fails."""

from __future__ import annotations

import mimetypes
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from konspekt.bilingual import told
from konspekt.storage.errors import StorageError
from konspekt.web.access.bodies import BoundedBodies
from konspekt.web.access.limits import AtOnce, Rate
from konspekt.web.access.sessions import Sessions
from konspekt.web.access.visiting import STALE_FORM, language_of, parts_of, visit_or_none
from konspekt.web.pages import arena, asking, converting, evaluating, library, login, numbers, searching, topics
from konspekt.web.pages.views import STATIC, bare_page, is_fragment, page
from konspekt.web.parts import WebParts

PAGES = (login, asking, searching, topics, converting, library, numbers, evaluating, arena)
FOR_EVER = "public, max-age=31536000, immutable"
PROGRAMS = ("/api/", "/mcp")  # answered in JSON, by their own rooms
LARGER = {library.UPLOAD: library.LARGEST_UPLOAD}
DRAFTS = 120  # a minute: a draft by rule takes milliseconds


def pages(app: FastAPI, parts: WebParts) -> None:
    """Adds every page."""
    app.state.parts = parts
    app.state.sessions = Sessions(parts.settings.key)
    app.state.rate = Rate(parts.settings.questions_per_minute)
    app.state.drafting = Rate(DRAFTS)
    app.state.tries, app.state.all_tries = Rate(login.TRIES), Rate(login.ALL_TRIES)
    app.state.at_once = AtOnce(parts.settings.concurrent_answers)
    for router in (
        login.router,
        asking.router,
        searching.router,
        converting.router,
        library.router,
        numbers.router,
        topics.router,
        evaluating.router,
        arena.router,
    ):
        app.include_router(router)
    app.add_api_route("/health", _health, methods=["GET"])
    app.add_api_route("/static/{name}", _static, methods=["GET"])
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(StorageError, _no_storage)
    app.add_middleware(BoundedBodies, larger=LARGER)


async def _health() -> dict[str, str]:
    return {"status": "ok"}


async def _static(name: str) -> Response:
    files = {path.name: path for path in STATIC.iterdir()}
    if name not in files:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    return Response(files[name].read_bytes(), media_type=kind, headers={"Cache-Control": FOR_EVER})


async def _failed(request: Request, error: Exception) -> Response:
    """In the page's own words; a stranger is led to the login."""
    failure = cast(HTTPException, error)
    if request.url.path.startswith(PROGRAMS):
        return await http_exception_handler(request, failure)
    status = failure.status_code
    locale = language_of(request, parts_of(request))
    known = (401, 403, 404, 413, 421, 429)
    title = locale(f"error_{status}" if status in known else "error_other")
    detail = ""
    if failure.detail == STALE_FORM:
        detail = locale("error_form")
    elif status == HTTPStatus.MISDIRECTED_REQUEST:
        detail = locale("error_proxy")
    if is_fragment(request):
        return PlainTextResponse(detail or title, status)
    if status == HTTPStatus.UNAUTHORIZED:
        return login.login_page(request, status=status)
    return _error_page(request, title, detail, status)


async def _not_understood(request: Request, error: Exception) -> Response:
    if request.url.path.startswith(PROGRAMS):
        from fastapi.exception_handlers import request_validation_exception_handler

        return await request_validation_exception_handler(request, cast(RequestValidationError, error))
    locale = language_of(request, parts_of(request))
    return _error_page(request, locale("error_other"), "", HTTPStatus.UNPROCESSABLE_ENTITY)


async def _no_storage(request: Request, error: Exception) -> Response:
    locale = language_of(request, parts_of(request))
    reason = locale("error_storage", reason=told(error, locale.language))
    if request.url.path.startswith(PROGRAMS):
        return await http_exception_handler(request, HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, str(error)))
    return _error_page(request, locale("error_other"), reason, HTTPStatus.SERVICE_UNAVAILABLE)


def _error_page(request: Request, title: str, detail: str, status: int) -> Response:
    try:
        visit = visit_or_none(request)
    except HTTPException:
        visit = None
    if visit is None:
        locale = language_of(request, parts_of(request))
        return bare_page(request, locale, "error.html", status=status, title=title, detail=detail)
    return page(request, visit, "error.html", status=status, title=title, detail=detail)
