"""Search, and reading what was found."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from konspekt.indexer.documents import Document
from konspekt.indexer.errors import NoIndexError
from konspekt.indexer.passages import Passage
from konspekt.web.access.visiting import Reading, Visit
from konspekt.web.pages.views import is_fragment, page
from konspekt.web.parts import Listed
from konspekt.web.rendering.posts import document_html

router = APIRouter()
FOUND, NEWEST, SIMILAR = 20, 20, 6
SNIPPET = 320  # characters
SIMILAR_QUERY = 600  # characters of a document by which others like it are looked for
LONGEST_QUERY = 1000
PICTURES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
}
LARGEST_PICTURE = 20 << 20
HEADING = re.compile(r"(?m)^#{1,6} +")


class Wanted(BaseModel):
    """What the form of the search sends."""

    q: str = ""
    source: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""


@router.get("/search")
async def search_page(request: Request, visit: Reading, wanted: Annotated[Wanted, Query()]) -> Response:
    """The whole page, or its results alone for the page's script."""
    query = " ".join(wanted.q.replace("\x00", " ").split())[:LONGEST_QUERY]
    parts = visit.parts
    sources = await asyncio.to_thread(parts.documents.sources)
    kinds = sorted({one.kind for one in sources})
    source, kind = wanted.source, wanted.kind
    since, until = _day(wanted.since), _day(wanted.until, last=True)
    chosen = [one.id for one in sources if (not source or one.id == source) and (not kind or one.kind == kind)]
    problem = ""
    passages: list[Passage] = []
    listed: list[Listed] = []
    try:
        if query and (chosen or not (source or kind)):
            passages = await asyncio.to_thread(
                parts.search.search,
                query,
                FOUND,
                since=since,
                until=until,
                sources=chosen if source or kind else None,
            )
        elif not query:
            listed, _ = await asyncio.to_thread(parts.documents.listed, source=source or None, count=NEWEST)
    except NoIndexError:
        problem = visit.locale("nothing_indexed_admin" if visit.visitor.admin else "nothing_indexed")
    values: dict[str, Any] = {
        "query": query,
        "hits": [_hit(one) for one in passages],
        "titles": {one.id: one.title for one in sources},
        "listed": listed,
        "problem": problem,
        "source": source,
        "kind": kind,
        "since": wanted.since if since else "",
        "until": wanted.until if until else "",
        "sources": sources,
        "kinds": kinds,
    }
    return page(request, visit, "_hits.html" if is_fragment(request) else "search.html", **values)


def _day(written: str, *, last: bool = False) -> datetime | None:
    """A day that a browser sends, from its first or to its last moment; None for none."""
    try:
        day = datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return datetime.combine(day, time.max, UTC) if last else day


def _hit(passage: Passage) -> dict[str, Any]:
    text = " ".join(HEADING.sub("", passage.text).split())
    text = text.removeprefix(passage.title).lstrip() or text  # the title stands above
    return {
        "id": passage.document_id,
        "title": passage.title or passage.document_id,
        "text": text if len(text) <= SNIPPET else text[: SNIPPET - 1].rsplit(" ", 1)[0] + "…",
        "words": " ".join(passage.text.split()[:12]),
        "published_at": passage.published_at,
        "source": passage.source,
        "corrected_by": passage.corrected_by,
    }


@router.get("/post")
async def post_page(request: Request, visit: Reading, id: str = "", q: str = "") -> Response:
    """A document whole, opened at the words `q`; for the page's script without the page around it."""
    documents = visit.parts.documents
    document = await asyncio.to_thread(documents.find, id[:600])
    if document is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    html = await asyncio.to_thread(document_html, document, q[:2000])
    beside = is_fragment(request)
    similar = [] if beside else await asyncio.to_thread(_similar, visit, document)
    cited = await asyncio.to_thread(documents.cited, document.id) if visit.visitor.admin else 0
    return page(
        request,
        visit,
        "_post.html" if beside else "post.html",
        document=document,
        html=html,
        similar=similar,
        cited=cited,
        pictures=_pictures(document),
        beside=beside,
    )


def _pictures(document: Document) -> Sequence[int]:
    return [n for n, one in enumerate(document.media) if one.kind == "photo" and one.path and "://" not in one.path]


def _similar(visit: Visit, document: Document) -> list[dict[str, Any]]:
    try:
        found = visit.parts.search.search(f"{document.title}\n{document.text}"[:SIMILAR_QUERY], SIMILAR + 1)
    except NoIndexError:
        return []
    return [_hit(one) for one in found if one.document_id != document.id][:SIMILAR]


@router.get("/picture")
async def picture(visit: Reading, id: str, n: int) -> Response:
    """A picture of a post, where the export has it."""
    path = await asyncio.to_thread(visit.parts.documents.picture, id[:600], n)
    kind = PICTURES.get(path.suffix.lower()) if path is not None else None
    if path is None or kind is None or path.stat().st_size > LARGEST_PICTURE:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    body = await asyncio.to_thread(path.read_bytes)
    headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(body, media_type=kind, headers=headers)
