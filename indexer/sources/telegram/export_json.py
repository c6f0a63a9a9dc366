"""Telegram Desktop's JSON export (`result.json`): one chat, or a whole account. Read as a stream, never held whole."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from konspekt.bilingual import Bilingual
from konspekt.indexer.documents import Document, Problem
from konspekt.indexer.sources.errors import NoMessageError, SourceUnreadableError
from konspekt.indexer.sources.json_repair import RepairedJson
from konspekt.indexer.sources.messages import say
from konspekt.indexer.sources.options import SourceOptions, bare_channel_id
from konspekt.indexer.sources.telegram.albums import post_documents
from konspekt.indexer.sources.telegram.export_scan import (
    BrokenOff,
    ChatOpened,
    Event,
    ExportScan,
    Found,
    Lost,
    is_message,
)
from konspekt.indexer.sources.telegram.ids import telegram_source_id
from konspekt.indexer.sources.telegram.json_window import JsonWindow
from konspekt.indexer.sources.telegram.message import MessageParts, message_parts

# Of a whole account only channels are read: a public bot must not quote private chats.
# A single chat that was exported and named here on purpose is read whatever it is.
CHANNEL_TYPES = frozenset({"public_channel", "private_channel"})

SAMPLE_BYTES = 1 << 16
FEW_DAMAGED, DAMAGED_SHARE = 20, 0.01  # damaged characters that a file may have and still be worth mending

# Keys that only the export of a whole account has. Several of them, so that damage to one leaves the others.
_ACCOUNT = re.compile(
    rb'"(?:chats|left_chats|personal_information|profile_pictures|contacts|frequent_contacts|sessions|web_sessions'
    rb'|other_data|stories)"\s*:\s*[{\[]'
)
_LIST = re.compile(rb'"messages"\s*:\s*\[')


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat of an export: `numbers` of its lists of messages in the file, several where two exports are joined.

    `strict`: it stands among others in a damaged file, and a message must say itself that it is the channel's.
    """

    numbers: tuple[int, ...]
    id: int | None
    name: str
    type: str
    username: str | None
    listed: bool
    strict: bool = False


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
        """Posts in the order of the export. A message that cannot be read is a problem and is passed over."""
        return post_documents(self._parts(), source_id=self.id, username=self._username, language=self._language)

    def _parts(self) -> Iterator[MessageParts | Problem]:
        last_id: int | None = None
        seen: set[int] | None = set() if len(self._chat.numbers) > 1 else None
        try:
            for event in _events(self._path):
                if event.chat not in self._chat.numbers:
                    if isinstance(event, ChatOpened) and event.chat > self._chat.numbers[-1]:
                        return
                    continue
                if isinstance(event, Lost | BrokenOff):
                    yield self._problem(event, last_id)
                elif isinstance(event, Found) and self._is_ours(event):
                    try:
                        parts = message_parts(event.value)
                    except NoMessageError as error:
                        where = self._place(event.line, None, last_id)
                        yield Problem(where, error.what, say("export_again"))
                        continue
                    last_id = event.value["id"]
                    if seen is not None:
                        if last_id in seen:
                            continue
                        seen.add(last_id)
                    if parts:
                        yield parts
        except OSError as error:
            yield Problem(str(self._path), say("unreadable", reason=error), say("check_file"))

    def _is_ours(self, event: Found) -> bool:
        if not self._chat.strict:
            return True
        return is_message(event.value) and bare_channel_id(event.value.get("from_id")) == self._chat.id

    def _problem(self, event: Lost | BrokenOff, last_id: int | None) -> Problem:
        if isinstance(event, BrokenOff):
            what = say("export_broken_off")
        elif event.id is not None or self._chat.strict:  # nothing of a private chat is quoted
            what = say("message_damaged")
        else:
            what = say("stray_text", text=event.excerpt)
        return Problem(self._place(event.line, event.id, last_id), what, say("export_again"))

    def _place(self, line: int, message_id: int | None, last_id: int | None) -> Bilingual:
        """File, line, the message if its number can be read, and the one before it."""
        key = "message_place" if message_id is not None else "line_place"
        place = say(key, path=self._path, line=line, id=message_id)
        return place if last_id is None else say("place_after", place=place, id=last_id)


def open_telegram_json(path: Path, options: SourceOptions | None = None) -> list[TelegramJson]:
    """The chats of an export. Raises `SourceUnreadableError` if it is no Telegram export at all.

    For one chat this reads only the beginning of the file if that names the chat; else it goes through it once.
    """
    _check_encoding(path)
    chats = _find_chats(path)
    if not chats:
        raise SourceUnreadableError(str(path), say("no_channel_in_export"), say("export_again"))
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


def _events(path: Path) -> Iterator[Event]:
    with path.open("rb") as raw:
        yield from _scan(raw).events()


def _scan(raw: BinaryIO) -> ExportScan:
    return ExportScan(JsonWindow(RepairedJson(raw), is_message))


def _find_chats(path: Path) -> list[Chat]:
    """Chats that are read. One whose head says all about it is enough; else the keys may stand anywhere."""
    opened: list[ChatOpened] = []
    senders: dict[int, Any] = {}
    try:
        lists, account = _look_over(path)
        with path.open("rb") as raw:
            scan = _scan(raw)
            for event in scan.events():
                if isinstance(event, ChatOpened):
                    opened.append(event)
                    if lists == 1 and not (event.listed or account) and event.fields.keys() >= {"id", "name", "type"}:
                        break
                elif isinstance(event, Found) and is_message(event.value):
                    senders.setdefault(event.chat, event.value)
    except OSError as error:
        raise SourceUnreadableError(str(path), say("unreadable", reason=error), say("check_file")) from error
    found = [_chat(event, senders.get(event.chat, {}), account) for event in opened]
    # Several chats are an account whose head is damaged, or files that were joined: nobody named a private one of them.
    several = len({_key(chat) for chat in found}) > 1
    chats: dict[object, Chat] = {}
    for chat in [_among_others(chat, scan.damaged) if chat.listed or several else chat for chat in found]:
        if chat.listed and chat.type not in CHANNEL_TYPES:
            continue
        other = chats.get(_key(chat))
        chats[_key(chat)] = replace(chat, numbers=(*other.numbers, *chat.numbers)) if other else chat
    return list(chats.values())


def _among_others(chat: Chat, damaged: bool) -> Chat:
    return replace(chat, listed=True, strict=damaged)


def _key(chat: Chat) -> object:
    return chat.id if chat.id is not None else chat.name


def _look_over(path: Path) -> tuple[int, bool]:
    """How many lists of messages a file has, and whether it is the export of an account: by its bytes alone."""
    with path.open("rb") as file:
        if not file.read(1):
            return 0, False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return sum(1 for _ in _LIST.finditer(data)), _has_account_keys(data)


def _has_account_keys(data: mmap.mmap) -> bool:
    return _ACCOUNT.search(data) is not None  # a match left alive would keep the map open


def _chat(event: ChatOpened, first_message: dict[str, Any], account: bool) -> Chat:
    """`first_message` tells what a damaged head does not: every post of a channel names it as its sender."""
    fields = event.fields
    kind, name = str(fields.get("type", "")), str(fields.get("name") or "")
    number = None
    with suppress(ValueError):
        number = int(fields["id"]) if "id" in fields else None
    listed = event.listed or account
    sender = str(first_message.get("from_id", ""))
    if number is None and not listed and kind in ("", *CHANNEL_TYPES) and sender.startswith("channel"):
        number = bare_channel_id(sender)
        name = name or str(first_message.get("from") or "")
    username = fields.get("username")
    return Chat((event.chat,), number, name, kind, username if isinstance(username, str) else None, listed)
