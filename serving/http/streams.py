"""Deltas of the engine gathered into one response, or sent as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request

from serving.async_engine import Answer
from serving.errors import ServingError
from serving.http.responses import Shape, error_body, event, usage
from serving.sequence import TokenLogprob


async def disconnected(request: Request) -> None:
    """Returns when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _merge(answers: list[Answer]) -> AsyncIterator[tuple[int, Any]]:
    """Deltas of all answers as they come; the samples of answer k follow those of answer k - 1 in the numbering."""
    queue: asyncio.Queue[tuple[int, Any] | Exception | None] = asyncio.Queue()

    async def pump(answer: Answer, offset: int) -> None:
        try:
            async for index, delta in answer.deltas():
                queue.put_nowait((offset + index, delta))
            queue.put_nowait(None)
        except ServingError as error:
            queue.put_nowait(error)

    offsets = [sum(len(answer.sequences) for answer in answers[:i]) for i in range(len(answers))]
    tasks = [asyncio.ensure_future(pump(a, offset)) for a, offset in zip(answers, offsets, strict=True)]
    try:
        open_ends = len(tasks)
        while open_ends:
            item = await queue.get()
            if isinstance(item, Exception):
                raise item
            if item is None:
                open_ends -= 1
            else:
                yield item
    finally:
        for task in tasks:
            task.cancel()
        for answer in answers:
            answer.cancel()


async def collect(answers: list[Answer], shape: Shape, *, logprobs: bool) -> list[dict[str, Any]]:
    count = sum(len(answer.sequences) for answer in answers)
    texts: list[list[str]] = [[] for _ in range(count)]
    entries: list[list[TokenLogprob]] = [[] for _ in range(count)]
    finishes: list[str | None] = [None] * count
    async for index, delta in _merge(answers):
        texts[index].append(delta.text)
        entries[index].extend(delta.logprobs)
        finishes[index] = delta.finish
    return [shape.choice(i, "".join(texts[i]), finishes[i], entries[i] if logprobs else None) for i in range(count)]


async def stream(answers: list[Answer], shape: Shape, *, logprobs: bool, with_usage: bool) -> AsyncIterator[str]:
    started: set[int] = set()
    try:
        async for index, delta in _merge(answers):
            first = index not in started
            if first and shape.chat:
                yield event(shape.chunk(index, "", None, None, first=True))
            started.add(index)
            if delta.text or delta.finish or (logprobs and delta.logprobs):
                entries = list(delta.logprobs) if logprobs else None
                yield event(shape.chunk(index, delta.text, delta.finish, entries))
        if with_usage:
            yield event(shape.usage_chunk(usage(answers)))
        yield event("[DONE]")
    except ServingError as error:  # the status line is long gone: say it in the stream
        yield event(error_body(error)[2])
