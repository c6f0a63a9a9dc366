"""One moment of the calendar in words: a day, a month, a season, «вчера», «две недели назад», "last spring"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from konspekt.indexer.query.calendar import (
    MONTHS,
    MOST,
    NUMBERS,
    SEASONS,
    UNITS,
    Period,
    day,
    day_start,
    month,
    months_from,
    season,
    unit,
    year,
)

MONTH = "|".join(MONTHS)
SEASON = "|".join(words for _, words in SEASONS.values())
UNIT = "|".join(UNITS.values())
NUMBER = rf"\d{{1,3}}|{'|'.join(NUMBERS)}"
YEAR = r"(?:19|20)\d\d(?!\d)"
YEARS = r"(?:\s*-?(?:й|го|м|ом))?(?:\s+(?:год(?:а|у|е|ом)?|г\.?))?(?!\w)"
THIS = r"(?:эт(?:от|ого|ом|ому|им|а|ой|у|о)|текущ\w+|нынешн\w+|this|the\s+current)"
BEFORE = r"(?:прошл\w+|прошедш\w+|предыдущ\w+|last|the\s+last|previous|the\s+previous)"
LATEST = r"(?:последн\w+|прошедш\w+|прошл\w+|(?:the\s+)?(?:last|past))"

# One moment of the calendar: what may stand behind a preposition. Groups are named anew for each place.
MOMENT = rf"""
    (?P<iso>{YEAR}-\d\d?(?:-\d\d?)?) | (?P<dotted>\d\d?\.\d\d?(?:\.(?:{YEAR}|\d\d))?(?![.\d]))
  | (?P<day>\d\d?)(?:-?(?:го|е|st|nd|rd|th))?\s+(?:of\s+)?(?P<day_month>{MONTH})(?:,?\s+(?P<day_year>{YEAR}){YEARS})?
  | (?P<eng_month>{MONTH})\s+(?P<eng_day>\d\d?)(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<eng_year>{YEAR}))?
  | (?:(?P<month_rel>{THIS}|{BEFORE})\s+)?(?P<month>{MONTH})(?:\s+(?:of\s+)?(?P<month_year>{YEAR}){YEARS})?
  | (?:(?P<season_rel>{THIS}|{BEFORE})\s+)?(?:the\s+)?(?P<season>{SEASON})
    (?:\s+(?:of\s+)?(?P<season_year>{YEAR}){YEARS})?
  | (?P<year>{YEAR}){YEARS}
  | (?:(?P<unit_rel>{THIS}|{BEFORE})\s+)(?P<unit>{UNIT})
  | (?P<ago>{NUMBER})\s+(?P<ago_unit>{UNIT})\s+(?:тому\s+)?(?:назад|ago)
  | (?P<one_ago>{UNIT})\s+(?:тому\s+)?назад
  | (?:начал[аоеу]|the\s+(?:beginning|start)\s+of(?:\s+the)?)\s+(?:{THIS}\s+)?(?P<start_unit>{UNIT})
  | (?P<today>сегодня(?:шн\w+(?:\s+дня)?)?|today) | (?P<yesterday>вчера(?:шн\w+(?:\s+дня)?)?|yesterday)
  | (?P<before_yesterday>позавчера|the\s+day\s+before\s+yesterday)
"""


def named(prefix: str) -> str:
    return re.sub(r"\(\?P<(\w+)>", rf"(?P<{prefix}_\1>", MOMENT)


def moment_of(match: re.Match[str], place: str, now: datetime) -> Period | None:
    """The stretch that the groups of one place name; None where there is no such day."""
    found = {
        name.removeprefix(f"{place}_"): value
        for name, value in match.groupdict().items()
        if value and name.startswith(f"{place}_")
    }
    try:
        return _read(found, now)
    except (ValueError, OverflowError):  # the 31st of February, a year before the first
        return None


def _read(found: dict[str, str], now: datetime) -> Period | None:
    for name, back in (("today", 0), ("yesterday", 1), ("before_yesterday", 2)):
        if name in found:
            return unit("day", now, back)
    if "iso" in found:
        return _numbers([int(part) for part in found["iso"].split("-")], now)
    if "dotted" in found:
        parts = [int(part) for part in found["dotted"].split(".")][::-1]
        if len(parts) == 2:
            return _day(parts[0], parts[1], None, now)
        return _numbers([parts[0] if parts[0] > 99 else 2000 + parts[0], *parts[1:]], now)
    for number, name, of_year in (("day", "day_month", "day_year"), ("eng_day", "eng_month", "eng_year")):
        if number in found:
            return _day(_month_named(found[name]), int(found[number]), found.get(of_year), now)
    if "month" in found:
        which = _month_named(found["month"])
        return month(_year_of(which, found.get("month_year"), found.get("month_rel"), now), which, now)
    if "season" in found:
        return _season(found, now)
    if "year" in found:
        return year(int(found["year"]), now)
    if "start_unit" in found:
        start = unit(unit_named(found["start_unit"]), now).since
        return None if start is None else day(start)
    if "unit" in found:
        return unit(unit_named(found["unit"]), now, 0 if re.match(THIS, found["unit_rel"], re.IGNORECASE) else 1)
    if "ago" in found or "one_ago" in found:
        name = unit_named(found.get("ago_unit") or found["one_ago"])
        return _ago(name, count_of(found.get("ago", "1")), now)
    return None


def _numbers(parts: list[int], now: datetime) -> Period:
    if len(parts) == 2:
        return month(parts[0], parts[1], now)
    return day(datetime(parts[0], parts[1], parts[2], tzinfo=now.tzinfo))


def _day(number: int, of_month: int, of_year: str | None, now: datetime) -> Period:
    if of_year:
        return day(datetime(int(of_year), number, of_month, tzinfo=now.tzinfo))
    this = datetime(now.year, number, of_month, tzinfo=now.tzinfo)
    return day(this if this <= now else this.replace(year=now.year - 1))


def _year_of(number: int, given: str | None, relative: str | None, now: datetime) -> int:
    """The year of a month that is named without one: the latest that has begun."""
    if given:
        return int(given)
    begun = now.year if number <= now.month else now.year - 1
    if relative and not re.match(THIS, relative, re.IGNORECASE) and begun == now.year:
        return now.year - 1
    return begun


def _season(found: dict[str, str], now: datetime) -> Period:
    name = next(name for name, (_, words) in SEASONS.items() if re.fullmatch(words, found["season"], re.IGNORECASE))
    if given := found.get("season_year"):
        return season(name, int(given), now)
    latest = max(
        (season(name, at, now) for at in (now.year - 1, now.year, now.year + 1) if _begun(season(name, at, now), now)),
        key=lambda one: one.since or now,
    )
    relative = found.get("season_rel", "").lower()
    assert latest.since is not None
    assert latest.until is not None
    if re.match(r"прошл|предыдущ", relative) and latest.until.year >= now.year:
        return Period(months_from(latest.since, -12), months_from(latest.until, -12))
    if "last" in relative and latest.until > now:
        return Period(months_from(latest.since, -12), months_from(latest.until, -12))
    return latest


def _begun(period: Period, now: datetime) -> bool:
    return period.since is not None and period.since <= now


def _ago(name: str, count: int, now: datetime) -> Period | None:
    """The day, week, month … that lies so far back."""
    if not 0 < count <= MOST[name]:
        return None
    if name in {"day", "week"}:
        at = day_start(now) - timedelta(days=count * (7 if name == "week" else 1))
        return day(at) if name == "day" else unit("week", at)
    size = {"month": 1, "quarter": 3, "half": 6, "year": 12}[name]
    return unit("month", months_from(now, -size * count))


def _month_named(word: str) -> int:
    return next(n for n, words in enumerate(MONTHS, 1) if re.fullmatch(words, word, re.IGNORECASE))


def unit_named(word: str) -> str:
    return next(name for name, words in UNITS.items() if re.fullmatch(words, word, re.IGNORECASE | re.VERBOSE))


def count_of(word: str) -> int:
    if word.isdigit():
        return int(word)
    return next(n for words, n in NUMBERS.items() if re.fullmatch(words, word, re.IGNORECASE))


def has_year(match: re.Match[str], place: str) -> bool:
    return any(value for name, value in match.groupdict().items() if name.startswith(place) and name.endswith("year"))
