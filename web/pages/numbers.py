"""How questions fared, and the failed ones made into questions of evaluation."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from markupsafe import Markup
from starlette.responses import Response

from konspekt.web.access.visiting import ChangingAdmin, ReadingAdmin, Visit
from konspekt.web.pages.views import back_to, page
from konspekt.web.rendering.plots import days_svg

router = APIRouter()
PERIODS = (7, 30, 90)
SHOWN_PASSAGES = 5
VERDICTS: dict[str, Literal["right", "absent", "dropped"]] = {
    "right": "right",
    "absent": "absent",
    "dropped": "dropped",
}


@router.get("/numbers")
async def numbers_page(request: Request, visit: ReadingAdmin, days: int = 30, before: int = 0) -> Response:
    period = days if days in PERIODS else 30
    return await _page(request, visit, period=period, before=before or None)


async def _page(
    request: Request, visit: Visit, *, period: int = 30, before: int | None = None, said: str = "", problem: str = ""
) -> Response:
    overview = await asyncio.to_thread(visit.parts.numbers.overview, period)
    case = await asyncio.to_thread(visit.parts.cases.next, before)
    kept = await asyncio.to_thread(visit.parts.cases.kept)
    title = visit.locale("plot_title", days=period)
    svg = days_svg(overview.days, visit.locale, title)
    answered = 100 * (1 - overview.refused / overview.questions) if overview.questions else None
    return page(
        request,
        visit,
        "numbers.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        overview=overview,
        answered=answered,
        svg=Markup(svg),  # noqa: S704 - written with everything escaped
        period=period,
        periods=PERIODS,
        case=case,
        passages=case.found[:SHOWN_PASSAGES] if case else (),
        kept=kept,
        said=said,
        problem=problem,
    )


@router.post("/numbers/case")
async def judge(
    request: Request,
    visit: ChangingAdmin,
    answer: Annotated[int, Form()],
    verdict: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
) -> Response:
    """What an admin says of a failed answer: it was right, the channel does not say it, or which post does."""
    cases = visit.parts.cases
    if verdict in VERDICTS:
        if not await asyncio.to_thread(cases.decide, answer, VERDICTS[verdict]):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return back_to("/numbers#cases")
    title = await asyncio.to_thread(cases.point, answer, words[:2000]) if words.strip() else None
    if title is None:
        return await _page(request, visit, before=answer + 1, problem=visit.locale("case_no_post"))
    if not title:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return await _page(request, visit, said=visit.locale("case_kept", title=title))
