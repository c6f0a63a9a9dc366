"""The engine seen from asyncio: an answer is an asynchronous iterator; leaving the iteration cancels it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from konspekt.serving.engine.detokenizer import Detokenizer
from konspekt.serving.engine.engine import Callback, Engine
from konspekt.serving.engine.grammar import Grammar
from konspekt.serving.engine.sequence import Delta, SamplingParams, Sequence
from konspekt.serving.errors import ServingError


class Answer:
    """All samples of one request: `n` per prompt, one prompt after the other. `deltas()` yields (index of the
    sample, delta) as they come."""

    def __init__(self, engine: Engine, sequences: list[Sequence], n: int) -> None:
        self._engine, self._n = engine, n
        self.sequences = sequences
        self._queue: asyncio.Queue[tuple[int, Delta]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def callback_of(index: int) -> Callback:
            def deliver(delta: Delta) -> None:
                loop.call_soon_threadsafe(self._queue.put_nowait, (index, delta))

            return deliver

        engine.submit([(sequence, callback_of(i)) for i, sequence in enumerate(sequences)])

    async def deltas(self) -> AsyncIterator[tuple[int, Delta]]:
        """Raises ServingError when the engine failed at this answer."""
        open_ends = len(self.sequences)
        try:
            while open_ends:
                index, delta = await self._queue.get()
                if delta.error is not None:
                    raise ServingError(delta.error)
                open_ends -= delta.finish is not None
                yield index, delta
        finally:
            if open_ends:
                self.cancel()

    def cancel(self) -> None:
        for sequence in self.sequences:
            self._engine.cancel(sequence)

    @property
    def prompt_tokens(self) -> int:
        return sum(sequence.asked_length for sequence in self.sequences[:: self._n])

    @property
    def output_tokens(self) -> int:
        return sum(sequence.output_length for sequence in self.sequences)

    @property
    def cached_tokens(self) -> int:
        return sum(sequence.cached_tokens or 0 for sequence in self.sequences[:: self._n])


def start_answer(
    engine: Engine,
    prompts: list[tuple[list[int], SamplingParams]],
    grammar: Grammar | None = None,
    n: int = 1,
    *,
    visible: frozenset[int] = frozenset(),
) -> Answer:
    """Queue `n` samples of each prompt, or nothing at all; sample i draws with seed + i. `visible`: control tokens that
    stay in the text, for whoever reads the answer's parts from it. Raises what `Engine.submit` raises."""
    sequences: list[Sequence] = []
    for prompt, params in prompts:
        first: Sequence | None = None
        for i in range(n):
            one = replace(params, seed=params.seed + i)
            detokenizer = Detokenizer(
                engine.model.tokenizer, one.stop, show_control=one.show_control_tokens, visible=visible
            )
            state = grammar.start() if grammar is not None else None
            sequences.append(Sequence(prompt, one, detokenizer, state, after=first))
            first = first or sequences[-1]
    return Answer(engine, sequences, n)
