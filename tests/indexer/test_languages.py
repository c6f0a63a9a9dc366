"""What of a cosine is only the language is taken off, so that a question finds texts of the other language."""

from __future__ import annotations

import numpy as np
import pytest

from konspekt.indexer.searching.fusion import LEXICAL_WEIGHT, Fusion, fuse
from konspekt.indexer.searching.languages import FEWEST, FOREIGN_LEXICAL_WEIGHT, Languages

RUSSIAN, ENGLISH = np.array([1.0, 0.0, 0.0], np.float32), np.array([0.0, 1.0, 0.0], np.float32)
TOPIC = np.array([0.0, 0.0, 0.4], np.float32)
SAMPLE = [("русский текст", RUSSIAN)] * 20 + [("an English text", ENGLISH)] * 8


def test_the_right_topic_in_the_other_language_wins() -> None:
    languages = Languages.of(SAMPLE)
    question = ENGLISH + TOPIC
    right, wrong = float(question @ (RUSSIAN + TOPIC)), float(question @ ENGLISH)
    assert wrong > right
    even = right - languages.correction(question, "русский"), wrong - languages.correction(question, "English")
    assert even[0] > even[1] - 0.1
    assert wrong - right > 3 * (even[1] - even[0])


def test_an_index_of_one_language_is_searched_as_ever() -> None:
    for sample in ([], SAMPLE[:20], [*SAMPLE[:20], *SAMPLE[-FEWEST + 1 :]]):
        assert Languages.of(sample).correction(ENGLISH, "English") == 0.0


def test_words_weigh_less_where_the_question_speaks_another_language() -> None:
    languages = Languages.of(SAMPLE)
    assert languages.lexical_weight("What is the loss?") == FOREIGN_LEXICAL_WEIGHT
    assert languages.lexical_weight("Что такое потеря?") == LEXICAL_WEIGHT
    assert Languages.of([]).lexical_weight("What?") == LEXICAL_WEIGHT


def test_a_chunk_looked_at_later_is_measured_by_the_candidates_scale() -> None:
    dense, lexical = {1: 0.9, 2: 0.8, 3: 0.7}, {1: 5.0, 2: 1.0}
    fusion = Fusion.of(dense, lexical)
    assert fusion.scores([1, 2, 3], dense, lexical) == fuse(dense, lexical)
    later = fusion.scores([9], {9: 0.9}, {9: 5.0})
    assert later[9] == fuse(dense, lexical)[1]
    assert fuse({}, {}) == {}


@pytest.mark.parametrize("held", [{3: 4.2}, {3: 0.7}, {3: 2.0, 4: 2.0}])
def test_a_word_of_a_single_post_finds_it(held: dict[int, float]) -> None:
    """«Nunchaku» stands in one post alone: there is no second score to measure it by, and it counts all the same."""
    dense = {chunk: 0.9 - 0.01 * chunk for chunk in range(1, 9)}
    fused = fuse(dense, held)
    assert max(fused, key=fused.__getitem__) == 3
    assert {chunk for chunk in fused if fused[chunk] > fused[1]} == set(held)


def test_scores_that_all_have_alike_decide_nothing() -> None:
    dense = {1: 0.9, 2: 0.8}
    assert fuse(dense, {1: 3.0, 2: 3.0}) == fuse(dense, {})
