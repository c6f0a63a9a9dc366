"""In what order the heads see their examples: origins by weight, lengths alike within a batch. Seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from training.examples import Example

WEIGHTS: Mapping[str, float] = {
    "posts": 0.28,
    "xquad": 0.30,
    "written": 0.22,
    "channel": 0.12,
    "mtrag": 0.08,
}
SORTED = 8  # batches whose examples are sorted by length together


def batches(examples: Sequence[Example], size: int, seed: int) -> Iterator[list[Example]]:
    """Without end. An origin whose examples run out starts anew, in another order."""
    draw = random.Random(seed)
    decks: dict[str, list[Example]] = {origin: [] for origin in WEIGHTS}
    by_origin = {origin: [one for one in examples if one.origin == origin] for origin in WEIGHTS}
    present = [origin for origin in WEIGHTS if by_origin[origin]]
    while True:
        taken: list[Example] = []
        for origin in draw.choices(present, [WEIGHTS[one] for one in present], k=size * SORTED):
            if not decks[origin]:
                decks[origin] = draw.sample(by_origin[origin], len(by_origin[origin]))
            taken.append(decks[origin].pop())
        taken.sort(key=lambda one: len(one.question) + len(one.window.text))
        parts = [taken[i : i + size] for i in range(0, len(taken), size)]
        draw.shuffle(parts)
        yield from parts
