"""Drafts: a post on each network, with its counters, its warnings, and the author's own words."""

from __future__ import annotations

import asyncio
import logging
import time
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from markupsafe import Markup
from pydantic import BaseModel
from starlette.responses import Response

from konspekt.bilingual import told
from konspekt.conversion.by_rule.output import draft_text
from konspekt.conversion.draft import Part
from konspekt.conversion.errors import ConversionError
from konspekt.conversion.network import Network
from konspekt.web.access.visiting import ChangingAdmin, ReadingAdmin, Visit
from konspekt.web.pages.views import is_fragment, page
from konspekt.web.parts import KeptDraft
from konspekt.web.rendering.markdown import markdown_html

log = logging.getLogger(__name__)
router = APIRouter()
LANGUAGES = ("", "ru", "en")
FIRST_NETWORK = "x"
LONGEST_POST = 200_000  # characters of a pasted one


@router.get("/convert")
async def convert_page(request: Request, visit: ReadingAdmin, post: str = "", draft: int = 0) -> Response:
    """With `post`, an id or a link, its first draft by rule; with `draft` one that was made before."""
    kept = await asyncio.to_thread(visit.parts.desk.kept, visit.visitor, draft) if draft else None
    if draft and kept is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    named = post or (kept.post.id if kept and not kept.post.id.startswith("text:") else "")
    return await _page(request, visit, named=named[:LONGEST_POST], kept=kept)


class Wanted(BaseModel):
    """What the form sends. `how`: by rule, or by the model."""

    post: str = ""
    network: str = FIRST_NETWORK
    lang: str = ""
    how: str = "rule"


@router.post("/convert")
async def make(request: Request, visit: ChangingAdmin, wanted: Annotated[Wanted, Form()]) -> Response:
    """A draft for one network, by rule or by the model."""
    post = wanted.post
    seconds = request.app.state.drafting.wait(visit.key, time.monotonic())
    if seconds:
        return await _page(
            request, visit, named=post, problem=visit.locale("too_often", seconds=round(seconds)), status=429
        )
    desk = visit.parts.desk
    try:
        found = await asyncio.to_thread(desk.post, post[:LONGEST_POST])
        kept = await desk.make(
            visit.visitor, found, wanted.network, wanted.lang or None, by_model=wanted.how == "model"
        )
    except ConversionError as error:
        said = told(error, visit.locale.language)
        return await _page(request, visit, named=post, problem=said, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return await _page(request, visit, named=post, kept=kept, lang=wanted.lang)


async def _page(
    request: Request,
    visit: Visit,
    *,
    named: str = "",
    kept: KeptDraft | None = None,
    lang: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    values: dict[str, Any] = {
        "named": named,
        "networks": visit.parts.drafting.networks(),
        "current": kept.network.name if kept else "",
        "languages": LANGUAGES,
        "lang": lang,
        "with_model": visit.parts.drafting.with_model(),
        "problem": problem,
        "shown": _shown(kept) if kept else None,
    }
    if is_fragment(request):  # htmx shows no answer that says it failed
        return page(request, visit, "_draft.html", **values)
    saved = await asyncio.to_thread(visit.parts.desk.saved, visit.visitor)
    return page(request, visit, "convert.html", status=status, saved=saved, **values)


def _shown(kept: KeptDraft) -> dict[str, Any]:
    return {
        "id": kept.id,
        "network": kept.network,
        "draft": kept.draft,
        "author": (kept.post.author or kept.post.title or "K").strip(),
        "parts": [_part(kept.network, part) for part in kept.draft.parts],
        "saved": kept.saved,
        "warnings": [one for one in kept.draft.warnings if one not in kept.draft.to_edit],
    }


def _part(network: Network, part: Part) -> dict[str, Any]:
    """A part as a person pastes it, and as the network shows it."""
    text = network.readable(part.text) if network.readable else part.text
    html = Markup(markdown_html(text)) if network.markdown else None  # noqa: S704 - written with everything escaped
    return {"text": text, "length": part.length, "limit": part.limit, "html": html}


@router.post("/convert/edit")
async def edit(
    request: Request,
    visit: ChangingAdmin,
    draft: Annotated[int, Form()],
    part: Annotated[int, Form()],
    text: Annotated[str, Form()] = "",
) -> Response:
    """Counters and checks of what is being typed; the words are kept."""
    kept = await asyncio.to_thread(visit.parts.desk.edit, visit.visitor, draft, part, text.replace("\r\n", "\n"))
    if kept is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    if is_fragment(request):
        return page(request, visit, "_draft_state.html", shown=_shown(kept))
    return await _page(request, visit, kept=kept)


@router.post("/convert/save")
async def save(request: Request, visit: ChangingAdmin, draft: Annotated[int, Form()]) -> Response:
    if not await asyncio.to_thread(visit.parts.desk.save, visit.visitor, draft):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    kept = await asyncio.to_thread(visit.parts.desk.kept, visit.visitor, draft)
    return await _page(request, visit, kept=kept)


@router.get("/convert/download")
async def download(visit: ReadingAdmin, draft: int) -> Response:
    """The draft as the file that `konspekt convert --out` writes."""
    kept = await asyncio.to_thread(visit.parts.desk.kept, visit.visitor, draft)
    if kept is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    ending = "md" if kept.network.markdown else "txt"
    name = f"{kept.network.name}-{kept.draft.lang}-{kept.id}.{ending}"  # nothing of a stranger's words
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(draft_text(kept.draft, kept.network), media_type="text/plain; charset=utf-8", headers=headers)
