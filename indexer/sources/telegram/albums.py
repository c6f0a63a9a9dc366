"""Telegram sends an album as several messages, and the export does not say which belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TypeVar

from konspekt.indexer.documents import Counts, Document, Problem
from konspekt.indexer.language import detect_language
from konspekt.indexer.sources.adverts import is_advert
from konspekt.indexer.sources.rich_text import RichText
from konspekt.indexer.sources.telegram.continuations import join_documents
from konspekt.indexer.sources.telegram.ids import post_url
from konspekt.indexer.sources.telegram.message import MessageParts
from konspekt.indexer.sources.titles import title_of

ALBUM_MAX_ITEMS = 10  # https://core.telegram.org/bots/api#sendmediagroup
ALBUM_MAX_SPREAD = timedelta(seconds=1)  # the parts of one upload may fall on two sides of a second

Item = TypeVar("Item", bound=object)


def group_albums(parts: Iterable[MessageParts | Problem]) -> Iterator[list[MessageParts] | Problem]:
    """Messages in order of the export → one list per post. A post that is not an album is a list of one."""
    album: list[MessageParts] = []
    for part in parts:
        if isinstance(part, Problem):
            yield part
            continue
        if album and not _belongs(part, album):
            yield album
            album = []
        album.append(part)
    if album:
        yield album


def post_documents(
    parts: Iterable[MessageParts | Problem], *, source_id: str, username: str | None, language: str
) -> Iterator[Document | Problem]:
    """Messages in order of the export → a document per post; an album, and a text in several messages, together.

    Problems pass through.
    """
    return join_documents(
        group
        if isinstance(group, Problem)
        else (group, post_document(group, source_id=source_id, username=username, language=language))
        for group in group_albums(parts)
    )


def _belongs(part: MessageParts, album: list[MessageParts]) -> bool:
    last = album[-1]
    if part.published_at is None or album[0].published_at is None:
        return False
    return (
        bool(part.media and last.media)
        and part.media[0].kind != "poll"
        and last.media[0].kind != "poll"
        and part.id == last.id + 1
        and len(album) < ALBUM_MAX_ITEMS
        and timedelta() <= part.published_at - album[0].published_at <= ALBUM_MAX_SPREAD
        and part.author == last.author
        and part.forwarded_from == last.forwarded_from
        and part.reply_to == last.reply_to
        # a second caption: two posts that were sent in the same second, each about its own picture
        and not (part.has_text and any(item.has_text for item in album))
    )


def post_document(
    album: list[MessageParts], *, source_id: str, username: str | None, language: str = "ru"
) -> Document | None:
    """One post. None when it has no words: pictures alone cannot be found and would only be noise in the index."""
    rich = RichText()
    for part in album:
        if not part.has_text:
            continue
        if not rich.empty:
            rich.add("\n\n")
        rich.extend(part.text, part.entities)
    if rich.empty:
        return None
    text, entities = rich.build()
    first = album[0]
    extra: dict[str, object] = {"message_ids": [part.id for part in album]} if len(album) > 1 else {}
    if is_advert(text, entities):
        extra["advert"] = True
    return Document(
        id=f"{source_id}/{first.id}",
        source_id=source_id,
        kind="post",
        title=title_of(text),
        text=text,
        url=post_url(username, first.id),
        published_at=first.published_at,
        author=first.author,
        language=detect_language(text, language),
        entities=entities,
        media=tuple(media for part in album for media in part.media),
        forwarded_from=first.forwarded_from,
        reply_to=f"{source_id}/{first.reply_to}" if first.reply_to is not None else None,
        extra=extra,
        counts=_counts(album),
    )


def _counts(album: list[MessageParts]) -> Counts | None:
    """An album is seen as one message; each of its pictures may be reacted to."""
    views = [part.counts.views for part in album if part.counts is not None and part.counts.views is not None]
    reactions = [part.counts.reactions for part in album if part.counts and part.counts.reactions is not None]
    if not views and not reactions:
        return None
    return Counts(max(views, default=None), sum(reactions) if reactions else None)
