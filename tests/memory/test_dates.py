"""Dates as people say them: each stretch is where it should be, whatever the day it is said on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.memory.understanding.dates import when

MOSCOW = timezone(timedelta(hours=3))
NOW = datetime(2026, 11, 30, 15, tzinfo=MOSCOW)  # a Monday

days = (datetime(2020, 1, 1), datetime(2040, 12, 31))  # noqa: DTZ001 - hypothesis adds the zone
moments = st.datetimes(*days, timezones=st.sampled_from([UTC, MOSCOW]))
surroundings = st.sampled_from(["", "о чём я спрашивал ", "что ты говорил про LoRA ", "FLUX, SD 1.5 и "])


def stretch(text: str, now: datetime = NOW) -> tuple[date | None, date | None]:
    """The first day and the last."""
    found = when(text, now)
    assert found is not None, text
    last = None if found.until is None else (found.until - timedelta(seconds=1)).date()
    return (found.since.date() if found.since else None), last


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("что ты мне зимой говорил про LoRA?", date(2025, 12, 1), date(2026, 2, 28)),
        ("о чём я спрашивал вчера", date(2026, 11, 29), date(2026, 11, 29)),
        ("позавчера", date(2026, 11, 28), date(2026, 11, 28)),
        ("вчера вечером", date(2026, 11, 29), date(2026, 11, 30)),
        ("весной", date(2026, 3, 1), date(2026, 5, 31)),
        ("прошлой осенью", date(2025, 9, 1), date(2025, 11, 30)),
        ("этой осенью", date(2026, 9, 1), date(2026, 11, 30)),
        ("прошлым летом", date(2026, 6, 1), date(2026, 8, 31)),
        ("летом 2025 года", date(2025, 6, 1), date(2025, 8, 31)),
        ("в марте", date(2026, 3, 1), date(2026, 3, 31)),
        ("в декабре", date(2025, 12, 1), date(2025, 12, 31)),
        ("в мае прошлого года", date(2025, 5, 1), date(2025, 5, 31)),
        ("в марте 2025 года", date(2025, 3, 1), date(2025, 3, 31)),
        ("5 марта", date(2026, 3, 5), date(2026, 3, 5)),
        ("12.03.2026", date(2026, 3, 12), date(2026, 3, 12)),
        ("2026-03-12", date(2026, 3, 12), date(2026, 3, 12)),
        ("на прошлой неделе", date(2026, 11, 23), date(2026, 11, 29)),
        ("на этой неделе", date(2026, 11, 30), date(2026, 11, 30)),
        ("в прошлом месяце", date(2026, 10, 1), date(2026, 10, 31)),
        ("в прошлом году", date(2025, 1, 1), date(2025, 12, 31)),
        ("две недели назад", date(2026, 11, 13), date(2026, 11, 19)),
        ("полгода назад", date(2026, 4, 1), date(2026, 7, 30)),
        ("три дня назад", date(2026, 11, 27), date(2026, 11, 27)),
        ("за последние 10 дней", date(2026, 11, 20), date(2026, 11, 30)),
        ("в понедельник", date(2026, 11, 23), date(2026, 11, 23)),
        ("в пятницу", date(2026, 11, 27), date(2026, 11, 27)),
        ("с января по март", date(2026, 1, 1), date(2026, 3, 31)),
        ("до марта", None, date(2026, 2, 28)),
        ("после зимы", date(2026, 3, 1), None),
        ("с мая", date(2026, 5, 1), None),
        ("на новый год", date(2025, 12, 30), date(2026, 1, 9)),
        ("last week", date(2026, 11, 23), date(2026, 11, 29)),
        ("yesterday", date(2026, 11, 29), date(2026, 11, 29)),
        ("in March", date(2026, 3, 1), date(2026, 3, 31)),
        ("last winter", date(2025, 12, 1), date(2026, 2, 28)),
        ("three days ago", date(2026, 11, 27), date(2026, 11, 27)),
        ("before April", None, date(2026, 3, 31)),
    ],
)
def test_a_time_is_where_people_mean_it(text: str, first: date | None, last: date | None) -> None:
    assert stretch(text) == (first, last)


@pytest.mark.parametrize(
    "text", ["что такое LoRA?", "SD 1.5", "LoRA 1.2 ГБ", "сколько лет автору", "мартингал", "может ли модель", "весна"]
)
def test_what_names_no_time_has_none(text: str) -> None:
    assert when(text, NOW) is None


def test_the_reader_knows_when_their_holiday_was_we_do_not() -> None:
    before, after = when("до отпуска", NOW), when("after my vacation", NOW)
    assert before is not None
    assert after is not None
    assert (before.event, before.side, before.since, before.until) == ("отпуска", "before", None, None)
    assert (after.event, after.side) == ("vacation", "after")


@pytest.mark.parametrize("text", ["в прошлый раз", "что было в прошлом разговоре", "last time", "наш прошлый разговор"])
def test_the_last_talk_is_no_date(text: str) -> None:
    found = when(text, NOW)
    assert found is not None
    assert found.last_talk


def test_the_words_of_time_are_taken_out() -> None:
    found = when("что ты мне зимой говорил про LoRA?", NOW)
    assert found is not None
    assert found.without("что ты мне зимой говорил про LoRA?") == "что ты мне говорил про LoRA?"


@given(moments, surroundings)
def test_yesterday_is_the_day_before_in_the_readers_zone(now: datetime, before: str) -> None:
    assert stretch(f"{before}вчера?", now) == ((now - timedelta(days=1)).date(),) * 2


@given(moments, st.sampled_from(["январе", "феврале", "марте", "апреле", "мае", "июне", "июле", "августе", "сентябре",
                                 "октябре", "ноябре", "декабре"]))  # fmt: skip
def test_a_month_without_a_year_is_the_last_one_that_has_begun(now: datetime, name: str) -> None:
    first, last = stretch(f"в {name}", now)
    assert first is not None
    assert last is not None
    assert first <= now.date() < first.replace(year=first.year + 1)
    assert (first.day, (last + timedelta(days=1)).day, last.month) == (1, 1, first.month)


@given(moments, st.sampled_from(["зимой", "весной", "летом", "осенью", "in winter", "in summer"]))
def test_a_season_is_three_months_that_have_begun(now: datetime, name: str) -> None:
    first, last = stretch(name, now)
    assert first is not None
    assert last is not None
    assert first <= now.date()
    assert now.date() - first < timedelta(days=367)
    assert 89 <= (last - first).days <= 91


@given(moments, st.integers(1, 60), st.sampled_from(["дней", "недель", "месяцев"]))
def test_so_long_ago_holds_that_day(now: datetime, count: int, unit: str) -> None:
    days = {"дней": 1, "недель": 7, "месяцев": 30.44}[unit] * count
    found = when(f"{count} {unit} назад", now)
    assert found is not None
    assert found.holds(now.replace(hour=12) - timedelta(days=round(days)))


@given(st.text(), moments)
def test_no_text_breaks_it_and_no_stretch_is_empty(text: str, now: datetime) -> None:
    found = when(text, now)
    if found is not None and found.since is not None and found.until is not None:
        assert found.since < found.until


WORDS = [
    "вчера",
    "до",
    "после",
    "с",
    "по",
    "марта",
    "зимой",
    "5",
    "12.03",
    "2026",
    "назад",
    "неделю",
    "прошлой",
    "в",
    "на",
    "последние",
    "дней",
    "отпуска",
    "раз",
    "last",
    "week",
    "утром",
    "вечером",
    "99999",
    "года",
    "нового",
    "полгода",
    "лет",
    "29",
    "февраля",
]


@given(st.lists(st.sampled_from(WORDS), max_size=8), moments)
def test_words_of_time_in_any_order_break_nothing(words: list[str], now: datetime) -> None:
    found = when(" ".join(words), now)
    if found is not None:
        assert all(0 <= start <= end <= len(" ".join(words)) for start, end in found.spans)
