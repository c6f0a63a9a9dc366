"""Telegram Desktop's JSON export (`result.json`): one chat, or a whole account. Read as a stream, never held whole."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ijson

from konspekt.bilingual import Bilingual
from konspekt.indexer.documents import Document, Problem
from konspekt.indexer.sources.errors import NoMessageError, SourceUnreadableError
from konspekt.indexer.sources.json_repair import RepairedJson
from konspekt.indexer.sources.json_resume import FromMessage, next_whole_message
from konspekt.indexer.sources.messages import say
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.telegram.albums import post_documents
from konspekt.indexer.sources.telegram.ids import telegram_source_id
from konspekt.indexer.sources.telegram.message import MessageParts, message_parts

# Of a whole account only channels are read: nobody wants a public bot to quote private chats.
# A single chat that somebody exported and named here on purpose is read whatever it is.
ACCOUNT_CHAT_TYPES = frozenset({"public_channel", "private_channel"})
CHAT_LISTS = ("chats.list.item", "left_chats.list.item")

MAX_BREAKS = 50  # a file with more damage than this is no export any more

SAMPLE_BYTES = 1 << 16
FEW_DAMAGED, DAMAGED_SHARE = 20, 0.01  # damaged characters that a file may have and still be worth mending


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat in an export: `prefix` is its place in the JSON, `ordinal` its number among the chats of that place."""

    prefix: str
    ordinal: int
    id: int | None
    name: str
    type: str
    username: str | None


class TelegramJson:
    """The posts of one chat of one `result.json`."""

    kind = "telegram"
    partial = False

    def __init__(self, path: Path, chat: Chat, options: SourceOptions | None = None) -> None:
        options = options or SourceOptions()
        self._path = path.resolve()
        self._chat = chat
        self._language = options.language
        self._username = options.username(chat.id, chat.name) or chat.username
        self.id = telegram_source_id(chat.id, chat.name)
        self.title = chat.name or self.id
        self.location = str(self._path)

    def documents(self) -> Iterator[Document | Problem]:
        """Posts in the order of the export. A broken message is a problem and is passed over."""
        return post_documents(self._parts(), source_id=self.id, username=self._username, language=self._language)

    def _parts(self) -> Iterator[MessageParts | Problem]:
        offset = 0
        try:
            for _ in range(MAX_BREAKS):
                last_id, problem = yield from self._parts_from(offset)
                if problem is None:
                    return
                yield problem
                # Of an account, the rest of the file belongs to other chats, too.
                after = None if self._chat.prefix else next_whole_message(self._path, offset, last_id)
                if after is None:
                    return
                offset = after
        except OSError as error:
            yield Problem(str(self._path), say("unreadable", reason=error), say("check_file"))

    def _parts_from(self, offset: int) -> Generator[MessageParts | Problem, None, tuple[int | None, Problem | None]]:
        """Messages from a byte on; gives back the id of the last one and what broke the JSON behind it, if anything."""
        last_id: int | None = None
        with self._path.open("rb") as raw:
            stream = RepairedJson(FromMessage(raw, offset) if offset else raw)
            try:
                for message in self._messages(stream):
                    try:
                        parts = message_parts(message)
                    except NoMessageError as error:
                        yield Problem(
                            say("after_message", path=self._path, id=last_id), error.what, say("export_again")
                        )
                        continue
                    last_id = message["id"]
                    if parts:
                        yield parts
            except ijson.JSONError as error:
                # Lines are counted from the beginning, unless this already is a new start behind some damage.
                place = "json_place" if offset else "json_place_line"
                where = {
                    "path": self._path,
                    "byte": offset + stream.bytes_read,
                    "line": stream.lines_read,
                    "id": last_id,
                }
                broken = say("json_broken", reason=_first_line(error))
                return last_id, Problem(say(place, **where), broken, say("export_again_rest"))
        return last_id, None

    def _messages(self, stream: RepairedJson) -> Iterator[Any]:
        if not self._chat.prefix:
            yield from ijson.items(stream, "messages.item", use_float=True)
            return
        ordinal = -1
        wanted = f"{self._chat.prefix}.messages.item"
        builder: ijson.ObjectBuilder | None = None
        for prefix, event, value in ijson.parse(stream, use_float=True):
            if event == "start_map" and prefix == self._chat.prefix:
                ordinal += 1
            elif event == "end_map" and prefix == self._chat.prefix and ordinal == self._chat.ordinal:
                return
            if ordinal != self._chat.ordinal:
                continue
            if builder is None and prefix == wanted:
                builder = ijson.ObjectBuilder()
            if builder is not None:
                builder.event(event, value)
                if prefix == wanted and event not in ("start_map", "map_key"):
                    yield builder.value
                    builder = None


def open_telegram_json(path: Path, options: SourceOptions | None = None) -> list[TelegramJson]:
    """The chats of an export. Raises `SourceUnreadableError` if it is no Telegram export at all.

    For one chat this reads only the beginning of the file; for an account it goes through it once.
    """
    _check_encoding(path)
    chats, damage = _find_chats(path)
    if not chats:
        raise SourceUnreadableError(
            str(path),
            say("no_export", damage=damage) if damage else say("no_channel_in_export"),
            say("export_again"),
        )
    return [TelegramJson(path, chat, options) for chat in chats]


def _check_encoding(path: Path) -> None:
    """A stray byte is mended, but posts of a file that was saved as windows-1251 must not replace good ones."""
    try:
        with path.open("rb") as file:
            for place in sorted({0, path.stat().st_size // 2}):
                file.seek(place)
                sample = file.read(SAMPLE_BYTES)
                if place == 0 and sample[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    return  # UTF-16, which is read
                text = sample.decode("utf-8", "replace")
                damaged = text.count("\ufffd") - sample.count("\ufffd".encode())
                if damaged > max(FEW_DAMAGED, DAMAGED_SHARE * len(text)):
                    raise SourceUnreadableError(
                        str(path),
                        say("export_not_utf8", damaged=damaged, total=len(text)),
                        say("export_not_utf8_cure"),
                    )
    except OSError as error:
        raise SourceUnreadableError(str(path), say("unreadable", reason=error), say("check_file")) from error


def _find_chats(path: Path) -> tuple[list[Chat], str | Bilingual | None]:
    """Chats that are read, and what broke the JSON before its end if something did."""
    found: list[Chat] = []
    fields: dict[str, dict[str, Any]] = {}
    counts = dict.fromkeys(CHAT_LISTS, -1)
    has_messages: set[str] = set()
    damage: str | Bilingual | None = None
    try:
        with path.open("rb") as raw:
            for prefix, event, value in ijson.parse(RepairedJson(raw), use_float=True):
                if prefix == "messages" and event == "start_array":
                    has_messages.add("")
                    if fields.get("", {}).get("id") is not None:
                        break  # everything after it is messages
                elif prefix in counts and event == "start_map":
                    counts[prefix] += 1
                    fields[prefix] = {}
                elif prefix in counts and event == "end_map":
                    _add_chat(found, prefix, counts[prefix], fields[prefix], prefix in has_messages)
                    has_messages.discard(prefix)
                elif event == "start_array" and prefix.endswith(".messages") and prefix[:-9] in counts:
                    has_messages.add(prefix[:-9])
                elif event in ("string", "number"):
                    parent, _, key = prefix.rpartition(".")
                    if (parent in counts or not parent) and key in ("id", "name", "type", "username"):
                        fields.setdefault(parent, {})[key] = value
    except ijson.JSONError as error:
        damage = _first_line(error)
        for prefix in CHAT_LISTS:  # the chat in which the file broke off can still be read up to there
            if prefix in has_messages:
                _add_chat(found, prefix, counts[prefix], fields[prefix], True)
    except OSError as error:
        raise SourceUnreadableError(str(path), say("unreadable", reason=error), say("check_file")) from error
    if "" in has_messages:
        _add_chat(found, "", 0, fields.get("", {}), True)
    return found, damage


def _add_chat(found: list[Chat], prefix: str, ordinal: int, fields: dict[str, Any], has_messages: bool) -> None:
    kind = str(fields.get("type", ""))
    if not has_messages or (prefix and kind not in ACCOUNT_CHAT_TYPES):
        return
    number = None
    with suppress(TypeError, ValueError, OverflowError):
        number = int(fields["id"]) if "id" in fields else None
    username = fields.get("username")
    name = str(fields.get("name") or "")
    found.append(Chat(prefix, ordinal, number, name, kind, username if isinstance(username, str) else None))


def _first_line(error: Exception) -> str | Bilingual:
    message = error.args[0] if error.args else ""
    if isinstance(message, bytes):
        message = message.decode("utf-8", "replace")
    return str(message).strip().splitlines()[0] if str(message).strip() else say("json_premature")
