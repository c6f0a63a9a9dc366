"""The API as a room of the web: an application of its own, so that neither pages nor API see each other's rules."""

from __future__ import annotations

from fastapi import FastAPI

from konspekt.web.access.limits import Rate
from konspekt.web.api.gate import Gate
from konspekt.web.api.refusals import add_refusals
from konspekt.web.api.routes import router_of
from konspekt.web.parts import WebParts

PATH = "/api/v1"
READING_PER_MINUTE = 600  # of search and documents, which no model is asked for


def api(app: FastAPI, parts: WebParts) -> None:
    if parts.programs is None:
        return
    inner = FastAPI(
        title="Konspekt",
        version="1",
        description="What a channel and a course know, for programs. The same JSON as the commands' `--json`.",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": PATH}],
        root_path_in_servers=False,
    )
    add_refusals(inner)
    questions = Rate(parts.settings.questions_per_minute)
    inner.include_router(router_of(parts.programs.programs, questions=questions, reading=Rate(READING_PER_MINUTE)))
    inner.add_middleware(Gate, tokens=parts.programs.tokens)
    app.mount(PATH, inner)
