"""Sentences are slices of their text; abbreviations, numbers and lists do not break them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.answering.words.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Раз. Два! Три? Четыре…", 4),
        ("Это т.е. одно предложение и т.д. до конца.", 1),
        ("Модель LLaMA 3.1 быстрее в 2.1× раза.", 1),
        ("1. Первый пункт\n2. Второй пункт", 2),
        ("А. С. Пушкин писал стихи.", 1),
        ("Так [1]. Иначе. [2] Конец", 3),
        ("It works, e.g. on a CPU. Nice.", 2),
        ("строка\nещё строка\n\nи ещё", 3),
        ("для модели и(!) датасета нужно то же", 1),
        ("Он ещё и дешевле (!) Потом сравним.", 2),
        ("", 0),
        (" \n ", 0),
    ],
)
def test_known_texts(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count


def test_a_mark_after_the_full_stop_belongs_to_its_sentence() -> None:
    assert [s.text for s in split_sentences("Так. [1] Иначе [2].")] == ["Так. [1]", "Иначе [2]."]


@given(st.text(st.sampled_from("аБ .!?…\n1[]»т"), max_size=80))
def test_sentences_are_slices_in_order_and_lose_nothing(text: str) -> None:
    sentences = split_sentences(text)
    end = 0
    for sentence in sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip()
        assert sentence.text
        assert not text[end : sentence.start].strip()
        end = sentence.end
    assert not text[end:].strip()
