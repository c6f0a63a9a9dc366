"""A small model that guesses what the large one will say, for the same verification as prompt lookup.

It reads what the large one reads, in the same steps and into pages with the same numbers in a cache of its own: so
whatever the scheduler does to pages (sharing a prefix, preemption, eviction) holds for both. Where prompt lookup finds
nothing it goes on alone for a few tokens, and the large model keeps those that it would have chosen itself.
(Leviathan et al. 2023, arXiv 2211.17192; drafts are compared with the token drawn, so answers stay the same.)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import torch

from konspekt.kernels.kv_cache import Kind
from konspekt.serving.engine.runner import Runner, Step
from konspekt.serving.engine.sampler import guesses
from konspekt.serving.engine.scheduler import Work
from konspekt.serving.engine.sequence import Sequence
from konspekt.serving.errors import UnsupportedModelError
from konspekt.serving.model.model import Model


class Drafter(Protocol):
    """What fills the room that prompt lookup leaves: a draft model, or the model's own prediction head."""

    def propose(self, work: list[Work]) -> list[Work]:
        """The same work, with drafts in each `room`; called before the model's step."""
        ...

    def observe(self, step: Step, sequences: list[Sequence], kept: list[int], hidden: torch.Tensor) -> None:
        """After the step: of each sequence the first `kept` of its tokens in `step` stay."""
        ...

    def warm_up(self, sequences: int) -> None:
        """On a GPU, before the first request."""
        ...


class DraftModel:
    """`model` as the one that guesses, beside a large one whose cache has `pages` pages."""

    def __init__(self, model: Model, pages: int, page_size: int, kind: Kind) -> None:
        self.runner = Runner(model, pages, page_size, kind)
        self._last_id = model.embedding.out_features - 1  # families pad their vocabularies differently

    def propose(self, work: list[Work]) -> list[Work]:
        """Read the tokens of `work`, and fill each `room` with drafts."""
        drafts: list[list[int]] = [[] for _ in work]
        active = [i for i, item in enumerate(work) if item.room]
        step = Step()
        for item in work:
            sequence, end = item.sequence, item.sequence.computed + item.count
            self._read(step, item, sequence.tokens[sequence.draft_computed : end], end)
        while step.ids:
            logits = self.runner.run(step)
            rows = [(work[i].sequence, len(drafts[i])) for i in active]
            for i, token in zip(active, guesses(logits, rows), strict=True):
                drafts[i].append(token)
            active = [i for i in active if len(drafts[i]) < work[i].room]
            step = Step()
            for i in active:
                self._read(step, work[i], drafts[i][-1:], work[i].sequence.draft_computed + 1)
        return [replace(item, drafts=(*item.drafts, *found)) for item, found in zip(work, drafts, strict=True)]

    def observe(self, step: Step, sequences: list[Sequence], kept: list[int], hidden: torch.Tensor) -> None:
        """It has read for itself; `Scheduler.advance` says how far that still holds."""

    def warm_up(self, sequences: int) -> None:
        self.runner.warm_up(sequences)

    def _read(self, step: Step, item: Work, tokens: list[int], end: int) -> None:
        """The next tokens of a sequence, up to place `end`."""
        known = [min(token, self._last_id) for token in tokens]
        step.add(known, end, item.sequence.pages, 1 if item.room else 0)
        item.sequence.draft_computed = end


def check_vocabulary(large: Model, draft: Model) -> None:
    """Raises UnsupportedModelError unless tokens mean the same to both, and the small one can take drafts back."""
    if draft.config.recurrent:
        raise UnsupportedModelError(
            f"{draft.config.name} cannot draft: it keeps a state, which does not forget the drafts that were wrong; "
            "take a smaller model with attention alone, or none: drafts from the text itself need no model"
        )
    ours, theirs = large.tokenizer.token_bytes, draft.tokenizer.token_bytes
    for token in range(min(len(ours), len(theirs))):
        if ours[token] != theirs[token]:
            raise UnsupportedModelError(
                f"{draft.config.name} cannot draft for {large.config.name}: token {token} is {theirs[token]!r} to the "
                f"one and {ours[token]!r} to the other; take a smaller model of the same family"
            )
    if abs(len(ours) - len(theirs)) > 1024:  # Qwen2.5 pads its sizes differently, by some hundred unused tokens
        raise UnsupportedModelError(
            f"{draft.config.name} cannot draft for {large.config.name}: it has {len(theirs)} tokens, not {len(ours)}; "
            "take a smaller model of the same family"
        )
