"""Dates in a question: «за последние две недели», «с марта», «весной 2025», "between May and July", "last month".

A month, a season or a day without a year is the latest one that has begun. A period that nothing introduces («май
на дворе») is none: a word of the calendar needs its preposition, its year, or an adverb of its own («весной»).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from konspekt.indexer.query.calendar import MOST, Period, months_from, rolling
from konspekt.indexer.query.moments import (
    BEFORE,
    LATEST,
    MONTH,
    NUMBER,
    SEASON,
    THIS,
    UNIT,
    YEAR,
    YEARS,
    count_of,
    has_year,
    moment_of,
    named,
    unit_named,
)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE | re.VERBOSE)


_SINCE = r"(?:начиная\s+)?(?:с|со|since|from|starting\s+(?:in|from))"


@dataclass(frozen=True, slots=True)
class Dated:
    """`phrase`: what of the text names the period. `rest`: the text without it."""

    period: Period
    phrase: str
    rest: str


def find_period(text: str, now: datetime) -> Dated | None:
    """The period that a text names, seen from `now` (timezone-aware); None where it names none."""
    if now.tzinfo is None:
        raise ValueError("find_period needs a time with a zone")
    for pattern, read in _FRAMES:
        for match in pattern.finditer(text):
            period = read(match, now)
            if period is None or (period.since and period.until and period.since >= period.until):
                continue
            rest = f"{text[: match.start()].rstrip()} {text[match.end() :].lstrip()}".strip()
            return Dated(period, match.group().strip(), rest)
    return None


# ---------------------------------------------------------------- frames


def _span(match: re.Match[str], now: datetime, *, last: bool) -> Period | None:
    """From one moment to another: `last` includes the second. Of two without a year the first comes before."""
    first, second = moment_of(match, "a", now), moment_of(match, "b", now)
    if first is None or second is None or first.since is None:
        return None
    end = second.until if last else second.since
    since = first.since
    if end is not None and not has_year(match, "a"):  # «с ноября по март 2025»: that November was the year before
        while since >= end and since.year > end.year - 2:
            since = months_from(since, -12)
    return Period(since, end)


def _open(match: re.Match[str], now: datetime, *, after: bool) -> Period | None:
    moment = moment_of(match, "a", now)
    return None if moment is None else Period(moment.until if after else moment.since, None)


def _ends(match: re.Match[str], now: datetime, *, inclusive: bool) -> Period | None:
    moment = moment_of(match, "a", now)
    return None if moment is None else Period(None, moment.until if inclusive else moment.since)


def _rolled(match: re.Match[str], now: datetime) -> Period | None:
    """«за 3 дня», "last two weeks"; «3 дня» alone, or «3 дня назад», is none."""
    introduced = re.match(rf"(?:за|in\b|for\b|over|during|within|{LATEST})", match.group().strip(), re.IGNORECASE)
    following = match.string[match.end() :]
    if not introduced or re.match(r"\s+(?:тому\s+)?(?:назад|ago)", following, re.IGNORECASE):
        return None
    name, count = unit_named(match["unit"]), count_of(match["count"])
    return rolling(name, count, now) if 0 < count <= MOST[name] else None


# ---------------------------------------------------------------- what introduces a moment, most telling first

_FRAMES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], Period | None]], ...] = (
    (
        _compiled(rf"(?:между|between)\s+(?:{named('a')})\s+(?:и|and)\s+(?:{named('b')})"),
        lambda match, now: _span(match, now, last=True),
    ),
    (
        _compiled(rf"{_SINCE}\s+(?:{named('a')})\s*(?:по|to|through|until|till|[-–—])\s*(?:{named('b')})"),
        lambda match, now: _span(match, now, last=True),
    ),
    (
        _compiled(rf"{_SINCE}\s+(?:{named('a')})\s+до\s+(?:{named('b')})"),
        lambda match, now: _span(match, now, last=False),
    ),
    (
        _compiled(rf"(?:за|в|на|in|for|over|during|within)?\s*(?:{LATEST}\s+)?(?P<count>{NUMBER})\s+(?P<unit>{UNIT})"),
        _rolled,
    ),
    (
        _compiled(
            rf"(?:за|in|for|over|during|within)\s+(?:(?:эт\w+|последн\w+|the\s+past|past|весь|всю|the)\s+)?(?P<unit>{UNIT})"
        ),
        lambda match, now: rolling(unit_named(match["unit"]), 1, now),
    ),
    (_compiled(rf"(?:после|after)\s+(?:{named('a')})"), lambda match, now: _open(match, now, after=True)),
    (_compiled(rf"(?:до|before)\s+(?:{named('a')})"), lambda match, now: _ends(match, now, inclusive=False)),
    (
        _compiled(rf"(?:по|until|till|up\s+to)\s+(?:{named('a')})"),
        lambda match, now: _ends(match, now, inclusive=True),
    ),
    (_compiled(rf"{_SINCE}\s+(?:{named('a')})"), lambda match, now: _open(match, now, after=False)),
    (
        _compiled(rf"(?:в|во|за|на|in|on|for|during|of|от)\s+(?:{named('a')})"),
        lambda match, now: moment_of(match, "a", now),
    ),
    (
        _compiled(
            rf"""(?P<a_season_rel>{THIS}|{BEFORE})?\s*
            (?P<a_season>весной|летом|осенью|зимой|(?<=last\s)(?:{SEASON})|(?<=this\s)(?:{SEASON}))
            (?:\s+(?P<a_season_year>{YEAR}){YEARS})?"""
        ),
        lambda match, now: moment_of(match, "a", now),
    ),
    (
        _compiled(
            rf"""(?P<a_unit_rel>{THIS}|{BEFORE})\s+(?P<a_unit>{UNIT})
          | (?P<a_ago>{NUMBER})\s+(?P<a_ago_unit>{UNIT})\s+(?:тому\s+)?(?:назад|ago)
          | (?P<a_one_ago>{UNIT})\s+(?:тому\s+)?назад
          | (?P<a_today>сегодня|today) | (?P<a_yesterday>вчера|yesterday)
          | (?P<a_before_yesterday>позавчера|the\s+day\s+before\s+yesterday)
          | (?P<a_day>\d\d?)(?:st|nd|rd|th)?\s+(?P<a_day_month>{MONTH})(?:,?\s+(?P<a_day_year>{YEAR}){YEARS})?
          | (?P<a_iso>{YEAR}-\d\d-\d\d) | (?P<a_dotted>\d\d?\.\d\d?\.{YEAR})
          | (?P<a_month>{MONTH})\s+(?P<a_month_year>{YEAR}){YEARS}"""
        ),
        lambda match, now: moment_of(match, "a", now),
    ),
)
