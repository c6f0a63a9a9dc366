"""The lines that tell asides: what they are trained on, and that they learn it."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from konspekt.answering.question.asides import QUESTION, AsideKind, shipped_lines
from training.asides import ANY, asides, examples, fitted, left_out

KINDS = set(get_args(AsideKind))


def test_every_kind_has_examples_in_both_languages_and_no_text_has_two_kinds() -> None:
    found = asides()
    assert {kind for _, kind in found} == {*KINDS, QUESTION}
    assert len({text for text, _ in found}) == len(found)
    for kind in KINDS:
        texts = [text for text, of in found if of == kind]
        assert any(text.isascii() for text in texts)
        assert any(not text.isascii() for text in texts)
    assert set(shipped_lines().kinds) == {kind for _, kind in examples()} - {ANY}


@pytest.fixture(scope="module")
def made() -> tuple[np.ndarray, list[str]]:  # type: ignore[type-arg]
    """Three bundles of vectors: talk, the world and questions; a few of the world do not tell their kind."""
    draw = np.random.default_rng(0)
    middles = draw.normal(size=(3, 16))
    kinds = [("talk", "world", QUESTION)[i % 3] for i in range(90)]
    vectors = np.stack([middles[i % 3] + 0.2 * draw.normal(size=16) for i in range(90)]).astype(np.float32)
    return vectors, [ANY if kind == "world" and i < 20 else kind for i, kind in enumerate(kinds)]


def test_lines_tell_bundles_apart_with_a_kind_for_those_that_told_none(made: tuple[np.ndarray, list[str]]) -> None:  # type: ignore[type-arg]
    vectors, kinds = made
    lines = fitted(vectors, kinds)
    assert set(lines.kinds) == {"talk", "world", QUESTION}
    read = [lines.read(vector) for vector in vectors]
    assert all((one.log_odds > 0) == (kind != QUESTION) for one, kind in zip(read, kinds, strict=True))
    assert all(
        one.kind == ("world" if kind == ANY else kind)
        for one, kind in zip(read, kinds, strict=True)
        if kind != QUESTION
    )
    assert np.array_equal(lines.weight, fitted(vectors, kinds).weight)


def test_what_was_left_out_is_told_as_well(made: tuple[np.ndarray, list[str]]) -> None:  # type: ignore[type-arg]
    vectors, kinds = made
    odds = left_out(vectors, kinds)
    assert np.mean([(one > 0) == (kind != QUESTION) for one, kind in zip(odds, kinds, strict=True)]) > 0.95
