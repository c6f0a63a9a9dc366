"""A post has no title; its first meaningful line serves as one."""

from __future__ import annotations

import re

from konspekt.indexer.sources.headings import is_section_heading, is_too_short

TITLE_MAX_CHARS = 100
SHORTEST_SENTENCE = 25  # a first sentence at least this long says enough; "Друзья!" does not

_INVISIBLE = re.compile(r"[\u200b-\u200d\u2060\ufeff\u00ad\x00-\x08\x0b-\x1f\x7f]")
_MARKUP = re.compile(r"^(?:#{1,6}\s+|>+\s*|[*_~`]{2,3}(?=\S))|[*_~`]{2,3}$")
_ONLY_LABELS = re.compile(r"(?:[#@][\w.]+|https?://\S+|[\W_])+")
_SENTENCE_END = re.compile(r"[.!?…]+[»\")]*(?=\s)")


def title_of(text: str, fallback: str = "") -> str:
    """The first line with words that are not only hashtags, names, links and signs, cut to `TITLE_MAX_CHARS`.

    Nor is the heading of a section a title («Метод»); «LoRA» takes the next line with it, and «Ура!» gives way to it.

    A longer line is cut after its first sentence, or between words with an ellipsis. A text of hashtags alone is its
    own title; an empty one gives `fallback`.
    """
    lines = [line for line in map(_clean, text.splitlines()) if line]
    if not lines:
        return fallback
    worded = [line for line in lines if not _ONLY_LABELS.fullmatch(line)] or lines[:1]
    told = [line for line in worded if not is_section_heading(line)] or worded
    if is_too_short(told[0]) and len(told) > 1:
        return shorten(f"{told[0].rstrip(' .:—–-')} — {told[1]}" if told[0][-1:] not in "!?…" else told[1])
    return shorten(told[0])


def shorten(line: str, limit: int = TITLE_MAX_CHARS) -> str:
    """At most `limit` characters of a line, whole words."""
    if len(line) <= limit:
        return line
    for match in _SENTENCE_END.finditer(line, SHORTEST_SENTENCE, limit + 1):
        return line[: match.end()]
    cut = line[:limit].rstrip()
    space = cut.rfind(" ")
    if space > limit // 2:
        cut = cut[:space]
    return cut.rstrip(' ,;:—–-(«"') + "…"


def _clean(line: str) -> str:
    line = " ".join(_INVISIBLE.sub("", line).split())
    return _MARKUP.sub("", line).strip()
