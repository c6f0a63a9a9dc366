"""Where the answer to a follow-up begins: not with what was just told, and with the very thing that is newly asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.answering.finding import Found
from konspekt.answering.reading import RuleReader
from konspekt.answering.words.shown import Shown
from konspekt.answering.words.vocabulary import NoFrequencies, content_terms
from konspekt.answering.writer import Writer
from konspekt.answering.writing.extractive import Quote
from konspekt.answering.writing.going_on import (
    asks_for_cure,
    cures_first,
    explains,
    is_bare_why,
    of_what_was_named,
    remedies,
    without_told,
)
from konspekt.answering.writing.kinds.clauses import clause_on
from konspekt.answering.writing.kinds.leaning import needs_antecedent
from konspekt.answering.writing.kinds.units import units_of
from konspekt.answering.writing.picking import brings_about, concludes
from konspekt.answering.writing.quoting import Excerpt, still_holds
from tests.answering.passages import passage

SOUP = units_of(
    "Суп вышел солёным.\nВиновата крышка: вода выкипает. Пар уходит, а соль остаётся в кастрюле.\n\n"
    "Лечение простое:\n1) долить воды;\n2) положить картофелину.\n\nПриятного аппетита."
)


def _shown(asked: str, *told: int) -> Shown:
    said = " ".join(SOUP[i].text.rstrip(".") for i in told)
    return Shown(("channel/1",), said, asked, (said,))


@pytest.mark.parametrize("question", ["а почему?", "почему?", "but why?", "why is that?"])
def test_a_why_without_a_word_of_its_own(question: str) -> None:
    assert is_bare_why(question)
    assert not is_bare_why("а почему суп солёный?")


def test_a_why_is_not_answered_with_what_was_told() -> None:
    shown = _shown("а почему?", 0, 1)
    kept = without_told(SOUP, [0, 1, 2], 2, shown, "", bare=True)
    assert [SOUP[i].text for i in kept] == ["Пар уходит, а соль остаётся в кастрюле."]
    assert explains(SOUP, kept, shown)
    assert not explains(SOUP, [len(SOUP) - 1], shown)


def test_what_makes_it_so_is_a_reason_and_what_follows_is_none() -> None:
    assert brings_about("Крышка делает суп солёным.")
    assert brings_about("The lid makes it salty.")
    assert concludes("Отсюда правило: мало воды — мало соли.")
    assert not concludes("Пар уходит.")


@pytest.mark.parametrize(
    "question", ["и как это лечить?", "как исправить?", "что с этим делать?", "лекарства от соли", "how do I fix it?"]
)
def test_what_helps_comes_first(question: str) -> None:
    assert asks_for_cure(question)
    chosen = cures_first(question, SOUP, range(1, 6))
    assert SOUP[chosen[0]].text == "Лечение простое:"
    assert remedies(SOUP) == [False, False, False, True, True, True, False]
    assert cures_first("почему он солёный?", SOUP, [1, 2, 3]) == [1, 2, 3]


def test_what_was_meant_instead_comes_first() -> None:
    units = units_of("Чайник весит 900 г вместе с крышкой. А вот у чайника без крышки — уже 700 г.")
    shown = Shown(("channel/1",), units[0].text.rstrip("."), "нет, я про чайник без крышки")
    assert without_told(units, [0, 1], 1, shown, "чайник без крышки", bare=False) == [1]
    assert without_told(units, [0, 1], 1, Shown(), "", bare=False) == [0, 1]


def test_the_answer_on_another_thing_begins_with_it() -> None:
    units = units_of("Список писался для духовки. На плите нужен слабый огонь. Для духовки совет прежний: 180.")
    shown = Shown(("channel/1",), "На плите нужен слабый огонь", "а для духовки?")
    assert without_told(units, [0, 1, 2], 2, shown, "для духовки", bare=False) == [2]


@pytest.mark.parametrize(
    ("sentence", "asked", "clause"),
    [
        ("Новый совет: суп — 16 минут; каша — 32.", "а для каши?", "каша — 32."),
        ("Вместо часа — 40 минут на стол, очередь по записи, один гость не дольше десяти минут.", "а один гость?",
         "один гость не дольше десяти минут."),
        ("Суп (с рисом, кашей) варят 16 минут.", "а для каши?", None),
        ("Каша — 32; суп — 16.", "а для каши?", None),
    ],
)  # fmt: skip
def test_a_sentence_that_was_told_is_told_again_by_its_clause(sentence: str, asked: str, clause: str | None) -> None:
    unit = units_of(sentence)[0]
    found = clause_on(unit, content_terms(asked))
    assert (found.text if found else None) == clause
    assert found is None or sentence[found.start : found.end] == clause


def test_what_the_last_answer_named_is_what_is_asked_of() -> None:
    units = units_of("Список:\n1. DPM++ (2M) по умолчанию, 20 шагов.\n2. Euler, 30 шагов.\n3. UniPC, 10 шагов.")
    shown = Shown(("channel/1",), "", "сколько шагов?", ("Для дома остаётся DPM++.",))
    assert of_what_was_named(units, shown) == [0.0, 1.0, -1.0, -1.0]
    assert not any(of_what_was_named(units, replace(shown, asked="сколько шагов для UniPC?")))


def test_a_correction_that_leaves_the_advice_in_force_takes_nothing_back() -> None:
    later = passage(2, "Зерно — обновление", "Теперь беру Aero. Для старых Moka совет остаётся в силе.")
    excerpt = Excerpt(Quote(later, later.text, 1.0), tuple(units_of(later.text)), (0,))
    assert still_holds("сколько грамм для Moka?", excerpt)
    assert not still_holds("сколько грамм для Chemex?", excerpt)


def test_an_ordinal_that_says_what_it_counts_leans_on_nothing() -> None:
    assert not needs_antecedent("Второе блюдо, рыбу с рисом, в прошлый раз готовили на пару.")
    assert needs_antecedent("Второе, которое готовили на пару, вышло лучше.")


def test_days_are_told_only_where_a_day_is_asked_for() -> None:
    writer = Writer(NoFrequencies(), None, RuleReader(NoFrequencies(), None), 1000, 400)
    one = passage(1, "Ужин 1", "Ужин в среду.")
    assert writer.dates("сколько стоит ужин?", [Found("", (one,), 1.0, answerable=True)], [one]) is None
