"""An answer as server-sent events, and work that stops when its client has left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from typing import Any

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.requests import Request
from starlette.responses import Response

from konspekt.answering.answer import AnswerEvent, Done, Partial
from konspekt.answering.export import answer_fields
from konspekt.web.api.refusals import fields_of
from konspekt.web.programs import Language

QUIET = 15.0  # seconds after which a comment says that the answer is still being written
GONE = 499  # nobody reads it


def event_of(event: AnswerEvent) -> bytes:
    """`status` {"step"}, `partial` {"text"} (whole so far, not checked yet), `answer` (as without streaming)."""
    if isinstance(event, Done):
        return sse("answer", answer_fields(event.answer))
    if isinstance(event, Partial):
        return sse("partial", {"text": event.text})
    return sse("status", {"step": event.step})


def sse(name: str, fields: dict[str, Any]) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(fields, ensure_ascii=False))


async def events_of(answer: AsyncGenerator[AnswerEvent], language: Language) -> AsyncIterator[bytes]:
    """An error after the first byte is an event too: `error`, with what the body would have been.

    One task drives the answer from beginning to end: whatever it holds open is closed where it was opened.
    """
    coming: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def drive() -> None:
        try:
            async with aclosing(answer):
                async for event in answer:
                    coming.put_nowait(event_of(event))
        except Exception as error:
            coming.put_nowait(sse("error", fields_of(error, language)[1]["error"]))
        coming.put_nowait(None)

    driving = asyncio.create_task(drive())
    try:
        while True:
            try:
                event = await asyncio.wait_for(coming.get(), QUIET)
            except TimeoutError:
                event = KEEPALIVE_COMMENT
            if event is None:
                return
            yield event
    finally:
        driving.cancel()  # where the client has left: the model stops with it
        await asyncio.wait({driving})


async def whole(answer: AsyncGenerator[AnswerEvent]) -> dict[str, Any]:
    """The `Done` of a stream, as `konspekt ask --json` prints it."""
    async with aclosing(answer):
        async for event in answer:
            if isinstance(event, Done):
                return answer_fields(event.answer)
    raise AssertionError("a stream ends with Done")


async def while_connected(request: Request, work: Coroutine[Any, Any, Response]) -> Response:
    """`work`, cancelled when the client leaves before it has a response."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else Response(status_code=GONE)
    finally:
        for task in (working, leaving):
            task.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
