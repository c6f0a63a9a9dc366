"""The markup of `posts.markup` → the `text_entities` of Telegram Desktop: a flat list of pieces that do not nest."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

Entity = dict[str, Any]

# Tag of posts.markup -> type in the export (tdesktop, export_output_json.cpp)
TYPES = {
    "b": "bold",
    "i": "italic",
    "u": "underline",
    "s": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "spoiler": "spoiler",
    "blockquote": "blockquote",
    "emoji": "custom_emoji",
}
NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"

# What Telegram finds by itself in plain text.
_AUTOMATIC = re.compile(
    r"(?P<email>[\w.]+@[\w-]+\.[\w.]+)|(?P<mention>(?<![\w@])@[A-Za-z]\w{4,31})|(?P<hashtag>(?<!\w)#\w+)"
    r"|(?P<link>https?://[^\s<>]+[^\s<>.,)])"
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.entities: list[Entity] = []
        self._open: list[Entity] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._open:
            raise ValueError(f"<{tag}> inside another tag: the export has no nesting")
        attributes = dict(attrs)
        entity: Entity = {"type": TYPES[tag], "text": ""}
        if tag == "a":
            entity["href"] = attributes["href"]
        elif tag == "pre":
            entity["language"] = attributes.get("lang") or ""
        elif tag == "blockquote":
            entity["collapsed"] = False
        elif tag == "emoji":
            entity["document_id"] = NOT_INCLUDED
        self._open.append(entity)

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1]["text"] += data
        else:
            self.entities += _automatic(data)

    def handle_endtag(self, tag: str) -> None:
        entity = self._open.pop()
        if entity["type"] != TYPES[tag]:
            raise ValueError(f"</{tag}> closes {entity['type']}")
        self.entities.append(entity)


def _automatic(text: str) -> list[Entity]:
    found: list[Entity] = []
    end = 0
    for match in _AUTOMATIC.finditer(text):
        if match.start() > end:
            found.append({"type": "plain", "text": text[end : match.start()]})
        found.append({"type": match.lastgroup, "text": match[0]})
        end = match.end()
    return [*found, {"type": "plain", "text": text[end:]}] if end < len(text) else found


def parse(body: str) -> list[Entity]:
    """`text_entities` of a body. Raises ValueError for an unclosed or nested tag."""
    reader = _Reader()
    reader.feed(body)
    reader.close()
    if reader._open:
        raise ValueError(f"not closed: {reader._open[-1]['type']}")
    return reader.entities


def as_text(entities: list[Entity]) -> str | list[str | Entity]:
    """The older `text` field beside them: a string when there is nothing but plain text, else a mixed list."""
    if all(entity["type"] == "plain" for entity in entities):
        return "".join(entity["text"] for entity in entities)
    mixed: list[str | Entity] = [entity["text"] if entity["type"] == "plain" else entity for entity in entities]
    return mixed if isinstance(mixed[-1], str) else [*mixed, ""]
