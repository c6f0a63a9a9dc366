"""When something was said, as people put it: «вчера», «прошлой весной», «до отпуска», "last week", "in March".

Pure: a text and the present moment in the reader's time zone in, a stretch of time out. What is vague comes back wide
(«две недели назад» is a week), what names a month or a season without a year is the last one that has begun.
"""

# ruff: noqa: E501 - patterns read better unbroken

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from konspekt.memory.understanding.calendar_words import (
    AGO,
    DAY_PARTS,
    EVENT,
    LAST_TALK,
    MONTH,
    MONTHS,
    NUMBERS,
    PLAIN_DAYS,
    RELATIVE,
    SEASON,
    SEASONS,
    UNITS,
    WEEKDAY,
    WEEKDAYS,
)

Side = Literal["in", "before", "after"]


@dataclass(frozen=True, slots=True)
class When:
    """`since` (inclusive) to `until` (exclusive), either open. `spans`: where it stands in the text.

    `last_talk`: the talk before this one. `event`: something of the reader's own («отпуск») `side` which it was; only
    their turns and notes tell when that was.
    """

    since: datetime | None = None
    until: datetime | None = None
    spans: tuple[tuple[int, int], ...] = ()
    last_talk: bool = False
    event: str | None = None
    side: Side = "in"

    def holds(self, moment: datetime) -> bool:
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)

    def shown(self) -> str:
        """`01.12.2025 – 28.02.2026`; an open end stays open."""
        first = f"{self.since:%d.%m.%Y}" if self.since else ""
        last = f"{self.until - timedelta(seconds=1):%d.%m.%Y}" if self.until else ""
        return first if first == last else f"{first} – {last}".strip()

    def without(self, text: str) -> str:
        """The text without the words of time."""
        for start, end in sorted(self.spans, reverse=True):
            text = f"{text[:start]} {text[end:]}"
        return re.sub(r"\s+", " ", text).strip()


@dataclass(frozen=True, slots=True)
class _Stretch:
    first: date
    after: date  # exclusive
    span: tuple[int, int]


def when(text: str, now: datetime) -> When | None:
    """What a text says of the time, None where it says nothing. `now` is timezone-aware, in the reader's zone."""
    low = lowered(text)
    if match := LAST_TALK.search(low):
        return When(spans=(match.span(),), last_talk=True)
    found = sorted(_stretches(low, now), key=lambda one: (one.span[0], one.span[0] - one.span[1]))
    if not found:
        return _event(low)
    first = found[0]
    later = next((one for one in found[1:] if one.span[0] >= first.span[1]), None)
    if (
        later is not None
        and _opens_range(low, first)
        and re.fullmatch(r"\s*(?:по|до|to|until|till)\s*", _between(low, first, later))
    ):
        start = first.span[0] - len(_preposition(low, first.span[0]))
        return _made(first.first, later.after, ((start, later.span[1]),), now)
    return _sided(low, first, now)


def lowered(text: str) -> str:
    """In lower case and without «ё», every character in its place."""
    return "".join(low if len(low := char.lower()) == 1 else char for char in text).replace("ё", "е")


def _sided(low: str, one: _Stretch, now: datetime) -> When:
    """«до марта», «после зимы», «с мая», or the stretch itself."""
    said = _preposition(low, one.span[0])
    span = ((one.span[0] - len(said), one.span[1]),)
    word = said.strip()
    if word in {"до", "перед", "before", "until", "till"}:
        return replace(_made(None, one.first, span, now), side="before")
    if word in {"после", "after"}:
        return replace(_made(one.after, None, span, now), side="after")
    if word in {"с", "со", "начиная с", "since", "from"}:
        return replace(_made(one.first, None, span, now), side="after")
    part = next((match for match in DAY_PARTS.finditer(low) if _near(match.span(), one.span)), None)
    made = _made(one.first, one.after, span, now)
    if part is not None and one.after - one.first == timedelta(days=1) and made.since is not None:
        made = _part_of_day(made, part)
    return made


def _part_of_day(made: When, part: re.Match[str]) -> When:
    """«вчера вечером»: the evening, which for people ends after midnight."""
    assert made.since is not None
    hours = next(hours for stem, hours in _HOURS.items() if part[0].startswith(stem))
    start = made.since + timedelta(hours=hours[0])
    return replace(made, since=start, until=made.since + timedelta(hours=hours[1]), spans=(*made.spans, part.span()))


_HOURS = {
    "утр": (4, 12), "morning": (4, 12), "дне": (11, 18), "afternoon": (11, 18), "веч": (17, 28), "evening": (17, 28),
    "ноч": (22, 30), "night": (18, 30),
}  # fmt: skip


def _made(first: date | None, after: date | None, spans: tuple[tuple[int, int], ...], now: datetime) -> When:
    zone = now.tzinfo
    start = datetime.combine(first, time(), zone) if first is not None else None
    end = datetime.combine(after, time(), zone) if after is not None else None
    return When(start, end, spans)


def _preposition(low: str, start: int) -> str:
    match = re.search(r"(?:\b(?:до|перед|после|начиная с|со|с|before|until|till|after|since|from)\s+)$", low[:start])
    return match[0] if match else ""


def _opens_range(low: str, one: _Stretch) -> bool:
    return _preposition(low, one.span[0]).strip() in {"с", "со", "from"}


def _between(low: str, first: _Stretch, later: _Stretch) -> str:
    return low[first.span[1] : later.span[0]]


def _near(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return -1 <= one[0] - other[1] <= 2 or -1 <= other[0] - one[1] <= 2


def _event(low: str) -> When | None:
    match = EVENT.search(low)
    if match is None:
        return None
    side: Side = (
        "after"
        if match["side"] in {"после", "after"}
        else "before"
        if match["side"] in {"до", "перед", "before"}
        else "in"
    )
    return When(spans=(match.span(),), event=match["event"], side=side)


# ---------------------------------------------------------------- the kinds of dates


def _stretches(low: str, now: datetime) -> Iterator[_Stretch]:
    for read in (_numeric, _day_of_month, _plain_days, _ago, _relative, _weekdays, _months, _seasons, _years):
        yield from read(low, now.date())


def _numeric(low: str, today: date) -> Iterator[_Stretch]:
    """12.03.2026, 12.03, 2026-03-12."""
    for match in re.finditer(
        r"\b(\d{4})-(\d\d)-(\d\d)\b|\b(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d\d))?(?![.\d]|\s*(?:гб|gb|%|b\b))", low
    ):
        if match[1]:
            day = _date(int(match[1]), int(match[2]), int(match[3]))
        elif match[6]:
            year = int(match[6])
            day = _date(year if year > 99 else 2000 + year, int(match[5]), int(match[4]))
        elif len(match[5]) == 2:  # 1.5 is a version, 12.03 may be a day
            day = _last_one(today, lambda year, m=match: _date(year, int(m[5]), int(m[4])))  # type: ignore[misc]
        else:
            day = None
        if day is not None:
            yield _Stretch(day, day + timedelta(days=1), match.span())


def _day_of_month(low: str, today: date) -> Iterator[_Stretch]:
    """5 марта (2026), March 5th (2026)."""
    pattern = rf"\b(\d{{1,2}})(?:-?го|th|st|nd|rd)?\s+(?:of\s+)?({MONTH})(?:\s+(\d{{4}}))?|\b({MONTH})\s+(\d{{1,2}})(?:th|st|nd|rd)?\b(?:,?\s+(\d{{4}}))?"
    for match in re.finditer(pattern, low):
        number, name, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
        month = _month(name)
        given = _date(int(year), month, int(number)) if year else None
        day = given or _last_one(today, lambda at, m=month, n=number: _date(at, m, int(n)))  # type: ignore[misc]
        if day is not None:
            yield _Stretch(day, day + timedelta(days=1), match.span())


def _plain_days(low: str, today: date) -> Iterator[_Stretch]:
    for match in PLAIN_DAYS.finditer(low):
        word = match[0]
        back = (
            2
            if word.startswith(("поза", "the day before", "day before"))
            else 1
            if word.startswith(("вчера", "yest", "last night"))
            else 0
        )
        day = today - timedelta(days=back)
        yield _Stretch(day, day + timedelta(days=1), match.span())


def _ago(low: str, today: date) -> Iterator[_Stretch]:
    """«три недели назад»: about then; days exactly."""
    for match in AGO.finditer(low):
        half = match["unit"].startswith("полгод")
        count = 0.5 if half else _count(match["number"])
        unit = UNITS["year"] if half else _unit(match["unit"])
        days = min(count * unit, 36_000)
        middle = today - timedelta(days=round(days))
        slack = {1: 0, 7: 3, 30.44: 15, 365.25: 60}[unit]
        if (match["number"] or "").startswith(("пар", "неск", "a cou", "a few", "some")):
            slack = round(unit * 1.5)
        first = middle - timedelta(days=slack)
        yield _Stretch(first, min(middle + timedelta(days=slack + 1), today + timedelta(days=1)), match.span())


def _relative(low: str, today: date) -> Iterator[_Stretch]:
    """«на прошлой неделе», «в этом месяце», «за последние 10 дней», "last year"."""
    for match in RELATIVE.finditer(low):
        unit, word = _unit(match["unit"] or match["unit2"]), match["which"] or match["which2"] or ""
        tomorrow = today + timedelta(days=1)
        if match["unit2"]:
            count = 0.5 if match["unit2"].startswith("полгод") else _count(match["number"])
            yield _Stretch(today - timedelta(days=min(round(count * unit), 36_000)), tomorrow, match.span())
            continue
        first, after = _calendar(today, unit)
        if word.startswith(("прош", "last", "previous", "предыд", "минув")):
            after = first
            first, _ = _calendar(first - timedelta(days=1), unit)
        yield _Stretch(first, min(after, tomorrow), match.span())


def _weekdays(low: str, today: date) -> Iterator[_Stretch]:
    for match in WEEKDAY.finditer(low):
        number = next(i for i, stems in enumerate(WEEKDAYS) if match["day"].startswith(stems))
        day = today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
        yield _Stretch(day, day + timedelta(days=1), match.span())


def _months(low: str, today: date) -> Iterator[_Stretch]:
    pattern = rf"\b(?P<lead>в|во|за|до|после|с|со|перед|по|in|since|before|after|until|during|last|прошл\w+|этого|этом)\s+(?:прошл\w+\s+|этом\s+|last\s+)?(?P<name>{MONTH})\b(?:\s+(?P<year>\d{{4}})(?:\s*г(?:ода|оду|\.)?)?|\s+(?P<past>прошлого)\s+года|\s+(?P<this>этого)\s+года)?"
    for match in re.finditer(pattern, low):
        month = _month(match["name"])
        if match["year"]:
            first = _date(int(match["year"]), month, 1)
        elif match["past"]:
            first = date(today.year - 1, month, 1)
        elif match["this"]:
            first = date(today.year, month, 1)
        else:
            first = _last_one(today, lambda year, m=month: _date(year, m, 1))  # type: ignore[misc]
        if first is not None:
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            bare = match["lead"] in {"в", "во", "за", "in", "during", "last", "этого", "этом"} or match[
                "lead"
            ].startswith("прошл")
            yield _Stretch(first, after, (match.start() if bare else match.start("name"), match.end()))


def _seasons(low: str, today: date) -> Iterator[_Stretch]:
    for match in SEASON.finditer(low):
        number = next(i for i, stems in enumerate(SEASONS) if match["season"].startswith(stems))
        month = (12, 3, 6, 9)[number]
        if match["year"]:
            year = int(match["year"])
            first = _date(year - 1 if number == 0 else year, month, 1)
        elif match["past"]:
            first = date(today.year - (2 if number == 0 else 1), month, 1)
        else:
            first = _last_one(today, lambda year, m=month: _date(year, m, 1))  # type: ignore[misc]
            if (
                first is not None
                and (match["which"] or "").startswith(("прош", "last"))
                and today < _after_season(first)
            ):
                first = date(first.year - 1, month, 1)  # the season goes on: the one before it
        if first is not None:
            yield _Stretch(first, _after_season(first), match.span())


def _after_season(first: date) -> date:
    month = first.month + 3
    return date(first.year + (month > 12), month - 12 if month > 12 else month, 1)


def _years(low: str, today: date) -> Iterator[_Stretch]:
    for match in re.finditer(
        r"\b(?:в|за|in|of)\s+(20\d\d)(?:\s*(?:году|год|г\.?))?(?![\w.])|\b(20\d\d)\s+год[ау]?\b", low
    ):
        year = int(match[1] or match[2])
        yield _Stretch(date(year, 1, 1), date(year + 1, 1, 1), match.span())
    for match in re.finditer(r"\bнов(?:ого|ым|ый)\s+год(?:а|ом|у)?\b|\bnew year'?s?(?: eve| day)?\b", low):
        first = date(today.year, 1, 1)
        yield _Stretch(first - timedelta(days=2), first + timedelta(days=9), match.span())


# ---------------------------------------------------------------- words as numbers


def _calendar(day: date, unit: float) -> tuple[date, date]:
    """The day, calendar week, month or year that a day lies in."""
    if unit == UNITS["week"]:
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=7)
    if unit == UNITS["month"]:
        first = day.replace(day=1)
        return first, date(first.year + first.month // 12, first.month % 12 + 1, 1)
    if unit == UNITS["year"]:
        return date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day, day + timedelta(days=1)


def _count(number: str | None) -> float:
    word = (number or "").strip()
    if word.isdigit():
        return min(float(word), 36_000)
    return next((value for stem, value in NUMBERS.items() if word.startswith(stem)), 1)


def _unit(word: str) -> float:
    if word.startswith(("нед", "week")):
        return UNITS["week"]
    if word.startswith(("мес", "month")):
        return UNITS["month"]
    return UNITS["year"] if word.startswith(("год", "лет", "year", "полгод")) else UNITS["day"]


def _month(name: str) -> int:
    return next(i for i, stems in enumerate(MONTHS, 1) if name.startswith(stems))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _last_one(today: date, of: Callable[[int], date | None]) -> date | None:
    """The last such day that is not in the future; 29 February looks up to eight years back."""
    for year in range(today.year, today.year - 9, -1):
        day = of(year)
        if day is not None and day <= today:
            return day
    return None
