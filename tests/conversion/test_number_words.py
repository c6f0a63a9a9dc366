"""Numbers in words: read in Russian and English, and not made up."""

from __future__ import annotations

import pytest

from konspekt.conversion.facts.number_words import scaled_numbers, spoken_numbers, unsaid_words


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("двадцать пять слоёв", {20, 5, 25}),
        ("two hundred layers", {2, 100, 200}),
        ("вдвое быстрее, а семантика та же", {2}),
        ("восьмибитный и четырёхбитный", {8, 4}),
        ("на порядок быстрее", {10}),
        ("стоит семья пятен, стол и трек", set()),
    ],
)
def test_numbers_in_words_are_read(text: str, numbers: set[int]) -> None:
    assert set(spoken_numbers(text)) == numbers


def test_thousands_and_millions_are_read() -> None:
    assert scaled_numbers("20к часов, 2,5 млн пар, 7B") == {20_000, 2_500_000, 7_000_000_000}


@pytest.mark.parametrize(
    ("given", "answer", "made_up"),
    [
        ("Она ускоряет внимание", "It speeds up attention by a factor of two", ["two"]),
        ("Она ускоряет внимание вдвое", "It speeds up attention by a factor of two", []),
        ("Пара слов о двойной буферизации", "A couple of words, two of them on double buffering", []),
        ("When it is not sure, dozens survive", "Когда она не уверена, выживают десятки", []),
        ("Half of the layers", "50 % слоёв, то есть каждый второй", []),
        ("6 000 000 пар", "six million pairs", []),
        ("The order of words matters", "Важен порядок слов", []),
        ("It is faster", "Он впятеро быстрее", ["впятеро"]),
    ],
)
def test_numbers_in_words_are_not_made_up(given: str, answer: str, made_up: list[str]) -> None:
    assert unsaid_words(given, answer) == made_up
