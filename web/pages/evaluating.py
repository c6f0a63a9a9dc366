"""Evaluation by an author's own questions: started here, watched, its tables and misses read."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from konspekt.bilingual import told
from konspekt.web.access.visiting import ChangingAdmin, ReadingAdmin, Visit
from konspekt.web.pages.views import back_to, is_fragment, page
from konspekt.web.parts_judging import Evaluation

router = APIRouter()
DEPTHS = ("1", "3", "5", "10")
SCORES = (
    "citation_precision",
    "citation_recall",
    "answer_said",
    "refusal_precision",
    "refusal_recall",
    "false_refusals",
    "written",
)


@router.get("/evaluation")
async def evaluation_page(request: Request, visit: ReadingAdmin, run: int = 0) -> Response:
    """`run`: one of the kept runs; the latest if none."""
    evaluation = _evaluation(visit)
    runs = await asyncio.to_thread(evaluation.runs)
    shown = next((one for one in runs if one.id == run), runs[0] if runs else None)
    sets = await asyncio.to_thread(evaluation.sets)
    return page(
        request,
        visit,
        "evaluation.html",
        runs=runs,
        run=shown,
        sets=sets,
        depths=DEPTHS,
        scores=SCORES,
        with_model=evaluation.with_model(),
        state=evaluation.state(),
        told=lambda message: told(message, visit.locale.language),
    )


@router.get("/evaluation/state")
async def state(request: Request, visit: ReadingAdmin) -> Response:
    """Where the run stands: asked for every second while one goes on; the page is loaded anew at its end."""
    current = _evaluation(visit).state()
    if not is_fragment(request):
        return back_to("/evaluation")
    language = visit.locale.language
    response = page(
        request, visit, "_evaluation_state.html", state=current, told=lambda message: told(message, language)
    )
    if not current.running:
        response.headers["HX-Redirect"] = "/evaluation"
    return response


@router.post("/evaluation/run")
async def start(
    visit: ChangingAdmin, sets: Annotated[list[str] | None, Form()] = None, by_model: Annotated[str, Form()] = ""
) -> Response:
    await asyncio.to_thread(_evaluation(visit).start, sets or [], by_model=bool(by_model))
    return back_to("/evaluation")


def _evaluation(visit: Visit) -> Evaluation:
    if visit.parts.evaluation is None:
        raise HTTPException(404)
    return visit.parts.evaluation
