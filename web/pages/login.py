"""Logging in and out, and the language of the page."""

from __future__ import annotations

import hmac
import logging
import time
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import JSONResponse, Response

from konspekt.web.access.sessions import Session
from konspekt.web.access.telegram_login import BadLogin, checked_init_data
from konspekt.web.access.visiting import (
    LANGUAGE_COOKIE,
    Changing,
    check_host,
    check_origin,
    cookie_name,
    language_of,
    parts_of,
    sessions_of,
    set_session,
)
from konspekt.web.pages.views import back_to, bare_page, own_path

log = logging.getLogger(__name__)
router = APIRouter()
TRIES, ALL_TRIES = 10, 60  # passwords a minute, from one address and from all of them
A_YEAR = 365 * 24 * 3600


def login_page(request: Request, *, problem: str = "", status: int = 200) -> Response:
    parts = parts_of(request)
    locale = language_of(request, parts)
    return bare_page(
        request,
        locale,
        "login.html",
        status=status,
        problem=problem,
        by_password=parts.settings.secret is not None,
        by_telegram=parts.settings.bot_token is not None,
    )


@router.get("/login")
async def show_login(request: Request) -> Response:
    check_host(request, parts_of(request))
    return login_page(request)


@router.post("/login")
async def by_password(request: Request, password: Annotated[str, Form()] = "") -> Response:
    parts = parts_of(request)
    check_host(request, parts)
    check_origin(request, parts)
    locale = language_of(request, parts)
    address, now = request.client.host if request.client else "", time.monotonic()
    if request.app.state.tries.wait(address, now) or request.app.state.all_tries.wait("", now):
        return login_page(request, problem=locale("too_many_tries"), status=HTTPStatus.TOO_MANY_REQUESTS)
    secret = parts.settings.secret
    if secret is None or not hmac.compare_digest(password.encode("utf-8", "replace"), secret.encode()):
        log.warning("a login to the page with a wrong password")
        return login_page(request, problem=locale("wrong_password"), status=HTTPStatus.FORBIDDEN)
    response = back_to("/")
    set_session(response, parts, sessions_of(request), Session.new())
    return response


@router.post("/login/telegram")
async def by_telegram(request: Request, init_data: Annotated[str, Form()] = "") -> Response:
    parts = parts_of(request)
    check_host(request, parts)
    check_origin(request, parts)
    if parts.settings.bot_token is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    try:
        user = checked_init_data(init_data, parts.settings.bot_token, time.time())
    except BadLogin as error:
        log.warning("a login through Telegram was not accepted: %s", error)
        return JSONResponse({"ok": False}, HTTPStatus.FORBIDDEN)
    response = JSONResponse({"ok": True})
    set_session(response, parts, sessions_of(request), Session.new(user.id))
    if user.language and LANGUAGE_COOKIE not in request.cookies:
        _set_language(response, "ru" if user.language.lower().startswith("ru") else "en")
    return response


@router.post("/logout")
async def log_out(request: Request, visit: Changing) -> Response:
    response = back_to("/login")
    response.delete_cookie(cookie_name(visit.parts), path="/", secure=bool(visit.parts.settings.url), httponly=True)
    return response


@router.get("/language/{language}")
async def choose_language(language: str, back: str = "/") -> Response:
    response = back_to(own_path(back))
    if language in {"ru", "en"}:
        _set_language(response, language)
    return response


def _set_language(response: Response, language: str) -> None:
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=A_YEAR, httponly=True, samesite="lax", path="/")
