"""Formatted text as runs: pieces of text with the styles they carry. HTML made from runs is always balanced.

Nothing untrusted can become a tag: text is escaped where HTML is written, and only here is HTML written.
Tags: https://core.telegram.org/bots/api#html-style (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape, unescape
from typing import Literal
from urllib.parse import urlsplit

Tag = Literal["b", "i", "u", "s", "code", "pre", "a", "blockquote", "tg-spoiler"]
LONGEST_URL = 1024


@dataclass(frozen=True, slots=True)
class Style:
    """One tag. `value`: the address of a link, the language of a code block, `expandable` of a quotation.

    `key` tells two neighbours of the same kind apart: two quotations in a row stay two.
    """

    tag: Tag
    value: str | None = None
    key: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Text with its styles, outermost first."""

    text: str
    styles: tuple[Style, ...] = ()


def utf16_length(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def plain(runs: Iterable[Run]) -> str:
    return "".join(run.text for run in runs)


def is_web_url(url: str | None) -> bool:
    """Whether a button or a link may carry this address."""
    if not url or len(url) > LONGEST_URL or any(char.isspace() for char in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def to_html(runs: Iterable[Run]) -> str:
    """Telegram HTML: tags opened and closed in order, text escaped."""
    pieces: list[str] = []
    stack: list[Style] = []
    for run in runs:
        if not run.text:
            continue
        common = 0
        while common < min(len(stack), len(run.styles)) and stack[common] == run.styles[common]:
            common += 1
        while len(stack) > common:
            pieces.append(_closing(stack.pop()))
        for style in run.styles[common:]:
            stack.append(style)
            pieces.append(_opening(style))
        pieces.append(escape(printable(run.text), quote=False))
    while stack:
        pieces.append(_closing(stack.pop()))
    return "".join(pieces)


def printable(text: str) -> str:
    """Without control characters and broken surrogates: they are not allowed in messages, a NUL would cut one short."""
    return "".join(char for char in text if char in "\n\t" or (ord(char) >= 32 and not 0xD800 <= ord(char) <= 0xDFFF))


def _opening(style: Style) -> str:
    if style.tag == "a":
        return f'<a href="{escape(style.value or "")}">'
    if style.tag == "pre" and style.value:
        return f'<pre><code class="language-{escape(style.value)}">'
    if style.tag == "blockquote" and style.value == "expandable":
        return "<blockquote expandable>"
    return f"<{style.tag}>"


def _closing(style: Style) -> str:
    return "</code></pre>" if style.tag == "pre" and style.value else f"</{style.tag}>"


def cut(runs: Iterable[Run], start: int, end: int) -> Iterator[Run]:
    """The runs of characters `start` to `end` (Python characters), with their styles."""
    position = 0
    for run in runs:
        low, high = max(start - position, 0), min(end - position, len(run.text))
        if low < high:
            yield Run(run.text[low:high], run.styles)
        position += len(run.text)
        if position >= end:
            return


def trimmed(runs: Iterable[Run]) -> list[Run]:
    """Without white space at both ends."""
    kept = list(runs)
    text = plain(kept)
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    return list(cut(kept, start, end)) if start < end else []


def html_to_text(html: str) -> str:
    """What our own HTML shows, for a server that does not take the formatting."""
    return unescape(re.sub(r"<[^>]*>", "", html))
