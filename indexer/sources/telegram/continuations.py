"""Messages that continue where the one before stopped: Telegram cuts a long text, and people press Enter too early."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from konspekt.indexer.documents import Anchor, Document, Problem
from konspekt.indexer.language import detect_language
from konspekt.indexer.sources.adverts import is_advert
from konspekt.indexer.sources.dumps.shape import TITLE_CHARS, is_title
from konspekt.indexer.sources.headings import is_section_heading
from konspekt.indexer.sources.rich_text import RichText, utf16_length
from konspekt.indexer.sources.telegram.message import MessageParts

MAX_PAUSE = timedelta(seconds=30)
# Telegram cuts a text at 4,096 characters, https://limits.tginfo.me (2026-11), and sends the parts in one second. Short
# posts of one second are a batch that was scheduled together.
CUT_CHARS = 3000
MAX_MESSAGES = 20  # of one text; more is a chat, not a text


def continues(part: MessageParts, before: MessageParts) -> bool:
    """Whether a message continues the one right before it: same author, seconds apart, no title of its own."""
    if part.published_at is None or before.published_at is None:
        return False
    return (
        part.has_text
        and before.has_text
        and not part.media
        and not any(media.kind == "poll" for media in before.media)
        and part.id == before.id + 1
        and part.author == before.author
        and part.forwarded_from == before.forwarded_from
        and part.reply_to in (None, before.id, before.reply_to)
        and _is_soon(part.published_at - before.published_at, before.text)
        and is_advert(part.text, part.entities) == is_advert(before.text, before.entities)
        and not has_own_title(part)
    )


def _is_soon(pause: timedelta, before: str) -> bool:
    return timedelta() < pause <= MAX_PAUSE or (not pause and len(before) >= CUT_CHARS)


def has_own_title(part: MessageParts) -> bool:
    """Whether the first of several lines is a title: bold, or short and no sentence. A section heading is none."""
    first, _, rest = part.text.partition("\n")
    if is_section_heading(first):
        return False
    bold = any(
        entity.type == "bold" and entity.offset == 0 and entity.length >= utf16_length(first.rstrip())
        for entity in part.entities
    )
    return bool(rest.strip()) and len(first) <= TITLE_CHARS and (bold or is_title(first.strip()))


def join_documents(
    pairs: Iterable[tuple[list[MessageParts], Document | None] | Problem],
) -> Iterator[Document | Problem]:
    """Posts in their order, (messages, document) each; those that continue one another become one document."""
    held: list[tuple[list[MessageParts], Document]] = []
    for pair in pairs:
        if isinstance(pair, Problem):
            yield pair
            continue
        album, document = pair
        if held and len(held) < MAX_MESSAGES and len(album) == 1 and continues(album[0], held[-1][0][-1]):
            if document is not None:
                held.append((album, document))
            continue
        if held:
            yield _joined(held)
        held = [(album, document)] if document is not None else []
    if held:
        yield _joined(held)


def _joined(held: list[tuple[list[MessageParts], Document]]) -> Document:
    """One document: id, title and link of its first message, and an anchor for each message."""
    first = held[0][1]
    if len(held) == 1:
        return first
    rich, length = RichText(), 0
    anchors: list[Anchor] = []
    for _, document in held:
        if anchors:
            rich.add("\n\n")
            length += 2
        anchors.append(Anchor(length, "", document.url))
        rich.extend(document.text, document.entities)
        length += len(document.text)
    text, entities = rich.build()
    return replace(
        first,
        text=text,
        entities=entities,
        anchors=tuple(anchors),
        language=detect_language(text, first.language),
        extra=first.extra
        | {
            "message_ids": [part.id for album, _ in held for part in album],
            "continued": [album[0].id for album, _ in held[1:]],
        },
    )


def replace_message(existing: Document, message_id: int, edited: Document) -> Document:
    """A joined document in which one message says something else now: what an edit brings is that message alone."""
    places = [anchor.offset for anchor in existing.anchors] + [len(existing.text) + 2]
    continued = existing.extra.get("continued", [])
    number = continued.index(message_id) + 1 if message_id in continued else 0
    rich, length = RichText(), 0
    anchors: list[Anchor] = []
    for place, anchor in enumerate(existing.anchors):
        if anchors:
            rich.add("\n\n")
            length += 2
        anchors.append(replace(anchor, offset=length))
        if place == number:
            text, entities = edited.text, edited.entities
        else:
            start, end = places[place], places[place + 1] - 2
            text = existing.text[start:end]
            low = utf16_length(existing.text[:start])
            high = low + utf16_length(text)
            entities = tuple(
                replace(entity, offset=entity.offset - low)
                for entity in existing.entities
                if low <= entity.offset < high
            )
        rich.extend(text, entities)
        length += len(text)
    text, entities = rich.build()
    title = edited.title if number == 0 else existing.title
    return replace(existing, title=title, text=text, entities=entities, anchors=tuple(anchors))
