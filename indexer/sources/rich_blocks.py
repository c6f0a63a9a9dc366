"""Rich messages (Bot API 10.1 and later) → plain text with entities.

Such a message has no `text`; it is a tree of blocks, https://core.telegram.org/bots/api#richmessage (2026-11).
The API grows, so that a block of an unknown type is not refused: whatever text it has is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from konspekt.indexer.documents import Media
from konspekt.indexer.sources.rich_text import RichText

MAX_DEPTH = 32  # lists in quotes in details: no page that people write comes near

# RichText types that ordinary messages have as entities too; the others are only text here.
_ENTITIES = {
    name: name
    for name in ("bold", "italic", "underline", "strikethrough", "spoiler", "code", "mention", "hashtag", "cashtag")
} | {
    "bot_command": "bot_command",
    "text_mention": "text_mention",
    "email_address": "email",
    "phone_number": "phone_number",
    "url": "text_link",
}
_MEDIA = ("photo", "video", "animation", "audio", "voice_note", "document")
_SILENT = frozenset({"divider", "anchor", "thinking", "buttons"})
_QUOTES = {"blockquote": "blockquote", "pullquote": "blockquote", "expandable_blockquote": "expandable_blockquote"}


def add_rich_message(rich: RichText, message: object) -> list[Media]:
    """Append the words of a `rich_message` object; the media it shows are returned."""
    media: list[Media] = []
    if isinstance(message, Mapping):
        _blocks(rich, message.get("blocks"), media, 0)
    return media


def _blocks(rich: RichText, blocks: object, media: list[Media], depth: int) -> None:
    if not isinstance(blocks, list | tuple) or depth > MAX_DEPTH:
        return
    for block in blocks:
        if isinstance(block, Mapping) and str(block.get("type")) not in _SILENT:
            _new_paragraph(rich)
            _block(rich, block, media, depth)


def _block(rich: RichText, block: Mapping[str, Any], media: list[Media], depth: int) -> None:
    kind = str(block.get("type"))
    start = rich.units
    if kind == "heading":
        _text(rich, block.get("text"), depth)
        rich.mark("bold", start)
    elif kind == "pre":
        language = block.get("language")
        _text(rich, block.get("text"), depth)
        rich.mark("pre", start, language=language if isinstance(language, str) else None)
    elif kind == "mathematical_expression":
        rich.add(_string(block.get("expression")), "pre", language="latex")
    elif kind == "list":
        _items(rich, block.get("items"), media, depth)
    elif kind == "table":
        _table(rich, block.get("cells"), depth)
        _line(rich, block.get("caption"), depth)
    elif kind in _QUOTES:
        _text(rich, block.get("text"), depth)
        _blocks(rich, block.get("blocks"), media, depth + 1)
        _line(rich, block.get("credit"), depth)
        rich.mark(_QUOTES[kind], start)
    else:  # paragraph, footer, details, collage, slideshow, map, media, and what is yet to come
        if kind in _MEDIA:
            media.append(_media(kind, block.get(kind)))
        _text(rich, block.get("summary"), depth)
        _line(rich, block.get("text"), depth)
        _blocks(rich, block.get("blocks"), media, depth + 1)
        caption = block.get("caption")
        if isinstance(caption, Mapping) and "type" not in caption:
            _line(rich, caption.get("text"), depth)
            _line(rich, caption.get("credit"), depth)
        else:
            _line(rich, caption, depth)


def _items(rich: RichText, items: object, media: list[Media], depth: int) -> None:
    for number, item in enumerate(items if isinstance(items, list | tuple) else ()):
        if not isinstance(item, Mapping):
            continue
        if number:
            rich.add("\n")
        box = ("☑ " if item.get("is_checked") else "☐ ") if item.get("has_checkbox") else ""
        rich.add((_string(item.get("label")).strip() or "•") + " " + box)
        inside = RichText()
        _blocks(inside, item.get("blocks"), media, depth + 1)
        rich.extend(*inside.build())


def _table(rich: RichText, rows: object, depth: int) -> None:
    for number, row in enumerate(rows if isinstance(rows, list | tuple) else ()):
        if number:
            rich.add("\n")
        for column, cell in enumerate(row if isinstance(row, list | tuple) else ()):
            if column:
                rich.add(" | ")
            if isinstance(cell, Mapping):
                _text(rich, cell.get("text"), depth)


def _text(rich: RichText, text: object, depth: int) -> None:
    """A RichText: a string, a list of RichText, or an object of a type that has a RichText of its own."""
    if depth > MAX_DEPTH:
        return
    if isinstance(text, str):
        rich.add(text)
    elif isinstance(text, list | tuple):
        for piece in text:
            _text(rich, piece, depth + 1)
    elif isinstance(text, Mapping):
        kind = str(text.get("type"))
        start = rich.units
        if kind == "custom_emoji":
            emoji_id = text.get("custom_emoji_id")
            rich.add(
                _string(text.get("alternative_text")),
                "custom_emoji",
                custom_emoji_id=emoji_id if isinstance(emoji_id, str) else None,
            )
        elif kind == "mathematical_expression":
            rich.add(_string(text.get("expression")), "code")
        else:
            _text(rich, text.get("text"), depth + 1)
            if kind in _ENTITIES:
                url = text.get("url")
                rich.mark(_ENTITIES[kind], start, url=url if isinstance(url, str) else None)


def _line(rich: RichText, text: object, depth: int) -> None:
    """A RichText on a line of its own, if there is one."""
    inside = RichText()
    _text(inside, text, depth)
    if inside.empty:
        return
    if not rich.ends_with_newline:
        rich.add("\n")
    rich.extend(*inside.build())


def _new_paragraph(rich: RichText) -> None:
    if not rich.empty and not rich.ends_with("\n\n"):
        rich.add("\n" if rich.ends_with_newline else "\n\n")


def _media(kind: str, value: object) -> Media:
    name = value.get("file_name") if isinstance(value, Mapping) else None
    return Media("voice" if kind == "voice_note" else kind, name if isinstance(name, str) else None)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
