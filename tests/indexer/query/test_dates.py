"""Dates in questions, in two languages: what they name, seen from a Monday at the end of autumn."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.indexer.query.dates import find_period

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MONTHS = re.findall(r"\w+", "января февраля марта апреля мая июня июля августа сентября октября ноября декабря")
IN_MONTH = re.findall(r"\w+", "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре")
ENGLISH = list(calendar.month_name)[1:]
MOMENTS = st.datetimes(NOW.replace(year=2001, tzinfo=None), NOW.replace(year=2060, tzinfo=None), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("что нового за месяц", "2026-10-30", "2026-12-01"),
        ("что нового за последние две недели", "2026-11-16", "2026-12-01"),
        ("за последние 100 дней", "2026-08-22", "2026-12-01"),
        ("с марта", "2026-03-01", None),
        ("в марте", "2026-03-01", "2026-04-01"),
        ("в декабре", "2025-12-01", "2026-01-01"),
        ("в марте 2025 года", "2025-03-01", "2025-04-01"),
        ("в прошлом марте", "2025-03-01", "2025-04-01"),
        ("весной", "2026-03-01", "2026-06-01"),
        ("прошлой весной", "2025-03-01", "2025-06-01"),
        ("зимой 2025", "2024-12-01", "2025-03-01"),
        ("летом", "2026-06-01", "2026-09-01"),
        ("с марта по май", "2026-03-01", "2026-06-01"),
        ("с марта до мая", "2026-03-01", "2026-05-01"),
        ("с ноября по март", "2025-11-01", "2026-04-01"),
        ("с мая по июль 2024", "2024-05-01", "2024-08-01"),
        ("между маем и июлем 2025", "2025-05-01", "2025-08-01"),
        ("до мая", None, "2026-05-01"),
        ("по май", None, "2026-06-01"),
        ("после 10 октября", "2026-10-11", None),
        ("с 5 марта 2025 года", "2025-03-05", None),
        ("с начала года", "2026-01-01", None),
        ("за 2025 год", "2025-01-01", "2026-01-01"),
        ("вчера", "2026-11-29", "2026-11-30"),
        ("на прошлой неделе", "2026-11-23", "2026-11-30"),
        ("за прошлый месяц", "2026-10-01", "2026-11-01"),
        ("3 дня назад", "2026-11-27", "2026-11-28"),
        ("месяц назад", "2026-10-01", "2026-11-01"),
        ("last month", "2026-10-01", "2026-11-01"),
        ("in the past 2 weeks", "2026-11-16", "2026-12-01"),
        ("since March", "2026-03-01", None),
        ("from March to May", "2026-03-01", "2026-06-01"),
        ("last spring", "2026-03-01", "2026-06-01"),
        ("in the fall", "2026-09-01", "2026-12-01"),
        ("before June 5th", None, "2026-06-05"),
        ("since 2025-03-15", "2025-03-15", None),
        ("01.03.2025", "2025-03-01", "2025-03-02"),
    ],
)
def test_a_phrase_names_its_period(text: str, since: str | None, until: str | None) -> None:
    found = find_period(text, NOW)
    assert found is not None
    shown = [moment and f"{moment:%Y-%m-%d}" for moment in (found.period.since, found.period.until)]
    assert shown == [since, until]


@pytest.mark.parametrize(
    "text",
    [
        "сколько лет автору",
        "что может LoRA",
        "what may happen",
        "в двух шагах",
        "сколько стоит подписка",
        "модель на 7 миллиардов",
        "март",
        "the march of progress",
        "FLUX.1 и SD 3.5",
        "31 февраля",
        "",
    ],
)
def test_what_names_no_period(text: str) -> None:
    assert find_period(text, NOW) is None


def test_the_rest_of_the_question_stays() -> None:
    found = find_period("сколько постов про видео было с марта по май?", NOW)
    assert found is not None
    assert found.rest == "сколько постов про видео было ?"
    assert found.phrase == "с марта по май"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        find_period("вчера", NOW.replace(tzinfo=None))


def test_days_are_those_of_the_readers_zone() -> None:
    far_east = timezone(timedelta(hours=10))
    found = find_period("вчера", datetime(2026, 11, 30, 3, tzinfo=far_east))
    assert found is not None
    assert found.period.since == datetime(2026, 11, 28, 14, tzinfo=UTC)


@given(MOMENTS, st.booleans())
def test_a_written_day_is_that_day(moment: datetime, english: bool) -> None:
    start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    names = ENGLISH if english else MONTHS
    text = f"{'on' if english else 'за'} {moment.day} {names[moment.month - 1]} {moment.year}"
    found = find_period(text, NOW)
    assert found is not None
    assert (found.period.since, found.period.until) == (start, start + timedelta(days=1))


@given(st.integers(0, 11), MOMENTS)
def test_a_month_without_a_year_is_the_latest_that_has_begun(month: int, now: datetime) -> None:
    found = find_period(f"в {IN_MONTH[month]}", now)
    assert found is not None
    assert found.period.since is not None
    assert found.period.until is not None
    assert found.period.since.month == month + 1
    assert found.period.since <= now < found.period.since + timedelta(days=366)
    assert timedelta(days=28) <= found.period.until - found.period.since <= timedelta(days=31)


@given(st.text(alphabet="смапод 0123456789.-:летмйюявгиньяс", max_size=60) | st.text(max_size=40))
def test_no_text_breaks_it_and_every_period_is_one(text: str) -> None:
    found = find_period(text, NOW)
    if found is not None:
        since, until = found.period.since, found.period.until
        assert since is not None or until is not None
        assert since is None or until is None or since < until
        assert len(found.rest) <= len(text)
