"""Lecture subtitles (`.srt`, `.vtt`) → running text, with an anchor every half a minute that jumps into the video."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pysubs2

from konspekt.indexer.documents import Anchor, Problem
from konspekt.indexer.sources.course.text_files import (
    UnreadableFileError,
    decode,
    shorten,
    sidecar_url,
    title_from_name,
    web_url,
)
from konspekt.indexer.sources.messages import say

SUBTITLE_SUFFIXES = frozenset({".srt", ".vtt"})

PARAGRAPH_SECONDS = 30  # a paragraph ends with the first sentence that ends after so long …
PARAGRAPH_MAX_SECONDS = 60  # … and at the latest here: automatic subtitles have no full stops
LONG_PAUSE_SECONDS = 8  # a new topic, or the lecturer at the blackboard

_TIMING = re.compile(r"(\d+:)?\d+:\d+[.,]\d+\s*-->\s*(\d+:)?\d+:\d+[.,]\d+")
_TAG = re.compile(r"</?(?:c|v|i|b|u|s|font|ruby|rt|lang)(?:[.\s][^<>\n]*)?>|<(?:\d+:)+\d+[.,]\d+>", re.IGNORECASE)
_SOUND = re.compile(r"[\[(](?:музыка|аплодисменты|смех|music|applause|laughter|inaudible)[\])]|♪", re.IGNORECASE)
_ASS_OVERRIDE = re.compile(r"\{\\[^{}\n]*\}")
_NOTE = re.compile(r"^NOTE[ \t]+(video|title)[ \t]*:[ \t]*(.+)$", re.IGNORECASE | re.MULTILINE)
_SENTENCE_END = re.compile(r"[.?!…][»\")]*$")
_YT_DLP_NAME = re.compile(r"^(?P<title>.+?) ?\[(?P<id>[A-Za-z0-9_-]{11})\](?:\.[A-Za-z-]{2,10})?$")

# Private-use letters that stand in for characters which pysubs2 would read as markup.
_PROTECT = str.maketrans({"<": "\ue000", "{": "\ue001", "}": "\ue002", "\\": "\ue003"})
_RESTORE = str.maketrans({"\ue000": "<", "\ue001": "{", "\ue002": "}", "\ue003": "\\"})

# How a link says "start here", by host. Sources: the share dialogs of the sites, 2026-11. Others: media fragments,
# https://www.w3.org/TR/media-frags/ (a plain .mp4 opened in a browser obeys them).
_QUERY_TIME: Mapping[str, str] = {
    "youtube.com": "{0}s",
    "youtu.be": "{0}s",
    "rutube.ru": "{0}",
    "vk.com": "{0}s",
    "vkvideo.ru": "{0}s",
}


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle, times in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Subtitles:
    """A lecture's words. `anchors` index into `text`; `problems` name the cues that could not be read."""

    title: str
    text: str
    url: str | None
    anchors: tuple[Anchor, ...]
    problems: tuple[Problem, ...] = ()


def read_subtitles(path: Path, video_urls: Mapping[str, str] | None = None) -> Subtitles:
    """Reads one file. The video's address comes from `video_urls` (by path, file name or stem), a line
    `NOTE video: …` in a .vtt, a `.url` file beside it, or the `[id]` that yt-dlp leaves in a file's name.

    Raises `UnreadableFileError` when the file is not text or holds no subtitle.
    """
    raw = decode(path.read_bytes())
    notes = {key.lower(): value.strip() for key, value in _NOTE.findall(raw)}
    cues = parse_cues(raw, path.suffix.lower().lstrip("."))
    if not cues:
        raise UnreadableFileError(say("no_subtitles"), say("no_subtitles_cure"))

    given = _given_url(path, video_urls or {}) or notes.get("video")
    url = web_url(given) if given else sidecar_url(path) or _yt_dlp_url(path)
    text, starts = join_cues(cues)
    anchors = tuple(Anchor(offset, time_label(second), url and url_at(url, second)) for offset, second in starts)

    problems = [
        Problem(f"{path}:{number}", say("subtitle_time"), say("subtitle_time_cure"))
        for number, line in enumerate(raw.split("\n"), 1)
        if "-->" in line and not _TIMING.search(line)
    ]
    if given and not url:
        problems.append(Problem(str(path), say("video_address", address=given), say("video_address_cure")))
    return Subtitles(_title(path, raw, notes), text, url, anchors, tuple(problems))


def parse_cues(raw: str, format_: str) -> list[Cue]:
    """Cues by time, without markup, sounds, and the lines that rolling automatic subtitles repeat."""
    cleaned = _ASS_OVERRIDE.sub("", _TAG.sub("", raw)).translate(_PROTECT)
    try:
        events = pysubs2.SSAFile.from_string(cleaned, format_=format_)
    except (pysubs2.Pysubs2Error, ValueError):
        return []
    cues: list[Cue] = []
    shown: list[str] = []  # lines of the cue before
    for event in sorted(events, key=lambda event: event.start):
        # Unescaped twice: YouTube writes `&amp;nbsp;` at times.
        plain = html.unescape(html.unescape(event.plaintext.translate(_RESTORE)))
        lines = [" ".join(_SOUND.sub(" ", line).split()) for line in plain.split("\n")]
        lines = [line for line in lines if line]
        fresh = lines[_overlap(shown, lines) :]
        shown = lines or shown
        if fresh:
            cues.append(Cue(max(event.start, 0) / 1000, max(event.end, 0) / 1000, " ".join(fresh)))
    return cues


def _overlap(before: Sequence[str], lines: Sequence[str]) -> int:
    """How many of the first lines were on the screen already."""
    for size in range(min(len(before), len(lines)), 0, -1):
        if list(before[-size:]) == list(lines[:size]):
            return size
    return 0


def join_cues(cues: Iterable[Cue]) -> tuple[str, list[tuple[int, int]]]:
    """Text in paragraphs of 30 to 60 seconds, and (offset, second) of each paragraph's start."""
    paragraphs: list[list[str]] = []
    seconds: list[int] = []
    last: Cue | None = None
    for cue in cues:
        if last is None or _breaks(seconds[-1], last, cue):
            paragraphs.append([])
            seconds.append(int(cue.start))
        paragraphs[-1].append(cue.text)
        last = cue
    texts = [" ".join(words) for words in paragraphs]
    starts, offset = [], 0
    for text, second in zip(texts, seconds, strict=True):
        starts.append((offset, second))
        offset += len(text) + 2
    return "\n\n".join(texts), starts


def _breaks(began: int, last: Cue, cue: Cue) -> bool:
    lasted = cue.start - began
    if lasted >= PARAGRAPH_MAX_SECONDS or cue.start - last.end >= LONG_PAUSE_SECONDS:
        return True
    return lasted >= PARAGRAPH_SECONDS and bool(_SENTENCE_END.search(last.text))


def time_label(second: int) -> str:
    minutes, seconds = divmod(second, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def url_at(url: str, second: int) -> str:
    """The video's address, opened at this second."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host not in _QUERY_TIME:
        return urlunsplit(parts._replace(fragment=f"t={second}"))
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "t"]
    query.append(("t", _QUERY_TIME[host].format(second)))
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))


def _given_url(path: Path, video_urls: Mapping[str, str]) -> str | None:
    """The longest key that names this file wins: `week1/lecture.vtt`, then `lecture.vtt`, then `lecture`."""
    full = path.as_posix()
    for key in sorted(video_urls, key=len, reverse=True):
        if full == key or full.endswith("/" + key) or path.stem == key:
            return video_urls[key]
    return None


def _yt_dlp_url(path: Path) -> str | None:
    match = _YT_DLP_NAME.match(path.stem)
    return f"https://www.youtube.com/watch?v={match['id']}" if match else None


def _title(path: Path, raw: str, notes: Mapping[str, str]) -> str:
    if notes.get("title"):
        return shorten(notes["title"])
    header = re.match(r"WEBVTT[ \t]+-?[ \t]*(.+)", raw)
    if header:
        return shorten(header[1])
    match = _YT_DLP_NAME.match(path.stem)
    return shorten(match["title"]) if match else title_from_name(path)
