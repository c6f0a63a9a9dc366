"""The arena: two answers side by side and blind, a vote, and who is stronger."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, cast, get_args

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from konspekt.assistant.arena.contest import QUOTES, Alike, ModelSilent
from konspekt.indexer.errors import NoIndexError
from konspekt.storage.judging.matches import Match, Side, Vote
from konspekt.web.access.limits import Busy
from konspekt.web.access.visiting import FORBIDDEN, Changing, Reading, Visit
from konspekt.web.pages.asking import why_not_asked
from konspekt.web.pages.views import back_to, page
from konspekt.web.parts_judging import Arena
from konspekt.web.rendering.answers import stored_html, stored_sources

router = APIRouter()
VOTES = get_args(Vote)


@router.get("/arena")
async def arena_page(request: Request, visit: Reading, match: int = 0) -> Response:
    shown = await asyncio.to_thread(_arena(visit).match, visit.visitor.user_id, match) if match else None
    if match and shown is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return await _page(request, visit, shown)


async def _page(
    request: Request,
    visit: Visit,
    match: Match | None = None,
    *,
    question: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    arena = _arena(visit)
    table = await asyncio.to_thread(arena.table) if visit.visitor.admin else None
    sides = [_shown(visit, match, place) for place in ("left", "right")] if match else []
    return page(
        request,
        visit,
        "arena.html",
        status=status,
        open=arena.open,
        match=match,
        sides=sides,
        votes=VOTES,
        table=table,
        quotes=QUOTES,
        question=question,
        problem=problem,
    )


def _shown(visit: Visit, match: Match, place: str) -> dict[str, object]:
    """Who it was is in the page only once there is a vote."""
    side: Side = getattr(match, place)
    prefix = f"{place}{match.id}"
    name = visit.locale("arena_quotes") if side.name == QUOTES else side.name
    return {
        "place": place,
        "prefix": prefix,
        "name": name if match.vote else "",
        "html": stored_html(side.text, side.citations, prefix),
        "sources": list(stored_sources(side.citations)),
    }


@router.post("/arena/ask")
async def ask(request: Request, visit: Changing, question: Annotated[str, Form()] = "") -> Response:
    """Two answers to a question, as often as one may ask at all."""
    arena = _arena(visit)
    if not arena.open:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    question = " ".join(question.replace("\x00", " ").split())
    problem = why_not_asked(request, visit, question)
    if not problem:
        try:
            async with request.app.state.at_once.turn(visit.key):
                match = await arena.contest(visit.visitor.user_id, question, visit.locale.language)
            return back_to(f"/arena?match={match.id}")
        except Busy:
            problem = visit.locale("busy")
        except Alike:
            problem = visit.locale("arena_alike")
        except ModelSilent:
            problem = visit.locale("arena_silent")
        except NoIndexError:
            problem = visit.locale("nothing_indexed_admin" if visit.visitor.admin else "nothing_indexed")
    return await _page(request, visit, question=question, problem=problem, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@router.post("/arena/vote")
async def vote(visit: Changing, match: Annotated[int, Form()], vote: Annotated[str, Form()]) -> Response:
    if vote not in VOTES:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY)
    chosen = cast(Vote, vote)
    if await asyncio.to_thread(_arena(visit).vote, visit.visitor.user_id, match, chosen) == "gone":
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return back_to(f"/arena?match={match}")


def _arena(visit: Visit) -> Arena:
    """For admins, and for readers where the setting says so."""
    if not visit.visitor.admin and not visit.parts.settings.arena_readers:
        raise HTTPException(FORBIDDEN, "for admins")
    if visit.parts.arena is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return visit.parts.arena
