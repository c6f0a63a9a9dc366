"""In what order the readers see their examples: origins by weight, lengths alike within a batch. Seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from training.examples import Example

SORTED = 8  # batches whose examples are sorted by length together


@dataclass(frozen=True, slots=True)
class Mixture:
    """`weights`: the share of each origin. `positive`: the share of what answers. `by_lot`: of what does not, the share
    of questions that meet a window of another document by lot, so that near misses are not all that is refused.
    """

    weights: Mapping[str, float]
    positive: float
    by_lot: float


MIXTURE = Mixture(
    {"written": 0.40, "squad": 0.20, "xquad": 0.16, "posts": 0.08, "elsewhere": 0.08, "channel": 0.05, "mtrag": 0.03},
    positive=0.42,
    by_lot=0.12,
)


def batches(examples: Sequence[Example], size: int, seed: int, mixture: Mixture = MIXTURE) -> Iterator[list[Example]]:
    """Without end. An origin whose examples run out starts anew, in another order."""
    draw = random.Random(seed)
    decks = _Decks(examples, draw)
    present = [origin for origin in mixture.weights if origin in decks.origins]
    while True:
        taken: list[Example] = []
        for origin in draw.choices(present, [mixture.weights[one] for one in present], k=size * SORTED):
            answers = draw.random() < mixture.positive
            by_lot = decks.by_lot(origin) if not answers and draw.random() < mixture.by_lot else None
            taken.append(by_lot or decks.next(origin, answers))
        taken.sort(key=lambda one: len(one.question) + len(one.window.text))
        parts = [taken[i : i + size] for i in range(0, len(taken), size)]
        draw.shuffle(parts)
        yield from parts


class _Decks:
    """The examples of each origin: those that answer, those that do not, and (None) all together."""

    def __init__(self, examples: Sequence[Example], draw: random.Random) -> None:
        self._draw = draw
        self._all: dict[tuple[str, bool | None], list[Example]] = {}
        self._left: dict[tuple[str, bool | None], list[Example]] = {}
        for one in examples:
            for answers in (None, one.answer is not None):
                self._all.setdefault((one.origin, answers), []).append(one)
        self.origins = {origin for origin, _ in self._all}

    def next(self, origin: str, answers: bool) -> Example:
        key = (origin, answers) if (origin, answers) in self._all else (origin, None)
        if not self._left.get(key):
            self._left[key] = self._draw.sample(self._all[key], len(self._all[key]))
        return self._left[key].pop()

    def by_lot(self, origin: str) -> Example | None:
        """A question that is answered elsewhere, with a window of another document."""
        asked = self._all.get((origin, True))
        if not asked:
            return None
        one, other = self._draw.choice(asked), self._draw.choice(self._all[origin, None])
        return Example(one.question, other.window, None, origin, one.group) if one.group != other.group else None
