"""Words of the calendar: months, seasons, units and numbers, and the stretch of time that each names.

All stretches are half-open, `since` inclusive and `until` exclusive, in the time zone of `now`.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta

MONTHS = (  # regular expressions, Russian in all cases and English, January first
    r"январ(?:ь|я|е|ю|[её]м)|january|jan\.?",
    r"феврал(?:ь|я|е|ю|[её]м)|february|feb\.?",
    r"март(?:а|е|у|ом)?|march|mar\.",
    r"апрел(?:ь|я|е|ю|ем)|april|apr\.?",
    r"ма(?:й|я|е|ю|ем)|may",
    r"июн(?:ь|я|е|ю|ем)|june|jun\.?",
    r"июл(?:ь|я|е|ю|ем)|july|jul\.?",
    r"август(?:а|е|у|ом)?|august|aug\.?",
    r"сентябр(?:ь|я|е|ю|[её]м)|september|sept?\.?",
    r"октябр(?:ь|я|е|ю|[её]м)|october|oct\.?",
    r"ноябр(?:ь|я|е|ю|[её]м)|november|nov\.?",
    r"декабр(?:ь|я|е|ю|[её]м)|december|dec\.?",
)
# name -> (first month, words). Winter counts to the year that it ends in.
SEASONS = {
    "winter": (12, r"зим(?:а|ы|е|у|ой|ою)|winter"),
    "spring": (3, r"весн(?:а|ы|е|у|ой|ою)|spring"),
    "summer": (6, r"лет(?:о|а|у|е|ом)|summer"),
    "autumn": (9, r"осен(?:ь|и|ью)|autumn|fall"),
}
UNITS = {
    "day": r"дн(?:и|ей|я|ю|ём|ем|ям)|день|сут(?:ки|ок)|days?",
    "week": r"недел(?:я|и|ю|е|ь|ей|ям)|недельк\w+|weeks?",
    "month": r"месяц(?:а|е|ев|у|ы|ем|ам)?|months?",
    "quarter": r"квартал(?:а|е|у|ов|ы)?|quarters?",
    "half": r"полгода|half\s+(?:a\s+)?year",
    "year": r"год(?:а|у|ы|ом|ов|ам)?|лет|years?",
}
NUMBERS = {
    r"од(?:ин|на|ну|но|ного|ной)|one|an?": 1,
    r"дв(?:а|е|ух)|two|пар[ау]|a\s+couple(?:\s+of)?": 2,
    r"тр(?:и|[её]х)|three": 3,
    r"четыр(?:е|[её]х)|four": 4,
    r"пят(?:ь|и)|five": 5,
    r"шест(?:ь|и)|six": 6,
    r"сем(?:ь|и)|seven": 7,
    r"вос(?:емь|ьми)|eight": 8,
    r"девят(?:ь|и)|nine": 9,
    r"десят(?:ь|и)|ten": 10,
}
MOST = {"day": 999, "week": 500, "month": 240, "quarter": 80, "half": 40, "year": 30}  # a larger number is no date


@dataclass(frozen=True, slots=True)
class Period:
    """`since` inclusive, `until` exclusive; None: open on that side."""

    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, moment: datetime | None) -> bool:
        """A document without a date lies in no period but the one that is open on both sides."""
        if moment is None:
            return self.since is None and self.until is None
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


def day_start(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def months_from(moment: datetime, months: int) -> datetime:
    """The same day of another month, or that month's last day."""
    at = moment.year * 12 + moment.month - 1 + months
    year, month = at // 12, at % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def day(moment: datetime) -> Period:
    start = day_start(moment)
    return Period(start, start + timedelta(days=1))


def month(year: int, number: int, now: datetime) -> Period:
    start = datetime(year, number, 1, tzinfo=now.tzinfo)
    return Period(start, months_from(start, 1))


def year(number: int, now: datetime) -> Period:
    start = datetime(number, 1, 1, tzinfo=now.tzinfo)
    return Period(start, months_from(start, 12))


def season(name: str, of_year: int, now: datetime) -> Period:
    first = SEASONS[name][0]
    start = datetime(of_year - (name == "winter"), first, 1, tzinfo=now.tzinfo)
    return Period(start, months_from(start, 3))


def unit(name: str, now: datetime, back: int = 0) -> Period:
    """The calendar's day, week (from Monday), month, quarter, half or year that holds `now`, or one further back."""
    today = day_start(now)
    if name == "day":
        return day(today - timedelta(days=back))
    if name == "week":
        start = today - timedelta(days=today.weekday() + 7 * back)
        return Period(start, start + timedelta(days=7))
    size = {"month": 1, "quarter": 3, "half": 6, "year": 12}[name]
    first = today.replace(day=1, month=(today.month - 1) // size * size + 1)
    start = months_from(first, -size * back)
    return Period(start, months_from(start, size))


def rolling(name: str, count: int, now: datetime) -> Period:
    """The last `count` units up to the end of today; whole days."""
    today = day_start(now)
    size = {"month": 1, "quarter": 3, "half": 6, "year": 12}
    if name in size:
        start = months_from(today, -size[name] * count)
    else:
        start = today - timedelta(days=count * (7 if name == "week" else 1))
    return Period(start, today + timedelta(days=1))
