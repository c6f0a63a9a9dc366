"""Deltas of the engine gathered into one response, or sent as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from konspekt.serving.engine.async_engine import Answer
from konspekt.serving.engine.sequence import TokenLogprob
from konspekt.serving.errors import ServingError
from konspekt.serving.http.reasoning import ReasoningSplitter
from konspekt.serving.http.responses import (
    Shape,
    error_body,
    event,
    usage,
)


@dataclass(frozen=True, slots=True)
class Telling:
    """How much of an answer is shown. `split`: thoughts apart from the answer, which `closing` ends if the template
    began them; `thoughts`: they are shown at all; `raw`: they are in the answer too, as the model wrote them."""

    logprobs: bool = False
    usage: bool = False
    split: bool = False
    thoughts: bool = True
    raw: bool = False
    closing: str | None = None


class _Parts:
    """One choice's text, in thoughts and answer."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self.splitter = ReasoningSplitter(telling.closing) if telling.split else None

    def feed(self, text: str, *, last: bool) -> tuple[str, str]:
        if self.splitter is None:
            return "", text
        thoughts, answer = self.splitter.feed(text)
        if last:
            more_thoughts, more = self.splitter.finish()
            thoughts, answer = thoughts + more_thoughts, answer + more
        return thoughts if self._telling.thoughts else "", text if self._telling.raw else answer


def _counted(answer: Answer, parts: list[_Parts], shape: Shape) -> dict[str, Any]:
    splitters = [part.splitter for part in parts if part.splitter is not None]
    if not splitters:
        return usage(answer)
    outputs = [sequence.tokens[sequence.prompt_length :] for sequence in answer.sequences]
    return usage(answer, sum(s.count(shape.pieces, out) for s, out in zip(splitters, outputs, strict=True)))


async def collect(answer: Answer, shape: Shape, telling: Telling) -> dict[str, Any]:
    """The whole response."""
    count = len(answer.sequences)
    parts = [_Parts(telling) for _ in range(count)]
    texts: list[list[str]] = [[] for _ in range(count)]
    thoughts: list[list[str]] = [[] for _ in range(count)]
    entries: list[list[TokenLogprob]] = [[] for _ in range(count)]
    finishes: list[str | None] = [None] * count
    async for index, delta in answer.deltas():
        thought, text = parts[index].feed(delta.text, last=delta.finish is not None)
        texts[index].append(text)
        thoughts[index].append(thought)
        entries[index].extend(delta.logprobs)
        finishes[index] = delta.finish
    choices = [
        shape.choice(
            i,
            "".join(texts[i]),
            "".join(thoughts[i]) or None,
            finishes[i],
            entries[i] if telling.logprobs else None,
        )
        for i in range(count)
    ]
    return shape.whole(choices, _counted(answer, parts, shape))


async def stream(answer: Answer, shape: Shape, telling: Telling) -> AsyncIterator[str]:
    started: set[int] = set()
    parts = [_Parts(telling) for _ in answer.sequences]
    try:
        async for index, delta in answer.deltas():
            if index not in started and shape.chat:
                yield event(shape.chunk(index, "", None, None, first=True))
            started.add(index)
            thoughts, text = parts[index].feed(delta.text, last=delta.finish is not None)
            if text or thoughts or delta.finish or (telling.logprobs and delta.logprobs):
                entries = list(delta.logprobs) if telling.logprobs else None
                yield event(shape.chunk(index, text, delta.finish, entries, thoughts=thoughts))
        if telling.usage:
            yield event(shape.usage_chunk(_counted(answer, parts, shape)))
        yield event("[DONE]")
    except ServingError as error:  # the status line is long gone: say it in the stream
        yield event(error_body(error)[2])
    finally:
        answer.cancel()  # the client has left, or nothing is open any more
