"""However a word is written, document and query meet in the same term."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.indexer.lexical import MAX_TERM, STOP_WORDS, terms


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Квантизация моделей", "квантизации модель"),
        ("ёлка", "ЕЛКИ"),
        ("#нейросети", "нейросеть"),
        ("GPT-4", "gpt4"),
        ("gpt 4", "GPT-4"),
        ("gpt4", "gpt 4"),
        ("state-of-the-art", "state of the art"),
        ("Qwen2.5-Coder", "qwen2.5 coder"),
        ("running models", "run model"),
        ("Wi‑Fi", "wifi"),
        ("FP16", "fp16"),
        ("C++", "c++"),
        ("snake_case", "snake case"),
        ("QuIP#", "quip"),
    ],
)
def test_one_thing_written_two_ways_shares_its_rarest_term(written: str, asked: str) -> None:
    shared = set(terms(written)) & set(terms(asked))
    assert shared
    assert max(shared, key=len) in {max(terms(written), key=len), max(terms(asked), key=len)}


@pytest.mark.parametrize(("one", "other"), [("gpt4", "gpt5"), ("кот", "код"), ("c", "c++"), ("2.5", "3.5")])
def test_different_things_keep_a_term_apart(one: str, other: str) -> None:
    assert set(terms(one)) != set(terms(other))


def test_stop_words_say_nothing() -> None:
    assert terms("что это такое и как оно было, of the and to") == []
    assert terms("") == terms("… — 🤯") == []


def test_stop_words_of_a_question_leave_its_subject() -> None:
    assert set(terms("Почему в SageAttention PV считают в FP16?")) >= {"pv", "fp16", "считать"}


@given(st.text(max_size=300))
def test_terms_are_ready_for_a_database_that_splits_at_spaces(text: str) -> None:
    for term in terms(text):
        assert term
        assert len(term) <= MAX_TERM
        assert not any(character.isspace() or character in "\"'()*:^" for character in term)
        assert term not in STOP_WORDS
        assert term == term.lower()


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюя ё", max_size=60))
def test_case_and_yo_do_not_matter(text: str) -> None:
    assert terms(text) == terms(text.upper()) == terms(text.replace("ё", "е"))
