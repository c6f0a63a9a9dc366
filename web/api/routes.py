"""The routes: each hands over to `konspekt.web.programs.Programs` and sends what that gives."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.security import HTTPBearer
from starlette.responses import JSONResponse, Response, StreamingResponse

from konspekt.answering.answer import Turn
from konspekt.bilingual import of
from konspekt.indexer.errors import IndexerError, NoIndexError
from konspekt.web.access.limits import Rate
from konspekt.web.api.asked import (
    ConvertBody,
    Name,
    Question,
    Since,
    Text,
    Until,
    first_moment,
    last_moment,
    within,
)
from konspekt.web.api.gate import allowed
from konspekt.web.api.refusals import Refused, language_of
from konspekt.web.api.streaming import events_of, while_connected, whole
from konspekt.web.api.told import AnswerItem, DocumentItem, DraftItem, ErrorAnswer, OutlineItem, PassageItem
from konspekt.web.messages_api import say
from konspekt.web.programs import MOST_DOCUMENTS, MOST_PASSAGES, Mode, Programs

FAILURES: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer} for status in (401, 403, 404, 413, 422, 429, 503)
}
TOKEN = Depends(HTTPBearer(auto_error=False, description="A token of `konspekt tokens make NAME`."))
EVENTS = {
    "text/event-stream": {
        "schema": {
            "type": "string",
            "description": 'With "stream": true: events `status` {"step"}, `partial` {"text"}, then one `answer` with '
            "the object, or `error`.",
        }
    }
}


def _ok(model: Any, **more: Any) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI shows; the response itself goes out as it came."""
    return {200: {"model": model, "description": "As the command prints it with `--json`.", **more}}


def router_of(programs: Programs, *, questions: Rate, reading: Rate) -> APIRouter:
    """`questions` limits what makes the machine think, `reading` what only looks up; both for each token."""
    router = APIRouter(dependencies=[TOKEN], responses=FAILURES)

    def checked(text: str) -> str:
        if len(text) > programs.question_max_chars:
            raise Refused(422, say("too_long", most=programs.question_max_chars))
        return text

    @router.get("/search", dependencies=[Depends(allowed("search", reading))], responses=_ok(list[PassageItem]))
    async def search(  # noqa: PLR0917 - FastAPI passes them by name
        q: Annotated[Text, Query(min_length=1, description="What to look for.")],
        k: Annotated[int, Query(ge=1, le=MOST_PASSAGES, description="How many passages.")] = 8,
        since: Since = None,
        until: Until = None,
        source: Annotated[list[Name] | None, Query(description="Only this source; may be repeated.")] = None,
        mode: Annotated[Mode | None, Query(description="Default: the best there is.")] = None,
    ) -> Response:
        """Passages for a query, best first: `konspekt search --json`."""
        where = within(since, until, source)
        try:
            return JSONResponse(await asyncio.to_thread(programs.search, checked(q), k, where, mode))
        except NoIndexError:
            raise
        except IndexerError as error:
            if mode is None:
                raise
            raise Refused(422, of(error)) from error  # a way of searching that there is not here

    @router.get("/documents", dependencies=[Depends(allowed("documents", reading))], responses=_ok(list[OutlineItem]))
    async def documents(
        source: Annotated[Name | None, Query(description="Only this source (id or title).")] = None,
        since: Since = None,
        until: Until = None,
        limit: Annotated[int, Query(ge=1, le=MOST_DOCUMENTS)] = 100,
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    ) -> Response:
        """What is indexed, the newest first; `X-Total-Count` says how many there are. `konspekt documents --json`."""
        found, total = await asyncio.to_thread(
            programs.documents,
            source,
            since=first_moment(since),
            until=last_moment(until),
            limit=limit,
            offset=offset,
        )
        return JSONResponse(found, headers={"X-Total-Count": str(total)})

    @router.get(
        "/documents/{id:path}", dependencies=[Depends(allowed("documents", reading))], responses=_ok(DocumentItem)
    )
    async def document(id: Name) -> Response:
        """One document whole, by its id or link: `konspekt show --json`."""
        found = await asyncio.to_thread(programs.document, id)
        if found is None:
            raise Refused(404, say("unknown_document"))
        return JSONResponse(found)

    @router.post("/ask", dependencies=[Depends(allowed("ask", questions))], responses=_ok(AnswerItem, content=EVENTS))
    async def ask(body: Question, request: Request) -> Response:
        """A cited answer: `konspekt ask --json`. No memory is read or written: the talk comes with the question."""
        history = [Turn(said.role, said.text, tuple(said.cited)) for said in body.history]
        answer = programs.ask(checked(body.question), history, k=body.k, within=body.within, use_model=body.use_model)
        if body.stream or "text/event-stream" in request.headers.get("accept", ""):
            events = events_of(answer, language_of(request.headers.get("accept-language")))
            return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

        async def work() -> Response:
            return JSONResponse(await whole(answer))

        return await while_connected(request, work())

    @router.post("/convert", dependencies=[Depends(allowed("convert", questions))], responses=_ok(list[DraftItem]))
    async def convert(body: ConvertBody, request: Request) -> Response:
        """Drafts of an indexed post or a text: `konspekt convert --json`. Nothing is fetched, nothing is stored."""
        wanted = body.conversion(language_of(request.headers.get("accept-language")))

        async def work() -> Response:
            return JSONResponse(await programs.convert(wanted))

        return await while_connected(request, work())

    return router
