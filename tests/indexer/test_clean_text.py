"""However a word was written down, search sees it as a reader does."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.indexer.clean_text import clean, joined_words
from konspekt.indexer.lexical import terms


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


SAME_WORDS = [
    ("пере\u00adнос", "перенос"),
    ("eﬃcient ﬂow", "efficient flow"),
    (decomposed("случайный"), "случайный"),
    (decomposed("Ёлка"), "елка"),
    ("кван\u200bтизация", "квантизация"),
    ("кванти\u2060зация", "квантизация"),
    ("\ufeffградиент", "градиент"),
    ("гра\u0301диент", "градиент"),
    ("мо\u0301дель моде\u0300ли", "модель"),
    ("𝗟𝗼𝗥𝗔 𝗯𝗼𝗹𝗱", "LoRA bold"),
    ("𝓛𝓸𝓡𝓐", "LoRA"),
    ("int８", "int8"),
    ("ＧＰＴ－４", "gpt-4"),
    ("ⒹⒹⓅⓂ", "DDPM"),
    ("10²", "10"),
    ("10²", "10^2"),
    ("x₀", "x0"),
    ("1½", "1"),
    ("co\u00adop", "coop"),
    ("non\u2011linear", "non-linear"),
    ("e\u2010mail", "e-mail"),
    ("l’Hôpital", "l'Hôpital"),
    ("l'Hôpital", "l'Hopital"),
    ("naïve Bayes", "naive bayes"),
    (decomposed("naïve"), "naive"),
    ("Москвa", "Москва"),  # a Latin a
    ("LоRА", "LoRA"),  # a Russian о and А
    ("cкорость", "скорость"),  # a Latin c
    ("РyTоrсh", "PyTorch"),
    ("кванти-\nзация", "квантизация"),
    ("кванти-\n   зация", "квантизация"),
    ("quanti-\nzation", "quantization"),
    ("quanti\u00ad\nzation", "quanti zation"),
    ("state-of-\nthe-art", "state-of-the-art"),
    ("LoRA™", "LoRA"),
    ("«№5»", "5"),
]


@pytest.mark.parametrize(("written", "asked"), SAME_WORDS)
def test_a_question_finds_the_word_however_it_is_written(written: str, asked: str) -> None:
    assert set(terms(asked)) <= set(terms(written))
    assert terms(asked)


@pytest.mark.parametrize(("written", "asked"), [("10²", "102"), ("№5", "no5"), ("LoRA™", "loratm"), ("1½", "11")])
def test_nothing_is_run_together_that_a_reader_sees_apart(written: str, asked: str) -> None:
    assert asked not in terms(written)


@pytest.mark.parametrize("word", ["GPTшка", "iPhone", "Яndex", "ёжик", "й"])
def test_a_word_of_two_alphabets_on_purpose_stays(word: str) -> None:
    assert clean(word) == word


def test_an_embedding_reads_divided_words_whole() -> None:
    assert joined_words("кванти-\nзация\nи пере\u00adнос, 𝗟𝗼𝗥𝗔") == "квантизация\nи перенос, LoRA"
    assert joined_words("- пункт\n- другой\nчто-то") == "- пункт\n- другой\nчто-то"


def test_ordinary_text_is_untouched() -> None:
    text = "Обычный текст — «с кавычками», C++ и 3.5\n\n- список: https://t.me/x/1\n"
    assert clean(text) == text
    assert joined_words(text) == text


@given(st.text(max_size=200))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
