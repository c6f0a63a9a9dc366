"""What the reader sees: the share of each origin and of what answers, whatever their numbers."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from konspekt.answering.judging.windows import windows
from training.examples import Example
from training.mixture import MIXTURE, Mixture, batches

WINDOWS = [windows("т", f"Предложение номер {i}. Ещё одно.")[0] for i in range(7)]


def example(origin: str, answers: bool, group: int) -> Example:
    return Example(f"вопрос {group}", WINDOWS[group], (2, 6) if answers else None, origin, str(group))


EXAMPLES = [
    *(example("written", i % 9 == 0, i % 7) for i in range(630)),
    *(example("xquad", i % 3 == 0, i % 7) for i in range(90)),
    *(example("elsewhere", False, i % 7) for i in range(30)),
]


def drawn(mixture: Mixture, batch: int = 10, many: int = 400) -> list[Example]:
    return [one for part in islice(batches(EXAMPLES, batch, 3, mixture), many) for one in part]


def test_origins_and_answers_come_in_their_shares() -> None:
    mixture = Mixture({"written": 0.5, "xquad": 0.4, "elsewhere": 0.1}, positive=0.4, by_lot=0.0)
    taken = drawn(mixture)
    origins = Counter(one.origin for one in taken)
    assert origins["written"] / len(taken) == pytest.approx(0.5, abs=0.05)
    assert origins["elsewhere"] / len(taken) == pytest.approx(0.1, abs=0.03)
    answered = sum(one.answer is not None for one in taken)
    assert answered / (origins["written"] + origins["xquad"]) == pytest.approx(0.4, abs=0.05)


def test_what_is_drawn_by_lot_is_of_another_document_and_answers_nothing() -> None:
    taken = drawn(Mixture({"written": 1.0}, positive=0.0, by_lot=1.0))
    by_lot = [one for one in taken if one.window is not WINDOWS[int(one.group)]]
    assert len(by_lot) > 0.7 * len(taken)
    assert all(one.answer is None for one in taken)


def test_an_origin_without_answers_gives_what_it_has() -> None:
    taken = drawn(Mixture({"elsewhere": 1.0}, positive=0.9, by_lot=0.5), many=20)
    assert {one.origin for one in taken} == {"elsewhere"}


def test_the_same_seed_draws_the_same() -> None:
    first, again = (list(islice(batches(EXAMPLES, 8, 5), 30)) for _ in range(2))
    assert first == again
    assert sum(MIXTURE.weights.values()) == pytest.approx(1.0)


def test_every_example_comes_before_any_comes_twice() -> None:
    taken = drawn(Mixture({"elsewhere": 1.0}, positive=0.0, by_lot=0.0), batch=5, many=16)
    assert len(taken) == 80
    assert set(Counter(id(one) for one in taken).values()) <= {2, 3}
