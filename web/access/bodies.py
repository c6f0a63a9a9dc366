"""No request sends more than its page can want: counted as it comes, whatever its head says."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ORDINARY = 1 << 20  # bytes: a form, or a question of a program
TOO_MUCH = 413


class BoundedBodies:
    """`larger`: paths that take more, and how much."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self._app, self._larger = app, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], ORDINARY)
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(TOO_MUCH, "too much at once")
            return message

        await self._app(scope, counted, send)
