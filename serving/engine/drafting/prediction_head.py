"""Multi-token prediction: one more layer, trained with the model, guesses the token after the next.

At place p it reads what the model made of p and the token that followed, and says what comes after that one. So it
lags a step behind: once the tokens of a step are settled it reads them all, into pages with the same numbers in a cache
of one layer, and its last output waits for the next step. There it gives the first draft; for more it goes on from its
own output instead of the model's. Verification is the same as for any draft. (MiMo-7B, arXiv 2505.07608, after
DeepSeek-V3, arXiv 2412.19437, section 2.2; arranged as in vLLM's `mimo_mtp.py`: the head reads the model before its
final norm, and itself after its own.)

A shared page ends with a token whose successor came from another request: there the head remembers that one. This may
cost a draft its place, never the answer a token.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from konspekt.kernels import PagedBatch
from konspekt.kernels.kv_cache import Kind
from konspekt.serving.engine.runner import Step
from konspekt.serving.engine.sampler import guesses
from konspekt.serving.engine.scheduler import Work
from konspekt.serving.engine.sequence import Sequence
from konspekt.serving.model.transformer import Transformer


class HeadDrafter:
    """The head of `model`, beside a cache of `pages` pages."""

    def __init__(self, model: Transformer, pages: int, page_size: int, kind: Kind) -> None:
        self._model = model
        self._cache = model.new_cache(pages, page_size, kind, layers=1)
        self._waiting: dict[int, torch.Tensor] = {}  # by sequence: the head's output [hidden] at its last place

    def propose(self, work: list[Work]) -> list[Work]:
        """Fill each `room` with drafts."""
        drafts: dict[int, list[int]] = {item.sequence.id: [] for item in work}
        active = [item.sequence for item in work if item.room and item.sequence.id in self._waiting]
        room = {item.sequence.id: item.room for item in work}
        hidden = torch.stack([self._waiting[sequence.id] for sequence in active]) if active else torch.empty(0)
        while active:
            rows = [(sequence, len(drafts[sequence.id])) for sequence in active]
            for sequence, token in zip(active, guesses(self._model.logits_ahead(hidden), rows), strict=True):
                drafts[sequence.id].append(token)
            more = [i for i, sequence in enumerate(active) if len(drafts[sequence.id]) < room[sequence.id]]
            active, step = [active[i] for i in more], Step()
            for sequence in active:
                known = drafts[sequence.id]
                step.add(known[-1:], sequence.computed + len(known), sequence.pages, 1)
            hidden = self._run(step, hidden[more]) if active else hidden
        return [replace(item, drafts=(*item.drafts, *drafts[item.sequence.id])) for item in work]

    def observe(self, step: Step, sequences: list[Sequence], kept: list[int], hidden: torch.Tensor) -> None:
        """Read what the model's `step` settled: of each sequence the first `kept` tokens, whose rows lie in `hidden`
        [tokens, hidden], each with the token that follows it now."""
        read, places, first = Step(), list[int](), 0
        for sequence, many, length, pages, count in zip(
            sequences, kept, step.lengths, step.tables, step.counts, strict=True
        ):
            start = length - count
            read.add(sequence.tokens[start + 1 : start + many + 1], start + many, pages, 1)
            places.extend(range(first, first + many))
            first += count
        ahead = self._run(read, hidden[torch.tensor(places, device=hidden.device)])
        last = ahead[torch.tensor(read.rows, device=hidden.device)]
        self._waiting = {
            sequence.id: row
            for sequence, row in zip(sequences, last, strict=True)
            if sequence.finish is None and sequence.uncomputed == 1  # it guesses what comes after the next token
        }

    def warm_up(self, sequences: int) -> None:
        """Compile the kernels for a step of decoding; the first page is written to, which no sequence has yet."""
        ones = [1] * sequences
        step = Step([0] * sequences, ones, ones, [[0]] * sequences, list(range(sequences)))
        width = self._model.config.hidden_size
        self._model.logits_ahead(self._run(step, torch.zeros(sequences, width, device=self._model.device)))

    def _run(self, step: Step, hidden: torch.Tensor) -> torch.Tensor:
        batch = PagedBatch.of(step.counts, step.lengths, step.tables).to(self._model.device)
        return self._model.hidden_ahead(hidden, step.ids, self._cache, batch)
