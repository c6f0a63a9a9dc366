"""What a writer hands back: text, and where in it the links, tags and marks are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SpanKind = Literal[
    "link", "mention", "hashtag", "emoji", "bold", "italic", "underline", "strike", "code", "spoiler", "pre", "quote"
]


@dataclass(frozen=True, slots=True)
class TextSpan:
    """`start` and `end` count Python characters of the written text; `value` is a link's address, a code's language,
    a custom emoji's id."""

    start: int
    end: int
    kind: SpanKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    text: str
    spans: tuple[TextSpan, ...] = ()
