"""A message as the running bot gets it → the same document that an export of the channel would give.

Messages are plain dictionaries as the Bot API sends them (`telegram.Message.to_dict()`), so no bot is needed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from konspekt.indexer.documents import (
    Document,
    Entity,
    Media,
    Problem,
)
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.polls import add_poll
from konspekt.indexer.sources.rich_blocks import add_rich_message
from konspekt.indexer.sources.rich_text import RichText, utf16_length
from konspekt.indexer.sources.telegram.albums import post_document
from konspekt.indexer.sources.telegram.continuations import replace_message
from konspekt.indexer.sources.telegram.ids import telegram_source_id
from konspekt.indexer.sources.telegram.message import MessageParts, plain_text

Message = Mapping[str, Any]

_MEDIA = ("animation", "audio", "document", "photo", "sticker", "story", "video", "video_note", "voice")


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel whose posts come one by one. Reading it gives nothing, and deletes nothing."""

    id: str
    title: str
    kind: str = "telegram"
    partial: bool = True

    @property
    def location(self) -> str:
        return self.id

    def documents(self) -> Iterator[Document | Problem]:
        return iter(())


def live_channel(message: Message) -> LiveChannel:
    """The channel that a message was posted in."""
    chat = _object(message.get("chat"))
    name = _string(chat.get("title")) or _string(chat.get("username")) or ""
    return LiveChannel(telegram_source_id(chat.get("id"), name), name or str(chat.get("id")))


def live_document(
    messages: Message | Sequence[Message],
    options: SourceOptions | None = None,
    existing: Document | None = None,
) -> Document | None:
    """The document of one post: a message, or all messages of an album. None if it has no words to search for.

    An edit of an album brings only the message that changed: pass the document as it was (`existing`), found by
    `extra["message_ids"]`, and it keeps its id and its other pictures.
    """
    options = options or SourceOptions()
    album = [messages] if isinstance(messages, Mapping) else list(messages)
    album.sort(key=lambda message: _number(message.get("message_id")))
    if not album:
        return None
    channel = live_channel(album[0])
    chat = _object(album[0].get("chat"))
    username = _string(chat.get("username")) or options.username(chat.get("id"), channel.title)
    parts = [_parts(message) for message in album]
    document = post_document(parts, source_id=channel.id, username=username, language=options.language)
    if document and existing and existing.extra.get("continued"):
        return replace_message(existing, parts[0].id, document)
    ids = existing.extra.get("message_ids", []) if existing else []
    if document and existing and len(ids) > len(parts) and parts[0].id in ids:
        return replace(
            document,
            id=existing.id,
            url=existing.url,
            media=existing.media,
            extra=existing.extra,
            published_at=existing.published_at,
        )
    return document


def _parts(message: Message) -> MessageParts:
    rich = RichText()
    media = [Media(kind, _file_name(message[kind])) for kind in _MEDIA if message.get(kind)]
    if media and media[0].kind == "animation":
        media = media[:1]  # an animation is a document too, for clients that know no animations
    text = _string(message.get("text")) or _string(message.get("caption")) or ""
    entities = message.get("entities") if message.get("text") else message.get("caption_entities")
    rich.extend(text, _entities(text, entities))
    extra = _object(message.get("api_kwargs"))  # what python-telegram-bot does not know yet, before `to_dict` merges it
    for content in (message.get("rich_message"), extra.get("rich_message")):
        if content:
            if not rich.empty:
                rich.add("\n\n")
            media += add_rich_message(rich, content)
            break
    for kind, heading, options in (("poll", "question", "options"), ("checklist", "title", "tasks")):
        question = _object(message.get(kind))
        if question:
            title = plain_text(question.get(heading))
            choices = [(plain_text(option), _votes(option)) for option in question.get(options) or ()]
            add_poll(rich, title, choices, _number(question.get("total_voter_count")) or None)
            media.append(Media(kind, title or None))
    words, marks = rich.build()
    reply = _object(message.get("reply_to_message"))
    chat = _object(message.get("chat"))
    return MessageParts(
        id=_number(message.get("message_id")),
        text=words,
        entities=marks,
        media=tuple(media),
        published_at=_date(message.get("date")),
        author=_string(message.get("author_signature"))
        or _person(_object(message.get("sender_chat")))
        or _person(_object(message.get("from")))
        or _person(chat),
        forwarded_from=_origin(_object(message.get("forward_origin"))),
        reply_to=_number(reply["message_id"]) if "message_id" in reply else None,
    )


def _entities(text: str, entities: object) -> list[Entity]:
    """Entities that lie inside the text; the server sends no others, a broken client might."""
    found = []
    length = utf16_length(text)
    for entity in map(_object, entities if isinstance(entities, list | tuple) else ()):
        offset, size = entity.get("offset"), entity.get("length")
        if isinstance(offset, int) and isinstance(size, int) and 0 <= offset < offset + size <= length:
            found.append(
                Entity(
                    str(entity.get("type")),
                    offset,
                    size,
                    _string(entity.get("url")),
                    _string(entity.get("language")),
                    _string(entity.get("custom_emoji_id")),
                )
            )
    return found


def _origin(origin: Message) -> str | None:
    """Where a forward comes from, https://core.telegram.org/bots/api#messageorigin: a channel, a chat or a person."""
    return (
        _person(_object(origin.get("chat")))
        or _person(_object(origin.get("sender_chat")))
        or _person(_object(origin.get("sender_user")))
        or _string(origin.get("sender_user_name"))
    )


def _person(who: Message) -> str | None:
    names = [name for name in (_string(who.get("first_name")), _string(who.get("last_name"))) if name]
    return _string(who.get("title")) or " ".join(names) or _string(who.get("username"))


def _file_name(media: object) -> str | None:
    file = _object(media)
    if (title := _string(file.get("title"))) and file.get("performer"):
        return f"{file['performer']} — {title}"
    return _string(file.get("file_name")) or _string(file.get("title"))


def _votes(option: object) -> int | None:
    votes = _object(option).get("voter_count")
    return votes if isinstance(votes, int) else None


def _date(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _object(value: object) -> Message:
    return value if isinstance(value, Mapping) else {}


def _string(value: object) -> str | None:
    return value or None if isinstance(value, str) else None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
