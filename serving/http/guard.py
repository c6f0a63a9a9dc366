"""Before a request reaches its handler: who asks, under which name, and what its body is.

Plain ASGI, because a wrapping middleware would stand between a handler and the news that its client has left.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection

from fastapi import Response
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from konspekt.serving.http.body import MAX_BODY, BodyError, ClientLeftError, plain_json, read_body, replayed, too_large
from konspekt.serving.http.responses import error_json

LOOPBACK_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))


class Guard:
    """With `api_key`, everything but /health asks for `Authorization: Bearer <key>`. With `hosts`, the `Host` of a
    request must be one of them: a page of another site can point its own name at 127.0.0.1 (DNS rebinding), and its
    requests carry that name. The body must be JSON by its Content-Type too, which a page cannot send elsewhere without
    having asked."""

    def __init__(self, app: ASGIApp, api_key: str | None, hosts: Collection[str] | None = None) -> None:
        self._app, self._key = app, api_key
        self._hosts = {host.lower() for host in hosts} if hosts is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            if refusal := self._refuse(scope, headers):
                await refusal(scope, receive, send)
                return
            if scope["method"] not in ("GET", "HEAD"):
                scope, receive = await _with_json(scope, headers, receive)
        except BodyError as error:
            await JSONResponse(error_json(str(error)), error.status, {"Connection": "close"})(scope, receive, send)
            return
        except ClientLeftError:
            return
        await self._app(scope, receive, send)

    def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        if self._hosts is not None and _name(headers.get("Host", "")) not in self._hosts:
            message = "this server answers to its own address only; start it with --allow-host to add a name"
            return JSONResponse(error_json(message, code="unknown_host"), 403)
        if scope["method"] == "OPTIONS":
            return _options(scope)
        if self._key is not None and scope["path"] != "/health":
            scheme, _, given = headers.get("Authorization", "").partition(" ")
            sent = given.strip().encode("latin-1")  # as it came
            if scheme.lower() != "bearer" or not hmac.compare_digest(sent, self._key.encode()):
                message = "missing or wrong API key (Authorization: Bearer …)"
                body = error_json(message, "authentication_error", "invalid_api_key")
                return JSONResponse(body, 401, {"WWW-Authenticate": "Bearer"})
        return None


def _name(host: str) -> str:
    """A `Host` header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")


def _options(scope: Scope) -> Response:
    """The methods of a path; no other site is invited to use them from a browser."""
    methods = {"OPTIONS"}
    for route in scope["app"].routes:
        if route.matches({**scope, "method": "OPTIONS"})[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    if len(methods) == 1:
        return JSONResponse(error_json("Not Found"), 404)
    return Response(status_code=200, headers={"Allow": ", ".join(sorted(methods))})


async def _with_json(scope: Scope, headers: Headers, receive: Receive) -> tuple[Scope, Receive]:
    """The request with its body read and checked. Raises what `read_body` and `plain_json` raise."""
    length = headers.get("Content-Length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        raise too_large()
    body = await read_body(receive)
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if body and not (kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))):
        raise BodyError(f"send `Content-Type: application/json`, not {kind[:64] or 'none'!r}", 415)
    body = plain_json(body) if body else body
    changed = MutableHeaders(raw=list(scope["headers"]))
    changed["Content-Length"] = str(len(body))
    del changed["Transfer-Encoding"]
    return {**scope, "headers": changed.raw}, replayed(body, receive)
