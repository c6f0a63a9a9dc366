"""Errors as the API tells them: `{"error": {"code": …, "message": …}}`, in the language that the client reads."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from konspekt.bilingual import Bilingual, told
from konspekt.conversion.errors import ConversionError, PostNotFound, WrongUsage
from konspekt.indexer.errors import IndexerError, NoIndexError
from konspekt.storage.errors import StorageError
from konspekt.web.messages_api import say
from konspekt.web.programs import Language

log = logging.getLogger(__name__)

Error = tuple[int, str]  # status, code
KNOWN: tuple[tuple[type[Exception], Error], ...] = (
    (NoIndexError, (503, "nothing_indexed")),
    (PostNotFound, (404, "not_found")),
    (WrongUsage, (422, "invalid")),
    (ConversionError, (422, "invalid")),
    (IndexerError, (503, "index")),
    (StorageError, (503, "storage")),
)
CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method", 413: "too_large", 429: "too_often"}


class Refused(Exception):
    """The request is not served; `message` says why."""

    def __init__(self, status: int, message: Bilingual, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


def language_of(accept: str | None) -> Language:
    """Of an `Accept-Language` header: Russian where it comes first."""
    return "ru" if (accept or "").strip().lower().startswith("ru") else "en"


def error_fields(code: str, message: object, language: Language) -> dict[str, Any]:
    return {"error": {"code": code, "message": told(message, language)}}


def fields_of(error: Exception, language: Language) -> tuple[int, dict[str, Any]]:
    """Status and body of an error that may be told; of any other, no more than that it happened."""
    if isinstance(error, Refused):
        return error.status, error_fields(CODES.get(error.status, "invalid"), error.message, language)
    for kind, (status, code) in KNOWN:
        if isinstance(error, kind):
            return status, error_fields(code, error, language)
    return 500, error_fields("internal", say("broken"), language)


def refusal(request: Request, error: Exception) -> JSONResponse:
    status, fields = fields_of(error, language_of(request.headers.get("accept-language")))
    return JSONResponse(fields, status, getattr(error, "headers", None))


def add_refusals(app: FastAPI) -> None:
    async def known(request: Request, error: Exception) -> JSONResponse:
        return refusal(request, error)

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
        language = language_of(request.headers.get("accept-language"))
        what = told(first.get("ctx", {}).get("error", first["msg"]), language)
        return JSONResponse(error_fields("invalid", f"{where}: {what}" if where else what, language), 422)

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        messages = {404: say("nothing_at"), 405: say("bad_method")}
        message = messages.get(error.status_code, Bilingual(str(error.detail), str(error.detail)))
        return refusal(request, Refused(error.status_code, message, dict(error.headers or {})))

    async def bug(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return refusal(request, error)

    for kind, _ in KNOWN:
        app.add_exception_handler(kind, known)
    app.add_exception_handler(Refused, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, bug)
