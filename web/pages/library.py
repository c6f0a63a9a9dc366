"""What is indexed, what failed and why; reading it anew, and files dropped onto the page."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from konspekt.bilingual import told
from konspekt.web.access.visiting import MOST_FILES, ChangingAdmin, ReadingAdmin, Visit
from konspekt.web.pages.views import is_fragment, page

log = logging.getLogger(__name__)
router = APIRouter()
LISTED = 50
UPLOAD = "/library/upload"
LARGEST_UPLOAD = 128 << 20  # bytes of all files together


@router.get("/library")
async def library_page(request: Request, visit: ReadingAdmin, source: str = "", page_number: int = 1) -> Response:
    return await _page(request, visit, source=source, number=max(1, min(page_number, 100_000)))


async def _page(
    request: Request, visit: Visit, *, source: str = "", number: int = 1, problem: str = "", status: int = 200
) -> Response:
    documents = visit.parts.documents
    sources = await asyncio.to_thread(documents.sources)
    listed, total = await asyncio.to_thread(
        documents.listed, source=source or None, offset=(number - 1) * LISTED, count=LISTED
    )
    return page(
        request,
        visit,
        "library.html",
        status=status,
        sources=sources,
        titles={one.id: one.title for one in sources},
        source=source,
        listed=listed,
        total=total,
        number=number,
        last=max(1, -(-total // LISTED)),
        state=visit.parts.indexing.state(),
        problem=problem,
        told=lambda message: told(message, visit.locale.language),
    )


@router.get("/library/state")
async def state(request: Request, visit: ReadingAdmin) -> Response:
    """Where the reindex stands: asked for every second while one runs."""
    if not is_fragment(request):
        return await _page(request, visit)
    language = visit.locale.language
    current = visit.parts.indexing.state()
    return page(request, visit, "_index_state.html", state=current, told=lambda message: told(message, language))


@router.post("/library/reindex")
async def reindex(request: Request, visit: ChangingAdmin) -> Response:
    visit.parts.indexing.start()
    return await state(request, visit)


@router.post(UPLOAD)
async def upload(request: Request, visit: ChangingAdmin) -> Response:
    """Files are kept under plain names in a folder of their own, and read as anything else that is indexed."""
    form = await request.form(max_files=MOST_FILES, max_fields=10)
    kept, refused = 0, []
    try:
        for field in form.getlist("files"):
            if isinstance(field, UploadFile) and field.filename:
                if await asyncio.to_thread(visit.parts.indexing.keep, field.filename, field.file):
                    kept += 1
                else:
                    refused.append(field.filename[:80])
    except OSError as error:
        said = visit.locale("upload_failed", reason=told(error, visit.locale.language))
        return await _page(request, visit, problem=said, status=HTTPStatus.INSUFFICIENT_STORAGE)
    finally:
        await form.close()
    problem = visit.locale("upload_refused", names=", ".join(refused)) if refused else ""
    if kept and not visit.parts.indexing.index_uploads():
        problem = f"{problem} {visit.locale('upload_waits')}".strip()
    if not kept and not refused:
        problem = visit.locale("upload_nothing")
    return await _page(request, visit, problem=problem, status=HTTPStatus.OK if kept else 422)
