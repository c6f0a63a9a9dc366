"""Plain text with formatting: pieces are added one after another, offsets come out as the Bot API counts them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from konspekt.indexer.documents import Entity

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def utf16_length(text: str) -> int:
    """Number of UTF-16 code units: characters outside the basic plane (most emoji) count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean_text(text: str) -> str:
    """No lone surrogates (a database refuses them) and no control characters; line ends are `\\n`.

    Every replaced character stays one UTF-16 unit long, except `\\r\\n`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(" ", _SURROGATE.sub("\ufffd", text))


class RichText:
    """Collects text and entities. `build` gives both, without blank space around and with entities inside the text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._units = 0
        self._entities: list[Entity] = []

    @property
    def units(self) -> int:
        """UTF-16 length so far: the offset of what is added next."""
        return self._units

    @property
    def empty(self) -> bool:
        return not any(part.strip() for part in self._parts)

    @property
    def ends_with_newline(self) -> bool:
        return not self._parts or self._parts[-1].endswith("\n")

    def ends_with(self, end: str) -> bool:
        return "".join(self._parts[-2:]).endswith(end)

    def add(
        self,
        text: str,
        kind: str | None = None,
        *,
        url: str | None = None,
        language: str | None = None,
        custom_emoji_id: str | None = None,
    ) -> None:
        text = clean_text(text)
        if not text:
            return
        start = self._units
        self._parts.append(text)
        self._units += utf16_length(text)
        if kind is not None:
            self.mark(kind, start, url=url, language=language, custom_emoji_id=custom_emoji_id)

    def mark(
        self,
        kind: str,
        start: int,
        *,
        url: str | None = None,
        language: str | None = None,
        custom_emoji_id: str | None = None,
    ) -> None:
        """Everything from offset `start` to here is of this kind."""
        if self._units > start:
            self._entities.append(Entity(kind, start, self._units - start, url, language, custom_emoji_id))

    def extend(self, text: str, entities: Iterable[Entity]) -> None:
        """Add a text that has entities of its own."""
        shift = self._units
        text = _CONTROL.sub(" ", _SURROGATE.sub("\ufffd", text))  # unit for unit, so that offsets stay true
        self._parts.append(text)
        self._units += utf16_length(text)
        self._entities.extend(replace(entity, offset=entity.offset + shift) for entity in entities)

    def build(self) -> tuple[str, tuple[Entity, ...]]:
        return strip("".join(self._parts), self._entities)


def strip(text: str, entities: Iterable[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Cut blank space off both ends; entities are moved, cut to the text, sorted, and dropped when nothing is left."""
    bare = text.strip()
    before = utf16_length(text[: len(text) - len(text.lstrip())])
    length = utf16_length(bare)
    kept = []
    for entity in entities:
        start = max(entity.offset - before, 0)
        end = min(entity.offset - before + entity.length, length)
        if start < end:
            kept.append(replace(entity, offset=start, length=end - start))
    kept.sort(key=lambda entity: (entity.offset, -entity.length, entity.type))
    return bare, tuple(kept)
