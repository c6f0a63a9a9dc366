"""Long messages in parts that Telegram takes: at paragraph ends where possible, with formatting intact."""

from __future__ import annotations

import re
from collections.abc import Sequence

import regex

from konspekt.bot.text.rich_text import (
    Run,
    cut,
    plain,
    printable,
    to_html,
    trimmed,
    utf16_length,
)

# Telegram counts 4096 UTF-16 units of visible text. Here the tags count too: a little stricter, so that a server
# (or a proxy) that measures before it parses takes the message as well.
MESSAGE_LIMIT = 4096

# where a text may be cut, best first
_BOUNDARIES = (re.compile(r"\n{2,}"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))
_GRAPHEME = regex.compile(r"\X")


def split(runs: Sequence[Run], limit: int = MESSAGE_LIMIT) -> list[list[Run]]:
    """Parts of at most `limit` UTF-16 units each, HTML tags included; no part is blank.

    A character that is several code points (an emoji family, a letter with accents) stays whole, unless it alone is
    longer than a message.
    """
    rest = trimmed(runs)
    parts: list[list[Run]] = []
    while rest:
        end = _fitting_end(rest, limit)
        text = plain(rest)
        if end < len(text):
            end = _good_end(text, end)
        part = trimmed(cut(rest, 0, end))
        if printable(plain(part)).strip():
            parts.append(part)
        rest = trimmed(cut(rest, end, len(text)))
    return parts


def html_parts(runs: Sequence[Run], limit: int = MESSAGE_LIMIT) -> list[str]:
    return [to_html(part) for part in split(runs, limit)]


def _size(runs: Sequence[Run], end: int) -> int:
    return utf16_length(to_html(cut(runs, 0, end)))


def _fitting_end(runs: Sequence[Run], limit: int) -> int:
    """The largest number of characters that fits, never in the middle of a grapheme if one fits at all."""
    text = plain(runs)
    if len(text) <= limit and _size(runs, len(text)) <= limit:
        return len(text)
    low, high = 1, min(len(text), limit)  # one character always fits: addresses are short, see rich_text
    while low < high:
        middle = (low + high + 1) // 2
        if _size(runs, middle) <= limit:
            low = middle
        else:
            high = middle - 1
    start = max(0, low - 256)
    boundaries = [start + match.end() for match in _GRAPHEME.finditer(text, start) if match.end() <= low]
    ends = [match.end() for match in _GRAPHEME.finditer(text, 0, low + 1)] if not boundaries else []
    return max((end for end in (*boundaries, *ends) if 0 < end <= low), default=low) if low < len(text) else low


def _good_end(text: str, end: int) -> int:
    """The best place to cut at or before `end`: a paragraph's end in the last two thirds, else a line's, …"""
    for boundary in _BOUNDARIES:
        found = [match.end() for match in boundary.finditer(text, end // 3, min(end + 1, len(text)))]
        fitting = [place for place in found if place <= end + 1]
        if fitting:
            return min(fitting[-1], end)
    return end
