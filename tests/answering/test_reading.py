"""Which stretch and which sentence of a passage are shown: as a reader of the whole passage has it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from konspekt.answering.reading import Reading, RuleReader
from konspekt.answering.words.vocabulary import NoFrequencies, content_terms, rarity
from konspekt.answering.writing.kinds.units import units_of
from konspekt.answering.writing.picking import picked
from konspekt.answering.writing.quoting import excerpts, quoted
from tests.answering.passages import passage

FILLER = " ".join(f"В части {n} говорится о погоде в горах и о дороге." for n in range(30))


class Knowing:
    """A reader that knows the sentence, and counts how often it is asked."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        self.asked = 0

    def read(self, question: str, title: str, sentences: Sequence[str]) -> Reading:
        self.asked += 1
        return Reading(tuple(2.0 if self._sentence in one else 0.1 for one in sentences))


def shown(question: str, text: str, reader: Knowing | None = None) -> tuple[str, str]:
    """The answer's own text, and the quote below it."""
    weights = rarity(content_terms(question), NoFrequencies())
    found = excerpts(question, [passage(1, "Заметки", text)], weights, reader or RuleReader(NoFrequencies()))
    parts, citations = quoted(found)
    return " ".join(part.text for part in parts), citations[0].quote


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("сколько стоит погода в горах?", "Билет обойдётся в сорок монет."),
        ("what do the mountains cost", "Подъёмник берут за сорок монет."),
        ("кто ведёт дорогу в горах?", "Проводником идёт Савелий."),
    ],
)
def test_of_a_long_passage_the_stretch_is_quoted_that_its_reader_means(question: str, answer: str) -> None:
    reader = Knowing(answer)
    said, quote = shown(question, f"{FILLER} {answer} {FILLER}", reader)
    assert answer in quote
    assert answer in said
    assert reader.asked == 1  # a passage is read once, and whole


@pytest.mark.parametrize(
    ("question", "told", "near"),
    [
        ("Сколько человек в команде проекта?", "Собирайтесь по 2–3 человека.", "Команда проекта важна для всех."),
        ("How many people are in a project team?", "Собирайтесь по 2–3 человека.", "Проект team важен для всех."),
        ("Под какой лицензией выложены веса Совы?", "Совы идут под MIT.", "Веса Совы лежат в облаке."),
        ("сколько минут длится доклад?", "На всё десять минут.", "Доклад длится недолго, готовьте доклад."),
    ],
)
def test_a_sentence_that_holds_the_kind_of_thing_asked_for_counts_more(question: str, told: str, near: str) -> None:
    said, _ = shown(question, f"{near} {told}")
    assert told in said


@pytest.mark.parametrize("gap", ["…", "...", "\n…\n"])
def test_a_gap_is_never_the_answer(gap: str) -> None:
    units = units_of(f"Команды собирают сами.\n{gap}\n## Отчёт\nОценка за отчёт.")
    scores = [3.0 if unit.text.strip(" .") in {"…", ""} else 0.1 for unit in units]
    chosen = picked(units, scores)
    assert all(units[i].text.strip(" .") not in {"…", ""} for i in chosen)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Время берут так: $t = s(z)$,\n$z$ нормально. Дальше другое.", "Время берут так: $t = s(z)$,\n$z$ нормально."),
        ("Есть три пути,\nQwen среди них. Дальше.", "Есть три пути,\nQwen среди них."),
        ("Берите муку,\n- соль,\n- воду.", "Берите муку,"),
    ],
)
def test_a_line_that_ends_with_a_comma_goes_on(text: str, whole: str) -> None:
    assert units_of(text)[0].text == whole


@pytest.mark.parametrize(
    "behind", ["Они подменяют веса на ходу.", "Это замена весов на ходу.", "They swap the weights."]
)
def test_what_goes_on_about_the_best_sentence_comes_along(behind: str) -> None:
    units = units_of(f"Пробовали разное. Авторы берут трюк hot-swap. {behind} Погода тут ни при чём.")
    assert [units[i].text for i in picked(units, [0.1, 2.0, 0.2, 0.1])] == ["Авторы берут трюк hot-swap.", behind]


def test_of_a_foreign_passage_a_name_alone_does_not_choose_the_sentence() -> None:
    """An English question meets a Russian post: only names can be shared, and they stand in every other sentence."""
    reader = RuleReader(NoFrequencies())
    named, other = "Сова от лаборатории быстрее оригинала, Owl-Whisper же нет.", "Веса выложат под MIT."
    own, foreign = (
        reader.read(question, "", [named, other]).scores for question in ("что за Owl-Whisper", "what is Owl-Whisper")
    )
    assert own[0] > foreign[0] > foreign[1]
