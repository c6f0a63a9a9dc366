"""Before anything of a request is read: whose token is it, is it JSON, is it small enough."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from konspekt.web.access.limits import Rate
from konspekt.web.api.refusals import Refused, refusal
from konspekt.web.messages_api import say
from konspekt.web.tokens import Holder, TokenStore, bearer

MOST_BYTES = 512 * 1024  # of a body: the longest text, each character as an escape
OPEN = frozenset({"/openapi.json"})  # needs no token: it says what is documented anyway


class Gate:
    """Lets through who has a token, and puts its holder into the request's state."""

    def __init__(self, app: ASGIApp, tokens: TokenStore) -> None:
        self._app, self._tokens = app, tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            if scope["path"].removeprefix(scope.get("root_path", "")) not in OPEN:
                scope.setdefault("state", {})["holder"] = await self._holder(request)
            _check_kind(request)
            body = await _body(request, receive)
        except Refused as refused:
            await refusal(request, refused)(scope, receive, send)
            return
        await self._app(scope, body, send)

    async def _holder(self, request: Request) -> Holder:
        """Raises Refused."""
        token = bearer(request.headers.get("authorization"))
        challenge = {"WWW-Authenticate": "Bearer"}
        if token is None:
            raise Refused(401, say("no_token"), challenge)
        holder = await asyncio.to_thread(self._tokens.holder, token)
        if holder is None:
            raise Refused(401, say("bad_token"), challenge)
        return holder


def allowed(scope: str, rate: Rate) -> Callable[[Request], Any]:
    """A dependency: the holder may do this, and not too often. Raises Refused."""

    async def check(request: Request) -> Holder:
        holder: Holder = request.state.holder
        if scope not in holder.scopes:
            raise Refused(403, say("no_scope", scope=scope))
        if wait := rate.wait(holder.token_id, time.monotonic()):
            seconds = math.ceil(wait)
            raise Refused(429, say("too_often", seconds=seconds), {"Retry-After": str(seconds)})
        return holder

    return check


def _check_kind(request: Request) -> None:
    """Also keeps forms of other sites out: a browser sends JSON elsewhere only after asking. Raises Refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method not in ("GET", "HEAD") and kind != "application/json":
        raise Refused(415, say("not_json"))


async def _body(request: Request, receive: Receive) -> Receive:
    """The body, read within bounds, for whoever reads it next. Raises Refused."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > MOST_BYTES:
        raise Refused(413, say("too_large", most=MOST_BYTES))
    body = await read_body(receive, MOST_BYTES)
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


async def read_body(receive: Receive, most: int) -> bytes:
    """Raises Refused where it is longer, whatever was declared."""
    parts, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts += message.get("body", b"")
        if len(parts) > most:
            raise Refused(413, say("too_large", most=most))
        more = message.get("more_body", False)
    return bytes(parts)
