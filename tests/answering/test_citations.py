"""Marks of a model's text: every habit of small models repaired, nothing invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.answering.words.citations import (
    cited,
    drop_source_list,
    drop_unknown_marks,
    renumber,
    repair_marks,
    without_marks,
)

TEXTS = st.text(st.sampled_from("аб1234 []⟦⟧()【】.,-^¹²\nИсточник"), max_size=60)


@pytest.mark.parametrize(
    ("written", "repaired"),
    [
        ("Так [1].", "Так ⟦1⟧."),
        ("Так [Источник 2].", "Так ⟦2⟧."),
        ("Так 【3】.", "Так ⟦3⟧."),
        ("Так [1, 2] и [2-3].", "Так ⟦1⟧⟦2⟧⟦2⟧⟦3⟧."),
        ("Так [^1].", "Так ⟦1⟧."),
        ("Так [1](https://evil.example/x).", "Так ⟦1⟧."),
        ("Так (источник 2).", "Так ⟦2⟧."),
        ("So it is (see source 1).", "So it is ⟦1⟧."),
        ("Так (1).", "Так ⟦1⟧."),
        ("Слово² и дело¹.", "Слово⟦2⟧ и дело⟦1⟧."),
        ("Согласно источнику [1], так.", "Так ⟦1⟧."),
        ("[1] Так оно и есть. Да [2].", "Так оно и есть ⟦1⟧. Да ⟦2⟧."),
        ("[1][2] — Так.\n[3]: Иначе!", "Так ⟦1⟧⟦2⟧.\nИначе ⟦3⟧!"),
        ("[2] Так. И эдак! [1] Иначе.", "Так ⟦2⟧. И эдак ⟦2⟧! Иначе ⟦1⟧."),
        ("[1] Так.\n\n[2] Ещё не конч", "Так ⟦1⟧.\n\nЕщё не конч"),
        ("- [1] Так.\n- [2] «Эдак».", "- Так ⟦1⟧.\n- «Эдак» ⟦2⟧."),
        ("Формула (1) верна [2].", "Формула (1) верна ⟦2⟧."),  # it cites in brackets: round ones are its text
        ("Выпуск (2024) вышел.", "Выпуск (2024) вышел."),
        ("Точность (95).", "Точность (95)."),  # there are three sources only
    ],
)
def test_spellings_of_a_citation_become_one(written: str, repaired: str) -> None:
    assert repair_marks(written, 3) == repaired


@pytest.mark.parametrize(
    "tail",
    ["\n\nИсточники:\n[1] Пост\n[2] Другой", "\n**Источники:** [1]", "\nSources: [1], [2]", "\n\n# References\n1. x"],
)
def test_a_list_of_sources_at_the_end_is_dropped(tail: str) -> None:
    assert drop_source_list("Ответ [1]." + tail) == "Ответ [1]."


def test_the_word_sources_within_the_text_stays() -> None:
    assert drop_source_list("Источники тока важны [1].\nИ ещё.") == "Источники тока важны [1].\nИ ещё."


def test_unknown_and_doubled_marks_go() -> None:
    assert drop_unknown_marks("Так ⟦9⟧ и ⟦1⟧ ⟦1⟧ вот ⟦2⟧ .", 2) == "Так и ⟦1⟧ вот ⟦2⟧."


SHOWN = (
    "Маска принимает значения [0, 1], а сигнал лежит в [-1, 1]. Элемент a[2] равен 7. Окно берут из [1-3] слоёв. "
    "Берут шаги [16, 32] или [64]. Форма [1, 3, 64, 64]. Подробности в статье [2]. Площадь в м² и block[1]. x_i[1]"
)


@pytest.mark.parametrize(
    "text",
    [
        "Маска принимает значения [0, 1].",
        "Отрезок [0, 1] подходит.",
        "Сигнал лежит в [-1, 1].",
        "Элемент a[2] равен 7.",
        "Окно берут из [1-3] слоёв.",
        "Берут шаги [16, 32] или [64].",
        "Форма [1, 3, 64, 64].",
        "Подробности в статье [2].",
        "Подробности  в статье\n[2].",
        "Площадь в м² растёт.",
        "Значение block[1] и x_i[1].",
        "Индекс b[1] первый.",
    ],
)
def test_the_authors_brackets_are_no_citations(text: str) -> None:
    assert repair_marks(text, 3, [SHOWN]) == text
    cited_too = repair_marks(f"{text[:-1]} [1].", 3, [SHOWN])
    assert cited_too == f"{text[:-1]} ⟦1⟧."


@pytest.mark.parametrize(
    ("written", "repaired"),
    [
        ("Шагов 40 ([1], [2]).", "Шагов 40 ⟦1⟧⟦2⟧."),
        ("Шагов 40 ([1]).", "Шагов 40 ⟦1⟧."),
        ("Шагов 40 (см. [1]).", "Шагов 40 ⟦1⟧."),
        ("Шагов 40 [1], [2] и [3].", "Шагов 40 ⟦1⟧⟦2⟧⟦3⟧."),
        ("Шагов 40 [1] [2].", "Шагов 40 ⟦1⟧ ⟦2⟧."),
        ("Шагов 40 [1; 3].", "Шагов 40 ⟦1⟧⟦3⟧."),
        ("Шагов 40【1†источник】.", "Шагов 40⟦1⟧."),
        ("Шагов 40[^1].\n\n[^1]: Какой сэмплер выбрать", "Шагов 40⟦1⟧.\n\n"),
        ("Шагов 40 ⟦1⟧, ⟦2⟧.", "Шагов 40 ⟦1⟧⟦2⟧."),
        ("Шагов 40 ⟦1, 2⟧.", "Шагов 40 ⟦1⟧⟦2⟧."),
    ],
)
def test_lists_and_brackets_around_marks_leave_nothing_behind(written: str, repaired: str) -> None:
    assert repair_marks(written, 3, [SHOWN]) == repaired


@given(TEXTS, st.integers(0, 5))
def test_only_marks_of_sources_that_exist_remain(text: str, sources: int) -> None:
    assert all(1 <= n <= sources for n in cited(drop_unknown_marks(repair_marks(text, sources), sources)))


@given(TEXTS)
def test_renumbering_counts_from_one_in_order_and_keeps_the_words(text: str) -> None:
    fresh, order = renumber(text)
    assert cited(fresh) == list(range(1, len(order) + 1))
    assert [order[n] for n in cited(text)] == cited(fresh)
    assert without_marks(fresh) == without_marks(text)
