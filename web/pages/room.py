"""The pages, put together."""

from __future__ import annotations

from fastapi import FastAPI

from konspekt.web.parts import WebParts


def pages(app: FastAPI, parts: WebParts) -> None:
    """Adds every page."""

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}
