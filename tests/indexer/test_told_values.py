"""What texts count, date and schedule, in digits or in words, and which numbers they take back."""

from __future__ import annotations

import pytest

from konspekt.indexer.lexical import terms
from konspekt.indexer.told_values import gone_numbers, told_values


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("Дадим 20 часов в неделю", "час", {"20"}),
        ("не дольше двадцати пяти минут", "минута", {"25"}),
        ("стоит 12 000 рублей", "рубль", {"12000"}),
        ("Для стиля беру ранг 128", "ранг", {"128"}),
        ("стиль — ранг = 16, персонаж — 32", "персонаж", {"32"}),
        ("a quota of twelve hours", "hour", {"12"}),
        ("Срок — 9 ноября, 23:59", "date", {"9 11"}),
        ("moved to May 5", "date", {"5 5"}),
        ("до 5 мая", "date", {"5 5"}),
        ("занятия по средам в 19:30", "clock", {"19:30"}),
        ("занятия по средам в 19:30", "weekday", {"2"}),
        ("on Wednesdays", "weekday", {"2"}),
    ],
)
def test_values_are_told_by_what_they_count(text: str, kind: str, values: set[str]) -> None:
    assert told_values(text)[kind if kind in {"date", "clock", "weekday"} else terms(kind)[0]] == values


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("вместо обещанных двадцати часов — 12 часов карты", {"20"}),
        ("Цена выросла с 5 000 до 7000 рублей", {"5000"}),
        ("воды нужно 70 граммов, а не 50", {"50"}),
        ("не 3, а 5 занятий", {"3"}),
        ("было 25 человек, теперь 30", {"25"}),
        ("instead of the promised 20 hours you get 12", {"20"}),
        ("the limit was raised from 10 to 15", {"10"}),
        ("По пятницам с 10 до 18", set()),
        ("Дадим 20 часов в неделю", set()),
        ("средняя из трёх попыток", set()),
    ],
)
def test_a_text_says_which_numbers_hold_no_more(text: str, gone: set[str]) -> None:
    assert gone_numbers(text) == gone
