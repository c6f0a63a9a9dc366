"""Titles and languages of texts that have neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.indexer.language import detect_language
from konspekt.indexer.sources.titles import TITLE_MAX_CHARS, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Заголовок\nтекст", "Заголовок"),
        ("\n\n  Заголовок   с  пробелами \n", "Заголовок с пробелами"),
        ("#ml #paper\nЗаголовок", "Заголовок"),
        ("🔥🔥🔥\nhttps://example.org\nЗаголовок", "Заголовок"),
        ("**Жирный заголовок**\nтекст", "Жирный заголовок"),
        ("# Заголовок Markdown", "Заголовок Markdown"),
        ("⚡️Эмодзи остаётся", "⚡️Эмодзи остаётся"),
        ("#одни #теги", "#одни #теги"),
        ("", "запасной"),
    ],
)
def test_the_first_line_that_says_something_is_the_title(text: str, title: str) -> None:
    assert title_of(text, "запасной") == title


def test_a_long_line_is_cut_after_its_first_sentence_or_between_words() -> None:
    sentence = "Первое предложение достаточно длинное."
    assert title_of(f"{sentence} Второе {'очень ' * 30}длинное.") == sentence
    cut = title_of("слово " * 50)
    assert cut.endswith("слово…")
    assert len(cut) <= TITLE_MAX_CHARS + 1


@given(st.text(max_size=400))
def test_a_title_is_one_short_line(text: str) -> None:
    title = title_of(text)
    assert len(title) <= TITLE_MAX_CHARS + 1
    assert "\n" not in title
    assert title == title.strip()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Обычный русский текст", "ru"),
        ("An ordinary English text", "en"),
        ("SageAttention2 быстрее FlashAttention2 на RTX4090: INT4 для QK, FP8 для PV", "ru"),
        ("See @канал and the paper by Иванов for details of the quantisation scheme", "en"),
        ("12345 🔥", "ru"),
        ("https://пример.рф/very/long/path", "ru"),
    ],
)
def test_the_language_is_told_by_the_letters(text: str, language: str) -> None:
    assert detect_language(text) == language
