"""Telegram itself, for another channel or another language: 4,096 UTF-16 units after the entities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from konspekt.conversion.by_rule.counting import utf16_units
from konspekt.conversion.document import Blocks
from konspekt.conversion.network import (
    Limit,
    Network,
    Options,
)
from konspekt.conversion.pictures.fitting import Photo
from konspekt.conversion.writing.plain import PlainStyle, write_plain
from konspekt.conversion.writing.written import Written

_STYLE = PlainStyle(links="span", quotes=None, spans=True)
_MOST_ENTITIES = 100  # the Bot API ignores those beyond
_LOOKS = frozenset({"bold", "italic", "underline", "strikethrough"})
_TYPES = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strike": "strikethrough",
    "spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "quote": "blockquote",
    "mention": "mention",
    "hashtag": "hashtag",
    "emoji": "custom_emoji",
    "link": "text_link",
}


def write(blocks: Blocks, options: Options) -> Written:
    return write_plain(blocks, _STYLE)


def facets(written: Written) -> list[dict[str, Any]]:
    """Bot API `MessageEntity` values: offsets in UTF-16 units."""
    offsets = _utf16_offsets(written.text)
    found: list[dict[str, Any]] = []
    for span in written.spans:
        start, end = offsets[span.start], offsets[span.end]
        entity: dict[str, Any] = {"type": _TYPES[span.kind], "offset": start, "length": end - start}
        if span.kind == "link":
            shown = written.text[span.start : span.end]
            if shown == span.value:
                entity["type"] = "url"
            else:
                entity["url"] = span.value
        elif span.kind == "pre" and span.value:
            entity["language"] = span.value
        elif span.kind == "emoji":
            if not span.value:
                continue
            entity["custom_emoji_id"] = span.value
        found.append(entity)
    if len(found) > _MOST_ENTITIES:  # links and code matter more than looks
        found = sorted(found, key=lambda entity: (entity["type"] in _LOOKS, entity["offset"]))[:_MOST_ENTITIES]
    return sorted(found, key=lambda entity: (entity["offset"], -entity["length"]))


def linked(text: str, facets: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """The characters of a part that lead somewhere: of links and of names."""
    places = {unit: place for place, unit in enumerate(_utf16_offsets(text))}
    return [
        (places[entity["offset"]], places[entity["offset"] + entity["length"]])
        for entity in facets
        if entity["type"] in ("text_link", "url", "mention", "text_mention")
    ]


def _utf16_offsets(text: str) -> list[int]:
    offsets = [0]
    for char in text:
        offsets.append(offsets[-1] + (2 if char > "\uffff" else 1))
    return offsets


TELEGRAM = Network(
    name="telegram",
    title="Telegram",
    limits=(Limit(4096, "UTF-16 units after entities", utf16_units),),
    write=write,
    facets=facets,
    linked=linked,
    entities=True,
    in_telegram=True,
    overflow="messages",
    formatting=(
        "bold",
        "italic",
        "underline",
        "strike",
        "code",
        "spoiler",
        "quote",
        "pre",
        "link",
    ),
    links="entity on its words",
    hashtags="entity",
    mentions="entity",
    media_limit=10,
    photo=Photo(
        most_bytes=10_000_000,
        most_side=5000,
        source="core.telegram.org/bots/api#sendphoto: 10 MB, 10,000 pixels in all, 1:20",
        checked="2026-11-30",
    ),
    source="core.telegram.org/bots/api#messageentity (captions: 1,024)",
    checked="2026-11-21",
)

NETWORKS = (TELEGRAM,)
