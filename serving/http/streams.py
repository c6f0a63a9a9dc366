"""Deltas of the engine gathered into one response, or sent as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
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
from konspekt.serving.http.tools.calls import CallDelta, CallReader


@dataclass(frozen=True, slots=True)
class Telling:
    """How much of an answer is shown. `split`: thoughts apart from the answer, which `closing` ends if the template
    began them; `thoughts`: they are shown at all; `raw`: they are in the answer too, as the model wrote them.
    `callable`: names of tools whose calls are told apart."""

    logprobs: bool = False
    usage: bool = False
    split: bool = False
    thoughts: bool = True
    raw: bool = False
    closing: str | None = None
    callable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Piece:
    """What a step added to the choice `index`; `finish` comes with its last one."""

    index: int
    text: str
    thoughts: str = ""
    calls: tuple[CallDelta, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    finish: str | None = None


class Parts:
    """An answer in thoughts, text and calls: one reader of each for every choice."""

    def __init__(self, answer: Answer, telling: Telling) -> None:
        self._answer, self._telling = answer, telling
        count = len(answer.sequences)
        self._splitters = [ReasoningSplitter(telling.closing) for _ in range(count)] if telling.split else []
        self._readers = [CallReader(telling.callable) for _ in range(count)] if telling.callable else []

    async def pieces(self) -> AsyncIterator[Piece]:
        async for index, delta in self._answer.deltas():
            last = delta.finish is not None
            thoughts, text = self._split(index, delta.text, last=last)
            calls: list[CallDelta] = []
            if self._readers:
                text, calls = self._readers[index].feed(text, last=last)
            called = bool(self._readers and self._readers[index].count)
            finish = "tool_calls" if called and delta.finish == "stop" else delta.finish
            yield Piece(
                index,
                delta.text if self._telling.raw else text,
                thoughts if self._telling.thoughts else "",
                tuple(calls),
                delta.logprobs,
                finish,
            )

    def _split(self, index: int, text: str, *, last: bool) -> tuple[str, str]:
        if not self._splitters:
            return "", text
        splitter = self._splitters[index]
        thoughts, answer = splitter.feed(text)
        if last:
            more_thoughts, more = splitter.finish()
            thoughts, answer = thoughts + more_thoughts, answer + more
        return thoughts, answer

    def usage(self, shape: Shape) -> dict[str, Any]:
        """What it came to, in tokens; when all pieces have come."""
        return usage(self._answer, self.thought_tokens(shape.pieces))

    def thought_tokens(self, pieces: Sequence[bytes]) -> int | None:
        """None: thoughts are not told apart. pieces: the bytes of each token."""
        if not self._splitters:
            return None
        outputs = [sequence.said for sequence in self._answer.sequences]
        return sum(s.count(pieces, out) for s, out in zip(self._splitters, outputs, strict=True))


@dataclass(slots=True)
class Gathered:
    """One choice as it grows."""

    text: str = ""
    thoughts: str = ""
    calls: list[CallDelta] = field(default_factory=list)  # whole ones
    logprobs: list[TokenLogprob] = field(default_factory=list)
    finish: str | None = None

    def add(self, piece: Piece) -> None:
        self.text += piece.text
        self.thoughts += piece.thoughts
        self.logprobs.extend(piece.logprobs)
        self.finish = piece.finish
        for call in piece.calls:
            if call.index < len(self.calls):
                known = self.calls[call.index]
                self.calls[call.index] = replace(known, arguments=known.arguments + call.arguments)
            else:
                self.calls.append(call)


async def collect(answer: Answer, shape: Shape, telling: Telling) -> dict[str, Any]:
    """The whole response."""
    parts, found = Parts(answer, telling), [Gathered() for _ in answer.sequences]
    async for piece in parts.pieces():
        found[piece.index].add(piece)
    choices = [
        shape.choice(
            i, one.text, one.thoughts or None, one.finish, one.logprobs if telling.logprobs else None, calls=one.calls
        )
        for i, one in enumerate(found)
    ]
    return shape.whole(choices, parts.usage(shape))


async def stream(answer: Answer, shape: Shape, telling: Telling) -> AsyncIterator[str]:
    started: set[int] = set()
    parts = Parts(answer, telling)
    try:
        async for piece in parts.pieces():
            index, text = piece.index, piece.text
            if index not in started and shape.chat:
                yield event(shape.chunk(index, "", None, None, first=True))
            started.add(index)
            entries = list(piece.logprobs) if telling.logprobs else None
            if text or piece.thoughts or piece.calls or piece.finish or entries:
                chunk = shape.chunk(index, text, piece.finish, entries, thoughts=piece.thoughts, calls=piece.calls)
                yield event(chunk)
        if telling.usage:
            yield event(shape.usage_chunk(parts.usage(shape)))
        yield event("[DONE]")
    except ServingError as error:  # the status line is long gone: say it in the stream
        yield event(error_body(error)[2])
    finally:
        answer.cancel()  # the client has left, or nothing is open any more
