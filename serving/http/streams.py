"""Deltas of the engine gathered into one response, or sent as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request

from konspekt.serving.engine.async_engine import Answer
from konspekt.serving.engine.sequence import TokenLogprob
from konspekt.serving.errors import ServingError
from konspekt.serving.http.responses import (
    Shape,
    error_body,
    event,
    usage,
)


async def disconnected(request: Request) -> None:
    """Returns when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def collect(answer: Answer, shape: Shape, *, logprobs: bool) -> list[dict[str, Any]]:
    count = len(answer.sequences)
    texts: list[list[str]] = [[] for _ in range(count)]
    entries: list[list[TokenLogprob]] = [[] for _ in range(count)]
    finishes: list[str | None] = [None] * count
    async for index, delta in answer.deltas():
        texts[index].append(delta.text)
        entries[index].extend(delta.logprobs)
        finishes[index] = delta.finish
    return [shape.choice(i, "".join(texts[i]), finishes[i], entries[i] if logprobs else None) for i in range(count)]


async def stream(answer: Answer, shape: Shape, *, logprobs: bool, with_usage: bool) -> AsyncIterator[str]:
    started: set[int] = set()
    try:
        async for index, delta in answer.deltas():
            if index not in started and shape.chat:
                yield event(shape.chunk(index, "", None, None, first=True))
            started.add(index)
            if delta.text or delta.finish or (logprobs and delta.logprobs):
                entries = list(delta.logprobs) if logprobs else None
                yield event(shape.chunk(index, delta.text, delta.finish, entries))
        if with_usage:
            yield event(shape.usage_chunk(usage(answer)))
        yield event("[DONE]")
    except ServingError as error:  # the status line is long gone: say it in the stream
        yield event(error_body(error)[2])
    finally:
        answer.cancel()  # the client has left, or nothing is open any more
