"""One message of a Telegram Desktop `result.json` → the parts of a document.

The format is described only by its writer: `Telegram/SourceFiles/export/output/export_output_json.cpp` of tdesktop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from konspekt.indexer.documents import Counts, Entity, Media
from konspekt.indexer.sources.errors import NoMessageError
from konspekt.indexer.sources.messages import say
from konspekt.indexer.sources.polls import add_poll
from konspekt.indexer.sources.rich_text import RichText
from konspekt.indexer.sources.telegram.counts import exported_reactions, exported_views

Message = Mapping[str, Any]

# How the export names what the Bot API names differently; every other kind has the same name in both.
_ENTITY_KINDS = {
    "plain": None,
    "unknown": None,
    "link": "url",
    "mention_name": "text_mention",
    "phone": "phone_number",
    "bank_card": None,
}
_MEDIA_KINDS = {
    "video_file": "video",
    "video_message": "video_note",
    "voice_message": "voice",
    "audio_file": "audio",
    "animation": "animation",
    "sticker": "sticker",
}


@dataclass(frozen=True, slots=True)
class MessageParts:
    """What a message says. `has_text` is false for a picture without a caption: nothing that could be searched for."""

    id: int
    text: str
    entities: tuple[Entity, ...]
    media: tuple[Media, ...]
    published_at: datetime | None
    author: str | None
    forwarded_from: str | None
    reply_to: int | None
    counts: Counts | None = field(default=None, compare=False)

    @property
    def has_text(self) -> bool:
        return bool(self.text)


def message_parts(message: Message) -> MessageParts | None:
    """None for service messages. Raises NoMessageError for something that is no message: no number for an id."""
    if not isinstance(message, Mapping):
        raise NoMessageError(say("message_no_object", found=type(message).__name__))
    message_id = message.get("id")
    if not isinstance(message_id, int) or isinstance(message_id, bool):
        raise NoMessageError(say("message_no_id"))
    if message.get("type", "message") != "message":
        return None
    rich = RichText()
    _add_text(rich, message)
    _add_poll(rich, message.get("poll"))
    _add_checklist(rich, message.get("todo_list"))
    text, entities = rich.build()
    return MessageParts(
        id=message_id,
        text=text,
        entities=entities,
        media=message_media(message),
        published_at=message_date(message),
        author=_name(message.get("author")) or _name(message.get("from")),
        forwarded_from=_name(message.get("forwarded_from")) or _name(message.get("forwarded_from_id")),
        reply_to=_reply(message),
        counts=Counts(exported_views(message.get("views")), exported_reactions(message.get("reactions"))),
    )


def message_date(message: Message) -> datetime | None:
    """`date_unixtime`; older exports have only `date`, in the exporter's local time without a zone, taken as UTC."""
    try:
        return datetime.fromtimestamp(int(message["date_unixtime"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        pass
    try:
        date = datetime.fromisoformat(str(message.get("date")))
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def message_media(message: Message) -> tuple[Media, ...]:
    if "photo" in message:
        return (Media("photo", None, _path(message["photo"])),)
    if "file" in message or "media_type" in message:
        kind = _MEDIA_KINDS.get(str(message.get("media_type")), "document")
        name = _name(message.get("file_name"))
        if kind == "audio" and (title := _name(message.get("title"))):
            performer = _name(message.get("performer"))
            name = f"{performer} — {title}" if performer else title
        return (Media(kind, name, _path(message.get("file"))),)
    if isinstance(poll := message.get("poll"), Mapping):
        return (Media("poll", plain_text(poll.get("question")) or None),)
    return ()


def plain_text(value: object) -> str:
    """The words of a `text`: a string, or a list of strings and objects with a `text` of their own."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return plain_text(value.get("text"))
    if isinstance(value, Sequence):
        return "".join(map(plain_text, value))
    return ""


def _add_text(rich: RichText, message: Message) -> None:
    pieces = message.get("text_entities")
    # other programs that write such files leave it out, or put into it what they like
    if not isinstance(pieces, list) or not all(isinstance(piece, Mapping) and piece.get("text") for piece in pieces):
        pieces = None
    if not pieces:
        pieces = message.get("text")
    if not isinstance(pieces, list):
        pieces = [pieces]
    for piece in pieces:
        if isinstance(piece, Mapping):
            kind = str(piece.get("type", "plain"))
            if kind == "blockquote" and piece.get("collapsed"):
                kind = "expandable_blockquote"
            rich.add(
                plain_text(piece.get("text")),
                _ENTITY_KINDS.get(kind, kind),
                url=_name(piece.get("href")),
                language=_name(piece.get("language")),
                custom_emoji_id=_name(piece.get("document_id")) if kind == "custom_emoji" else None,
            )
        else:
            rich.add(plain_text(piece))


def _add_poll(rich: RichText, poll: object) -> None:
    """A poll is found by its question and its options, and its result is what people ask about."""
    if isinstance(poll, Mapping):
        answers = poll.get("answers")
        options = [(plain_text(one), _votes(one)) for one in answers] if isinstance(answers, list) else []
        total = poll.get("total_voters")
        add_poll(rich, plain_text(poll.get("question")), options, total if isinstance(total, int) else None)


def _votes(answer: object) -> int | None:
    votes = answer.get("voters") if isinstance(answer, Mapping) else None
    return votes if isinstance(votes, int) else None


def _add_checklist(rich: RichText, checklist: object) -> None:
    if isinstance(checklist, Mapping):
        items = checklist.get("answers") or checklist.get("items")
        options = [(plain_text(one), None) for one in items] if isinstance(items, list) else []
        add_poll(rich, plain_text(checklist.get("title")), options)


def _path(value: object) -> str | None:
    """A path inside the export. Skipped media have a sentence in brackets there: "(File not included. …)"."""
    if not isinstance(value, str) or not value.strip() or (value.startswith("(") and " " in value):
        return None
    return value


def _reply(message: Message) -> int | None:
    """The answered message of the same chat; a reply into another chat names its peer."""
    value = message.get("reply_to_message_id")
    return value if isinstance(value, int) and not message.get("reply_to_peer_id") else None


def _name(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
