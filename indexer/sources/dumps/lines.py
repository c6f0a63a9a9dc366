"""The lines of a pasted channel page, and what each of them is: the author's words, or the page's furniture."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import regex

from konspekt.indexer.sources.rich_text import clean_text


class Kind(Enum):
    TEXT = "text"
    BLANK = "blank"
    END = "end"  # reactions, views, time: the last thing under a post
    MEDIA = "media"  # "VIEW IN TELEGRAM": stands at one end of a post, never inside it
    FORWARD = "forward"  # "Forwarded from": the first thing of a post
    START = "start"  # "Channel, [12.03.2024 15:30]": the first thing of a post copied out of Telegram Desktop
    SERVICE = "service"  # "Channel pinned «…»": between posts


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1 in the file. `name` is the origin of a forward or the author of a START line."""

    number: int
    text: str
    kind: Kind
    name: str | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the posts: the channel's name, how it describes itself."""

    title: str | None = None
    description: str = ""


COUNT = r"\d[\d\s.,]*[KkMmКкМм]?"
_COUNTERS = (
    r"subscribers?|members?|photos?|videos?|files?|links?|audios?|voices?|"
    r"подписчик\w*|участник\w*|фото\w*|видео|файл\w*|ссыл\w+|аудио"
)
_COUNTER = re.compile(rf"{COUNT}\s*(?:{_COUNTERS})", re.IGNORECASE)
_DOWNLOAD = re.compile(r"download telegram|скачать telegram", re.IGNORECASE)
HEADER_LINES = 40  # a description has at most 255 characters, so the header ends well before this
TITLE_LINES = 4  # the counters start at most so many lines from the top

# One reaction is an emoji and a number; a number without an emoji is a custom emoji or a paid star that the page
# could not show. A line of them has at least one real emoji: "42" alone may be somebody's words.
_PICTURE = r"\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?"
_EMOJI = rf"(?:\p{{Regional_Indicator}}{{2}}|{_PICTURE}(?:\u200d{_PICTURE})*)"
_NUMBER = r"\d{1,6}(?:[.,]\d{1,2})?\s?[KkMmКкМм]?"
_REACTIONS = regex.compile(rf"(?:{_NUMBER}\s*)?(?:{_EMOJI}\s*{_NUMBER}\s*(?:\s{_NUMBER}\s*)*)+")
_BARE_COUNTS = re.compile(rf"{_NUMBER}(?:\s+{_NUMBER})*")
_TIME = r"\d{1,2}:\d{2}(?::\d{2})?"
_EDITED = r"(?:edited|изменено|ред\.)"
# "4.2K views", and what the page puts right behind it without a space: the author's signature, "edited", the time.
_VIEWS = re.compile(
    rf"(?:👁\s*{COUNT}|{COUNT}\s*(?:views?|просмотр\w*))\s*(?:[^\d\n,:]{{1,64}},\s*)?{_EDITED}?,?\s*(?:{_TIME})?"
    rf"|{_EDITED},?\s*{_TIME}",
    re.IGNORECASE,
)
_BARE_TIME = re.compile(_TIME)
_MONTHS = (
    r"january|february|march|april|may|june|july|august|september|october|november|december|"
    r"января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
)
_DAY = re.compile(rf"(?:(?:{_MONTHS}) \d{{1,2}}|\d{{1,2}} (?:{_MONTHS}))(?:,? \d{{4}})?", re.IGNORECASE)

_MEDIA = re.compile(
    r"please open telegram to view this post|view in telegram|media is too big|"
    r"this media is not supported in (?:your browser|the widget)|(?:this )?message is not supported.*|"
    r"откройте telegram, чтобы (?:просмотреть|посмотреть|увидеть).*|(?:по|про)?смотреть в telegram",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"(?:forwarded (?:from|message from)|переслано (?:от|из)|пересланное сообщение от)\s*:?\s*(.*)", re.IGNORECASE
)
_SERVICE = re.compile(
    r".{1,128}? (?:pinned|закрепил\w*) (?:[«\"].*|(?:an? )?(?:photo|video|gif|file|poll|sticker|(?:voice )?message))|"
    r"channel (?:created|photo updated|photo removed|name was changed to .*)|канал создан|"
    r"live stream (?:scheduled|started|finished).*",
    re.IGNORECASE,
)
_STAMP = re.compile(
    r"(?P<name>[^\[\]]{1,128}), \[(?P<date>\d{1,2}[./]\d{1,2}[./]\d{2,4}),? (?P<time>\d{1,2}:\d{2}(?::\d{2})?)\]:?"
)
_RULE = re.compile(r"(?:[-–—=_*~•·✦➖〰]\ufe0f?\s*){3,}")
_BLANKS = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad\u200e\u200f]")


def read_lines(text: str) -> tuple[Header, list[Line]]:
    """Every line below the header, classified."""
    raw = [_tidy(line) for line in clean_text(unicodedata.normalize("NFC", text)).split("\n")]
    header, start = _header(raw)
    lines: list[Line] = []
    for number, line in enumerate(raw[start:], start + 1):
        previous = lines[-1] if lines else None
        if previous and previous.kind is Kind.FORWARD and previous.name is None and line:
            lines[-1] = Line(previous.number, previous.text, Kind.FORWARD, line)
            continue
        lines.append(_classify(number, line, previous))
    return header, lines


def is_rule(text: str) -> bool:
    """A drawn line: a border between posts where people put nothing else, an ornament where reactions show borders."""
    return bool(_RULE.fullmatch(text))


def is_bare_counts(text: str) -> bool:
    """Numbers alone: reactions if they stand under a post, words if they do not."""
    return bool(_BARE_COUNTS.fullmatch(text))


def _tidy(line: str) -> str:
    return _BLANKS.sub(" ", _INVISIBLE.sub("", line)).strip()


def _header(raw: list[str]) -> tuple[Header, int]:
    counters = [number for number, line in enumerate(raw[:HEADER_LINES]) if _COUNTER.fullmatch(line)]
    end = next((number for number, line in enumerate(raw[:HEADER_LINES]) if _DOWNLOAD.fullmatch(line)), None)
    counters = counters if counters and counters[0] <= TITLE_LINES else []
    if end is None and not counters:
        return Header(), 0
    last = end if end is not None else counters[-1]
    above = [line for line in raw[: counters[0] if counters else last] if line]
    below = raw[counters[-1] + 1 : last] if counters else []
    return Header(above[0] if above else None, "\n".join(below).strip()), last + 1


def _classify(number: int, text: str, previous: Line | None) -> Line:
    if not text:
        return Line(number, text, Kind.BLANK)
    if _MEDIA.fullmatch(text):
        return Line(number, text, Kind.MEDIA)
    if _REACTIONS.fullmatch(text) or _VIEWS.fullmatch(text):
        return Line(number, text, Kind.END)
    # Numbers, times and days alone are furniture only beside other furniture; elsewhere they are somebody's words.
    between = previous is None or previous.kind not in (Kind.TEXT, Kind.BLANK)
    if previous and previous.kind in (Kind.MEDIA, Kind.END) and (is_bare_counts(text) or _BARE_TIME.fullmatch(text)):
        return Line(number, text, Kind.END)
    if between and _DAY.fullmatch(text):
        return Line(number, text, Kind.SERVICE)
    if match := _FORWARD.fullmatch(text):
        return Line(number, text, Kind.FORWARD, match[1] or None)
    if match := _STAMP.fullmatch(text):
        return Line(number, text, Kind.START, match["name"].strip(), _stamp_date(match["date"], match["time"]))
    if _SERVICE.fullmatch(text):
        return Line(number, text, Kind.SERVICE)
    return Line(number, text, Kind.TEXT)


def _stamp_date(date: str, time: str) -> datetime | None:
    """Day first, as Telegram Desktop writes it; its zone is not written and taken as UTC."""
    day, month, year = (int(part) for part in re.split(r"[./]", date))
    hour, minute, second, *_ = (*(int(part) for part in time.split(":")), 0)
    try:
        return datetime(year + 2000 if year < 100 else year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
