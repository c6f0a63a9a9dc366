"""The web application: rooms over the same parts, and what all of them answer with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from konspekt.web.api.room import api
from konspekt.web.headers import SecurityHeaders
from konspekt.web.mcp.room import mcp
from konspekt.web.pages.room import pages
from konspekt.web.parts import WebParts
from konspekt.web.widget.room import widget

Room = Callable[[FastAPI, WebParts], AbstractAsyncContextManager[None] | None]
"""Adds its routes to the application; what it returns is open for as long as the application runs."""

ROOMS: tuple[Room, ...] = (pages, api, mcp, widget)


def create_app(parts: WebParts, rooms: Sequence[Room] = ROOMS) -> FastAPI:
    """An application without state of its own: it may be made anew for every test."""
    lasting: list[AbstractAsyncContextManager[None]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for one in lasting:
                await stack.enter_async_context(one)
            yield

    app = FastAPI(title="Konspekt", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    lasting.extend(opened for room in rooms if (opened := room(app, parts)) is not None)
    app.add_middleware(SecurityHeaders, settings=parts.settings)
    return app
