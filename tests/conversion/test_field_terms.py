"""Words of the field are found in every form, and what they are mistaken for is seen."""

from __future__ import annotations

import pytest

from konspekt.conversion.by_model.terms import missed_terms, terms_of
from konspekt.conversion.meaning.field import field_terms


@pytest.mark.parametrize(
    ("line", "english"),
    [
        ("Работает на слабом железе", "weak hardware"),
        ("Запустил дома на одной карте", "at home"),
        ("Всё летает из коробки", "out of the box"),
        ("Скользящим окном по кадрам", "sliding window"),
        ("Функцией потерь стала разность", "loss function"),
        ("Учили батчами по 8", "in batches"),
        ("Вот только веса закрыты", "but"),
        ("Нейронку дообучили за ночь", "fine-tune"),
    ],
)  # fmt: skip
def test_a_term_is_found_in_any_form(line: str, english: str) -> None:
    assert english in [term.english for term in field_terms(line)]


def test_a_phrase_wins_over_its_words_and_a_house_is_no_home() -> None:
    assert [term.words for term in field_terms("скорость обучения")] == ["скорость обучения"]
    assert "at home" not in [term.english for term in field_terms("Новый дом у реки")]
    assert field_terms("Просто погода хорошая") == []


@pytest.mark.parametrize(
    ("line", "wrong", "right"),
    [
        ("Сколько стоит токен дома?", "How much is a token in a house?", "How much is a token at home?"),
        ("Обзор железа", "Overview of iron", "Overview of hardware"),
        ("Вот только самая большая версия", "Here is only the largest version", "But the largest version"),
        ("Квантизация ломает выбросы", "Quantization breaks emissions", "Quantization breaks outliers"),
        ("Мыльная картинка на выходе", "Soapy picture at the output", "A blurry image comes out"),
    ],
)  # fmt: skip
def test_what_a_term_is_mistaken_for_is_a_fault(line: str, wrong: str, right: str) -> None:
    assert missed_terms(line, wrong)
    assert not missed_terms(line, right)


def test_a_prompt_brings_eight_terms_at_most() -> None:
    line = "Градиент, слой, батч, лосс, датасет, эмбеддинг, энкодер, декодер, токенизатор, промпт, чекпоинт"
    assert len(terms_of(line, "ru", "en")) == 8
    assert terms_of("the weights of the layer", "en", "ru")
    assert terms_of("les poids", "fr", "ru") == ()


def test_every_line_of_the_list_is_whole_and_said_once() -> None:
    from importlib.resources import files

    lines = files("konspekt.conversion").joinpath("data/field_ru_en.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert len(rows) >= 500
    assert all(2 <= len(row) <= 3 and all(part.strip() == part and part for part in row) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)
    assert not [row for row in rows if len(row) == 3 and row[1].casefold() in row[2].casefold().split(", ")]
