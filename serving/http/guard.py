"""Before a request is read: the API key, and how large a body may be.

Plain ASGI, because a wrapping middleware would stand between a handler and the news that its client has left.
"""

from __future__ import annotations

import hmac

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from konspekt.serving.http.responses import error_json

MAX_BODY = 4 << 20


class Guard:
    """With `api_key`, everything but /health asks for `Authorization: Bearer <key>`."""

    def __init__(self, app: ASGIApp, api_key: str | None) -> None:
        self._app, self._key = app, api_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refuse(scope["path"], scope["method"], Headers(scope=scope))):
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refuse(self, path: str, method: str, headers: Headers) -> JSONResponse | None:
        if self._key is not None and path != "/health":
            given = headers.get("Authorization", "").removeprefix("Bearer ").strip()
            if not hmac.compare_digest(given.encode(), self._key.encode()):
                message = "missing or wrong API key (Authorization: Bearer …)"
                return JSONResponse(error_json(message, "authentication_error", "invalid_api_key"), 401)
        length = headers.get("Content-Length", "0" if method == "GET" else "")
        if not length.isdigit() or int(length) > MAX_BODY:
            return JSONResponse(error_json(f"a body needs a Content-Length of at most {MAX_BODY} bytes"), 413)
        return None
