"""What every source yields: a document, and the problem of a file that could not be read.

Text offsets follow the Bot API: they count UTF-16 code units, because Telegram's entities do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, Protocol

from konspekt.bilingual import Bilingual, joined

DocumentKind = Literal["post", "course", "subtitles"]


@dataclass(frozen=True, slots=True)
class Entity:
    """One piece of formatting, named as the Bot API names it (`bold`, `text_link`, `pre`, …).

    `offset` and `length` count UTF-16 code units of the document's text.
    Source: https://core.telegram.org/bots/api#messageentity
    """

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    custom_emoji_id: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A file that belongs to a document. `path` is relative to the export, or None if it was not exported."""

    kind: str  # photo, video, animation, audio, voice, document, sticker, poll, …
    name: str | None = None
    path: str | None = None
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place inside the text that has its own link: a second of a lecture, a page of a PDF.

    `offset` counts Python characters of the text; the anchor holds until the next one.
    """

    offset: int
    label: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How often a post was seen and reacted to, when it was read. None: its source does not tell."""

    views: int | None = None
    reactions: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One post, one lecture file, one set of subtitles.

    `id` is stable over reindexing: `<source id>/<local id>`. `text` is plain text for posts and Markdown for
    course files. `published_at` is timezone-aware UTC or None. `language` is an ISO 639-1 code.
    """

    id: str
    source_id: str
    kind: DocumentKind
    title: str
    text: str
    url: str | None = None
    published_at: datetime | None = None
    author: str | None = None
    language: str = "ru"
    entities: tuple[Entity, ...] = ()
    media: tuple[Media, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    forwarded_from: str | None = None
    reply_to: str | None = None  # id of the document it answers
    extra: dict[str, Any] = field(default_factory=dict)
    counts: Counts | None = field(default=None, compare=False)  # no part of the content: they change by themselves

    @property
    def content_hash(self) -> str:
        """SHA-256 over everything a reader could see but the counts; two equal hashes need no new embedding."""
        values = {name: getattr(self, name) for name in _DOCUMENT_FIELDS}
        canonical = json.dumps(values, ensure_ascii=False, sort_keys=True, default=_plain)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


_DOCUMENT_FIELDS = tuple(part.name for part in fields(Document) if part.name != "counts")


def _plain(value: Any) -> Any:
    """What `json` cannot write itself: parts of a document as their fields, times as text. Much faster than asdict."""
    if isinstance(value, Entity | Media | Anchor):
        return {part.name: getattr(value, part.name) for part in fields(value)}
    return str(value)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or message that could not be read. A source that yields one has been read only in part."""

    where: str | Bilingual  # file, and line or message id where known
    what: Bilingual
    cure: Bilingual

    @property
    def message(self) -> Bilingual:
        return joined("", (self.where, ": ", self.what, " — ", self.cure))

    def __str__(self) -> str:
        return str(self.message)


class Source(Protocol):
    """One place that documents come from. `documents()` streams; it may be called again for a fresh read.

    `location` is what a later `reindex` without arguments opens again: an absolute path or a URL.
    `partial` is true when the reading covers only some of the source's documents (one file of a folder,
    one page of a channel): then nothing that is missing from it counts as deleted.
    """

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def location(self) -> str: ...
    @property
    def partial(self) -> bool: ...

    def documents(self) -> Iterator[Document | Problem]: ...
