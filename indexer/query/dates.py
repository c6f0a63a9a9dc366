"""Dates in a question: «за последние две недели», «с марта», «весной 2025», "between May and July", "last month".

A month, a season or a day without a year is the latest one that has begun. A period that nothing introduces («май
на дворе») is none: a word of the calendar needs its preposition, its year, or an adverb of its own («весной»).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
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
    rolling,
    season,
    unit,
    year,
)

_MONTH = "|".join(MONTHS)
_SEASON = "|".join(words for _, words in SEASONS.values())
_UNIT = "|".join(UNITS.values())
_NUMBER = rf"\d{{1,3}}|{'|'.join(NUMBERS)}"
_YEAR = r"(?:19|20)\d\d(?!\d)"
_YEARS = r"(?:\s*-?(?:й|го|м|ом))?(?:\s+(?:год(?:а|у|е|ом)?|г\.?))?(?!\w)"
_THIS = r"(?:эт(?:от|ого|ом|ому|им|а|ой|у|о)|текущ\w+|нынешн\w+|this|the\s+current)"
_BEFORE = r"(?:прошл\w+|прошедш\w+|предыдущ\w+|last|the\s+last|previous|the\s+previous)"
_LATEST = r"(?:последн\w+|прошедш\w+|прошл\w+|(?:the\s+)?(?:last|past))"

# One moment of the calendar: what may stand behind a preposition. Groups are named anew for each place.
_MOMENT = rf"""
    (?P<iso>{_YEAR}-\d\d?(?:-\d\d?)?) | (?P<dotted>\d\d?\.\d\d?(?:\.(?:{_YEAR}|\d\d))?(?![.\d]))
  | (?P<day>\d\d?)(?:-?(?:го|е|st|nd|rd|th))?\s+(?:of\s+)?(?P<day_month>{_MONTH})(?:,?\s+(?P<day_year>{_YEAR}){_YEARS})?
  | (?P<eng_month>{_MONTH})\s+(?P<eng_day>\d\d?)(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<eng_year>{_YEAR}))?
  | (?:(?P<month_rel>{_THIS}|{_BEFORE})\s+)?(?P<month>{_MONTH})(?:\s+(?:of\s+)?(?P<month_year>{_YEAR}){_YEARS})?
  | (?:(?P<season_rel>{_THIS}|{_BEFORE})\s+)?(?:the\s+)?(?P<season>{_SEASON})
    (?:\s+(?:of\s+)?(?P<season_year>{_YEAR}){_YEARS})?
  | (?P<year>{_YEAR}){_YEARS}
  | (?:(?P<unit_rel>{_THIS}|{_BEFORE})\s+)(?P<unit>{_UNIT})
  | (?P<ago>{_NUMBER})\s+(?P<ago_unit>{_UNIT})\s+(?:тому\s+)?(?:назад|ago)
  | (?P<one_ago>{_UNIT})\s+(?:тому\s+)?назад
  | (?:начал[аоеу]|the\s+(?:beginning|start)\s+of(?:\s+the)?)\s+(?:{_THIS}\s+)?(?P<start_unit>{_UNIT})
  | (?P<today>сегодня(?:шн\w+(?:\s+дня)?)?|today) | (?P<yesterday>вчера(?:шн\w+(?:\s+дня)?)?|yesterday)
  | (?P<before_yesterday>позавчера|the\s+day\s+before\s+yesterday)
"""


def _named(prefix: str) -> str:
    return re.sub(r"\(\?P<(\w+)>", rf"(?P<{prefix}_\1>", _MOMENT)


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
    first, second = _moment(match, "a", now), _moment(match, "b", now)
    if first is None or second is None or first.since is None:
        return None
    end = second.until if last else second.since
    since = first.since
    if end is not None and not _has_year(match, "a"):  # «с ноября по март 2025»: that November was the year before
        while since >= end and since.year > end.year - 2:
            since = months_from(since, -12)
    return Period(since, end)


def _open(match: re.Match[str], now: datetime, *, after: bool) -> Period | None:
    moment = _moment(match, "a", now)
    return None if moment is None else Period(moment.until if after else moment.since, None)


def _ends(match: re.Match[str], now: datetime, *, inclusive: bool) -> Period | None:
    moment = _moment(match, "a", now)
    return None if moment is None else Period(None, moment.until if inclusive else moment.since)


def _rolled(match: re.Match[str], now: datetime) -> Period | None:
    """«за 3 дня», "last two weeks"; «3 дня» alone, or «3 дня назад», is none."""
    introduced = re.match(rf"(?:за|in\b|for\b|over|during|within|{_LATEST})", match.group().strip(), re.IGNORECASE)
    following = match.string[match.end() :]
    if not introduced or re.match(r"\s+(?:тому\s+)?(?:назад|ago)", following, re.IGNORECASE):
        return None
    name, count = _unit_named(match["unit"]), _number(match["count"])
    return rolling(name, count, now) if 0 < count <= MOST[name] else None


# ---------------------------------------------------------------- moments


def _moment(match: re.Match[str], place: str, now: datetime) -> Period | None:
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
        start = unit(_unit_named(found["start_unit"]), now).since
        return None if start is None else day(start)
    if "unit" in found:
        return unit(_unit_named(found["unit"]), now, 0 if re.match(_THIS, found["unit_rel"], re.IGNORECASE) else 1)
    if "ago" in found or "one_ago" in found:
        name = _unit_named(found.get("ago_unit") or found["one_ago"])
        return _ago(name, _number(found.get("ago", "1")), now)
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
    if relative and not re.match(_THIS, relative, re.IGNORECASE) and begun == now.year:
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


def _unit_named(word: str) -> str:
    return next(name for name, words in UNITS.items() if re.fullmatch(words, word, re.IGNORECASE | re.VERBOSE))


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    return next(n for words, n in NUMBERS.items() if re.fullmatch(words, word, re.IGNORECASE))


def _has_year(match: re.Match[str], place: str) -> bool:
    return any(value for name, value in match.groupdict().items() if name.startswith(place) and name.endswith("year"))


# ---------------------------------------------------------------- what introduces a moment, most telling first

_FRAMES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], Period | None]], ...] = (
    (
        _compiled(rf"(?:между|between)\s+(?:{_named('a')})\s+(?:и|and)\s+(?:{_named('b')})"),
        lambda match, now: _span(match, now, last=True),
    ),
    (
        _compiled(rf"{_SINCE}\s+(?:{_named('a')})\s*(?:по|to|through|until|till|[-–—])\s*(?:{_named('b')})"),
        lambda match, now: _span(match, now, last=True),
    ),
    (
        _compiled(rf"{_SINCE}\s+(?:{_named('a')})\s+до\s+(?:{_named('b')})"),
        lambda match, now: _span(match, now, last=False),
    ),
    (
        _compiled(
            rf"(?:за|в|на|in|for|over|during|within)?\s*(?:{_LATEST}\s+)?(?P<count>{_NUMBER})\s+(?P<unit>{_UNIT})"
        ),
        _rolled,
    ),
    (
        _compiled(
            rf"(?:за|in|for|over|during|within)\s+(?:(?:эт\w+|последн\w+|the\s+past|past|весь|всю|the)\s+)?(?P<unit>{_UNIT})"
        ),
        lambda match, now: rolling(_unit_named(match["unit"]), 1, now),
    ),
    (_compiled(rf"(?:после|after)\s+(?:{_named('a')})"), lambda match, now: _open(match, now, after=True)),
    (_compiled(rf"(?:до|before)\s+(?:{_named('a')})"), lambda match, now: _ends(match, now, inclusive=False)),
    (
        _compiled(rf"(?:по|until|till|up\s+to)\s+(?:{_named('a')})"),
        lambda match, now: _ends(match, now, inclusive=True),
    ),
    (_compiled(rf"{_SINCE}\s+(?:{_named('a')})"), lambda match, now: _open(match, now, after=False)),
    (
        _compiled(rf"(?:в|во|за|на|in|on|for|during|of|от)\s+(?:{_named('a')})"),
        lambda match, now: _moment(match, "a", now),
    ),
    (
        _compiled(
            rf"""(?P<a_season_rel>{_THIS}|{_BEFORE})?\s*
            (?P<a_season>весной|летом|осенью|зимой|(?<=last\s)(?:{_SEASON})|(?<=this\s)(?:{_SEASON}))
            (?:\s+(?P<a_season_year>{_YEAR}){_YEARS})?"""
        ),
        lambda match, now: _moment(match, "a", now),
    ),
    (
        _compiled(
            rf"""(?P<a_unit_rel>{_THIS}|{_BEFORE})\s+(?P<a_unit>{_UNIT})
          | (?P<a_ago>{_NUMBER})\s+(?P<a_ago_unit>{_UNIT})\s+(?:тому\s+)?(?:назад|ago)
          | (?P<a_one_ago>{_UNIT})\s+(?:тому\s+)?назад
          | (?P<a_today>сегодня|today) | (?P<a_yesterday>вчера|yesterday)
          | (?P<a_before_yesterday>позавчера|the\s+day\s+before\s+yesterday)
          | (?P<a_day>\d\d?)(?:st|nd|rd|th)?\s+(?P<a_day_month>{_MONTH})(?:,?\s+(?P<a_day_year>{_YEAR}){_YEARS})?
          | (?P<a_iso>{_YEAR}-\d\d-\d\d) | (?P<a_dotted>\d\d?\.\d\d?\.{_YEAR})
          | (?P<a_month>{_MONTH})\s+(?P<a_month_year>{_YEAR}){_YEARS}"""
        ),
        lambda match, now: _moment(match, "a", now),
    ),
)
