"""Asking: the answer as it comes, its sources, what was asked before, votes."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from konspekt.answering.answer import Answer, Done, Part, Partial, Status
from konspekt.answering.question.choices import with_choice
from konspekt.bilingual import told
from konspekt.indexer.errors import NoIndexError
from konspekt.storage.errors import StorageError
from konspekt.web.access.limits import Busy
from konspekt.web.access.visiting import Changing, Reading, Visit
from konspekt.web.pages.views import back_to, is_fragment, page, rendered
from konspekt.web.rendering.answers import answer_html, parts_html, sources_of, stored_html, stored_sources

log = logging.getLogger(__name__)
router = APIRouter()
SHOWN_TURNS = 10
EXAMPLES = 3
VOTES = {"1": 1, "-1": -1}


@router.get("/")
async def ask_page(request: Request, visit: Reading) -> Response:
    said = await asyncio.to_thread(visit.parts.talks.said, visit.visitor, SHOWN_TURNS)
    titles: list[str] = []
    if not said:
        titles = await asyncio.to_thread(visit.parts.documents.example_titles, visit.locale.language, EXAMPLES)
    return page(request, visit, "ask.html", turns=[_turn(one) for one in said], titles=titles, question="", problem="")


def _turn(said: Any) -> dict[str, Any]:
    prefix = f"a{said.answer_id}"
    return {
        "id": said.answer_id,
        "question": said.question,
        "html": stored_html(said.text, said.citations, prefix),
        "sources": list(stored_sources(said.citations)),
        "prefix": prefix,
        "notice": None,
        "choices": (),
        "fresh": False,
    }


@router.post("/ask")
async def ask(request: Request, visit: Changing, question: Annotated[str, Form()] = "") -> Response:
    """A stream of events for the page's script, a whole page for a browser without one."""
    question = " ".join(question.replace("\x00", " ").split())
    problem = why_not_asked(request, visit, question)
    if "text/event-stream" in request.headers.get("accept", ""):
        events = _said(problem) if problem else _events(request, visit, question)
        return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    if not problem:
        async with aclosing(_events(request, visit, question)) as events_here:
            async for event in events_here:
                if event.startswith("event: problem"):
                    problem = json.loads(event.split("data: ", 1)[1])["text"]
        if not problem:
            return back_to("/#end")
    said = await asyncio.to_thread(visit.parts.talks.said, visit.visitor, SHOWN_TURNS)
    turns = [_turn(one) for one in said]
    status = HTTPStatus.TOO_MANY_REQUESTS if question else HTTPStatus.UNPROCESSABLE_ENTITY
    return page(request, visit, "ask.html", status=status, turns=turns, titles=[], question=question, problem=problem)


def why_not_asked(request: Request, visit: Visit, question: str) -> str:
    """Why this question is not asked, or nothing."""
    most = visit.parts.settings.question_max_chars
    if not question:
        return visit.locale("empty")
    if len(question) > most:
        return visit.locale("too_long", most=most)
    seconds = request.app.state.rate.wait(
        visit.session.nonce if visit.session.owner else visit.session.number, time.monotonic()
    )
    return visit.locale("too_often", seconds=round(seconds)) if seconds else ""


def _event(name: str, **data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _said(problem: str) -> AsyncIterator[str]:
    yield _event("problem", text=problem)


async def _events(request: Request, visit: Visit, question: str) -> AsyncGenerator[str]:
    """Events: status (text), partial (html so far), done (html), problem (text). A closed stream stops the model."""
    locale, parts = visit.locale, visit.parts
    try:
        async with request.app.state.at_once.turn(visit.key):
            history = await asyncio.to_thread(parts.talks.history, visit.visitor, parts.settings.memory_turns)
            stream = parts.answers.stream(question, history, language=locale.language)
            async with aclosing(stream) as answering:
                async for event in answering:
                    if isinstance(event, Status):
                        yield _event("status", text=locale(f"step_{event.step}"))
                    elif isinstance(event, Partial):
                        parts_so_far = event.parts or (Part(event.text),)
                        yield _event("partial", html=parts_html(parts_so_far, {}, ""))
                    elif isinstance(event, Done):
                        answer_id = await asyncio.to_thread(parts.talks.remember, visit.visitor, event.answer)
                        yield _event("done", html=_answered(visit, event.answer, answer_id))
    except Busy:
        yield _event("problem", text=locale("busy"))
    except NoIndexError:
        key = "nothing_indexed_admin" if visit.visitor.admin else "nothing_indexed"
        yield _event("problem", text=locale(key))
    except StorageError as error:
        yield _event("problem", text=locale("error_storage", reason=told(error, locale.language)))
    except Exception:
        log.exception("an answer on the page failed")
        yield _event("problem", text=locale("failed"))


def _answered(visit: Visit, answer: Answer, answer_id: int) -> str:
    prefix = f"a{answer_id}"
    turn = {
        "id": answer_id,
        "question": answer.question,
        "html": answer_html(answer, prefix),
        "sources": list(sources_of(answer.citations)),
        "prefix": prefix,
        "notice": answer.notice,
        "choices": [(choice, with_choice(answer.question, choice)) for choice in answer.choices],
        "fresh": True,
    }
    return rendered("_answer.html", visit.locale, visit=visit, turn=turn)


@router.post("/vote")
async def vote(
    request: Request, visit: Changing, answer: Annotated[int, Form()], value: Annotated[str, Form()]
) -> Response:
    if value not in VOTES:
        return HTMLResponse("", HTTPStatus.UNPROCESSABLE_ENTITY)
    taken = await asyncio.to_thread(visit.parts.talks.vote, visit.visitor, answer, VOTES[value])
    if is_fragment(request):
        return HTMLResponse(f'<p class="dim" role="status">{visit.locale(f"vote_{taken}")}</p>')
    return back_to("/#end")


@router.post("/reset")
async def reset(visit: Changing) -> Response:
    await asyncio.to_thread(visit.parts.talks.reset, visit.visitor)
    return back_to("/")
