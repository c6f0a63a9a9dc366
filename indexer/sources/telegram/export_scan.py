"""A walk through a Telegram Desktop `result.json` that damage does not stop: its chats, their messages, what is lost.

A JSON parser gives up at the first error, and with it every later post would be lost. Here each message is decoded on
its own. Where one cannot be, reading goes on with the next `{` at which a whole message stands: a quote inside a text
is written \\", so that no one's words can look like one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from konspekt.indexer.sources.telegram.json_damage import mend_object
from konspekt.indexer.sources.telegram.json_window import MAX_VALUE_CHARS, JsonWindow, NoValueError

CHAT_FIELDS = frozenset({"id", "name", "type", "username"})
MESSAGE_TYPES = frozenset({"message", "service", "unsupported"})
MEND_CHARS = 1 << 16  # a damaged message is looked at as far as this
OVERLAP = 512  # what is searched for is never longer
EXCERPT_CHARS = 60

_BLANK = re.compile(r"[\s,]*")
_AFTER_VALUE = re.compile(r"\s*(?:[,\]]|\Z)")
_ONLY_SIGNS = re.compile(r"[\s,:{}\[\]]+")
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_BARE = re.compile(r'[^\s"{}\[\],:][^"{}\[\]\n,]*')
_ID = re.compile(r'"id"\s*:\s*(-?\d+)')
_FIELD = re.compile(r'"(id|name|type|username)"\s*:\s*(?:"((?:[^"\\\n]|\\.)*)"|(-?\d+))')
_HEAD = r'\{\s*"id"\s*:\s*-?\d+\s*,\s*"type"\s*:\s*"(?:message|service)"'
_CANDIDATE = re.compile(
    r'(?P<object>\{)\s*"|(?P<array>"messages"\s*:\s*\[)|'
    r'(?P<end>\])\s*(?:,\s*"(?:name|username)"\s*:|,\s*"type"\s*:\s*"\w+_(?:channel|chat|group|supergroup|messages)"'
    r'|,\s*"id"\s*:\s*\d+\s*,\s*"name"|\}\s*\Z)'
)
_STRUCTURE = re.compile(r'[{}\[\]]|"(?:id|name|type|username|messages|list|chats|left_chats)"\s*:')


def is_message(value: object) -> bool:
    """Whether an object can be nothing but a message, wherever it stands."""
    return (
        isinstance(value, dict)
        and type(value.get("id")) is int
        and (value.get("type") in MESSAGE_TYPES or ("date" in value and "text" in value))
        and "messages" not in value
    )


@dataclass(slots=True)
class Frame:
    """An open bracket. `key` is the name it stands under; `chat` the number of the chat that a `{` is."""

    bracket: str
    key: str | None
    fields: dict[str, Any] = field(default_factory=dict)
    chat: int | None = None


@dataclass(frozen=True, slots=True)
class ChatOpened:
    """The messages of a chat begin. `listed`: it stands in the list of an account. Its fields may come later."""

    chat: int
    fields: dict[str, Any]
    listed: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in the place of a message."""

    chat: int
    value: Any
    line: int


@dataclass(frozen=True, slots=True)
class Lost:
    """`id` of a message that cannot be read; None for something that is none: `excerpt` is its beginning."""

    chat: int
    line: int
    id: int | None
    excerpt: str


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """The file ends inside a chat's list of messages, and inside message `id` if that is not None."""

    chat: int
    line: int
    id: int | None = None


Event = ChatOpened | Found | Lost | BrokenOff


class ExportScan:
    """`events()` walks once. A chat's `fields` are complete when the walk is over: keys come in any order."""

    def __init__(self, window: JsonWindow) -> None:
        self._window = window
        self._stack: list[Frame] = []
        self._key: str | None = None
        self._chats: list[Frame] = []
        self._account = False
        self._damaged = False
        self._closed: Frame | None = None
        self._keys: tuple[str, ...] = ()
        self._head = re.compile(_HEAD)

    @property
    def damaged(self) -> bool:
        """Whether something was met so far that is no JSON."""
        return self._damaged

    def events(self) -> Iterator[Event]:
        window = self._window
        while True:
            window.fill(OVERLAP)
            blank = _BLANK.match(window.text, window.at)
            if blank and blank.end() > window.at:
                window.advance(blank.end())
                continue
            if window.at >= len(window.text):
                break
            yield from self._message_list() if self._in_messages() else self._structure()
        self._damaged = self._damaged or bool(self._stack)
        if self._in_messages():
            yield BrokenOff(self._owner(), window.line)

    def _in_messages(self) -> bool:
        return bool(self._stack) and self._stack[-1].bracket == "messages"

    # ------------------------------------------------------------ inside "messages": [ … ]

    def _message_list(self) -> Iterator[Event]:
        window = self._window
        if window.text[window.at] == "]":
            self._stack.pop()
            window.advance(window.at + 1)
            return
        found = self._value(any_value=True)
        if found is None:
            yield from self._pass_over()
        else:
            yield self._found(*found)

    def _value(self, *, any_value: bool) -> tuple[Any, int] | None:
        """The message here, mended if need be, and where it ends; `any_value` that is whole counts as one."""
        window = self._window
        try:
            value, end = window.decode(window.at)
            if is_message(value):
                return value, end
            # anything else behind it: a message that has lost its opening bracket, or a stray quote
            return (value, end) if any_value and _AFTER_VALUE.match(window.text, end) else None
        except NoValueError:
            if window.text[window.at] != "{":
                return None
        window.fill(MEND_CHARS)
        following = self._head.search(window.text, window.at + 1)
        piece = window.text[window.at : following.start() if following else window.at + MEND_CHARS]
        mended = mend_object(piece, window.decode_piece)
        return (mended[0], window.at + mended[1]) if mended and is_message(mended[0]) else None

    def _found(self, value: Any, end: int) -> Found:
        line = self._window.line
        self._window.advance(end)
        if is_message(value):
            self._learn_head(value)
        return Found(self._owner(), value, line)

    def _learn_head(self, message: dict[str, Any]) -> None:
        """How messages begin in this file, so that two broken ones in a row are two."""
        keys = tuple(islice(message, 2))
        if len(keys) == 2 and keys != self._keys:
            self._keys = keys
            first, second = map(re.escape, keys)
            head = rf'\{{\s*"{first}"\s*:\s*(?:"[^"\n]*"|-?\d+)\s*,\s*"{second}"\s*:'
            self._head = re.compile(head)

    def _pass_over(self) -> Iterator[Event]:
        """Go on to the next whole message, the next broken one, or the end of the list; what lies between is lost."""
        window = self._window
        line, chat, lost_id, excerpt = window.line, self._owner(), None, ""
        start = window.at + 1
        self._damaged = True
        while True:
            match = _CANDIDATE.search(window.text, start)
            if match is None or (not window.finished and match.end() > len(window.text) - OVERLAP):
                seen = match.start() if match else max(start, len(window.text) - OVERLAP)
                if not window.finished:
                    excerpt, lost_id = self._note(window.at, seen, excerpt, lost_id)
                    window.advance(seen)
                    start = window.at
                    window.more()
                    continue
            match_start = match.start() if match else len(window.text)
            excerpt, lost_id = self._note(window.at, match_start, excerpt, lost_id)
            head = window.text[window.at : match_start]
            window.advance(match_start)
            if match is None or match["array"] or match["end"] or self._is_start():
                break
            start = window.at + 1
        if match is None and self._in_messages():
            self._stack.clear()
            yield BrokenOff(chat, line, lost_id)
            return
        yield Lost(chat, line, lost_id, " ".join(excerpt.split()))
        if match and match["array"]:
            self._next_chat(head)

    def _next_chat(self, head: str) -> None:
        """A list that is never closed, and another that begins: `head` holds what the new one's chat says of itself."""
        frame = self._top_object()
        fields = {key: _unescaped(text) or number for key, text, number in _FIELD.findall(head)}
        if self._in_messages():
            self._stack.pop()
        if frame and (self._account or fields.keys() >= {"id", "name"}):  # an `id` alone is a broken message's
            self._stack[self._stack.index(frame)] = Frame("{", frame.key, fields)

    def _note(self, start: int, end: int, excerpt: str, lost_id: int | None) -> tuple[str, int | None]:
        text = self._window.text
        if lost_id is None and (match := _ID.search(text, start, end)):
            lost_id = int(match[1])
        return (excerpt + text[start : min(end, start + EXCERPT_CHARS)])[:EXCERPT_CHARS], lost_id

    def _is_start(self) -> bool:
        """Whether a message begins here, be it whole or broken."""
        window = self._window
        if self._head.match(window.text, window.at):
            return True
        try:
            return is_message(window.decode(window.at)[0])
        except NoValueError:
            return False

    # ------------------------------------------------------------ everywhere else

    def _structure(self) -> Iterator[Event]:
        window = self._window
        sign = window.text[window.at]
        if sign == "{":
            yield from self._object()
        elif sign == "[":
            yield from self._array()
        elif sign in "}]":
            self._close("{" if sign == "}" else "[")
            window.advance(window.at + 1)
        elif sign == '"':
            self._string()
        elif sign == ":":
            window.advance(window.at + 1)
        elif self._key is not None and (bare := _BARE.match(window.text, window.at)):
            self._scalar(bare[0].strip())
            window.advance(bare.end())
        else:
            self._skip_garbage()

    def _object(self) -> Iterator[Event]:
        window = self._window
        found = self._value(any_value=False)
        broken = found is None and bool(self._chats) and self._head.match(window.text, window.at)
        if found or broken:  # the list of messages has lost its opening bracket, or has a closing one too many
            self._damaged = True
            yield from self._owned()
            if found:
                yield self._found(*found)
            else:
                yield from self._pass_over()
            return
        self._stack.append(Frame("{", self._key))
        self._key = None
        window.advance(window.at + 1)

    def _array(self) -> Iterator[Event]:
        key, self._key = self._key, None
        self._window.advance(self._window.at + 1)
        if key == "messages":
            frame = self._top_object() or self._root_again()
            self._damaged = self._damaged or frame.chat is not None  # a second list: the end of the first was none
            yield from self._opened(frame)
            self._stack.append(Frame("messages", key))
        else:
            self._stack.append(Frame("[", key))

    def _string(self) -> None:
        window = self._window
        match = _STRING.match(window.text, window.at)
        while match is None and len(window.text) - window.at < MAX_VALUE_CHARS and window.more():
            match = _STRING.match(window.text, window.at)
        if match is None:
            self._skip_garbage()
            return
        value = match[1]
        if _ONLY_SIGNS.fullmatch(value):  # what stands between two strings: a quote before it is missing or too many
            self._damaged = True
            window.advance(window.at + 1)
            return
        window.advance(match.end())
        window.fill(OVERLAP)
        if re.match(r"\s*:", window.text[window.at : window.at + OVERLAP]):
            self._key = value
            self._account = self._account or value in ("chats", "left_chats")
        else:
            self._scalar(_unescaped(value))

    def _scalar(self, value: str) -> None:
        key, self._key = self._key, None
        frame = next((frame for frame in reversed(self._stack) if frame.bracket == "{"), None)
        if frame is None or key not in CHAT_FIELDS or value == "null":
            return
        if key == "id" and frame.chat is not None and frame.fields.get("id", value) != value:
            other = Frame("{", frame.key)  # another chat, whose bracket is lost
            self._stack[self._stack.index(frame)] = frame = other
        frame.fields[key] = value

    def _skip_garbage(self) -> None:
        window = self._window
        self._damaged = True
        window.fill(MEND_CHARS)
        match = _STRUCTURE.search(window.text, window.at + 1)
        window.advance(match.start() if match else len(window.text))

    def _close(self, bracket: str) -> None:
        places = [number for number, frame in enumerate(self._stack) if frame.bracket == bracket]
        self._damaged = self._damaged or not places or places[-1] != len(self._stack) - 1
        if places == [0] and bracket == "{" and self._stack[0].chat is None:
            self._closed = self._stack[0]
        if places and (bracket == "{" or all(frame.bracket != "{" for frame in self._stack[places[-1] + 1 :])):
            del self._stack[places[-1] :]
        self._key = None

    # ------------------------------------------------------------ whose messages they are

    def _top_object(self) -> Frame | None:
        """The object around this place; where it is a chat's whole export, the outermost that says who it is."""
        objects = [frame for frame in self._stack if frame.bracket == "{"]
        named = [frame for frame in objects if frame.fields]
        if named and not self._account:
            return named[0]
        return objects[-1] if objects else None

    def _root_again(self) -> Frame:
        """The outermost object, which some bracket too many has closed before its messages."""
        frame, self._closed = self._closed or Frame("{", None), None
        self._stack.insert(0, frame)
        return frame

    def _owned(self) -> Iterator[ChatOpened]:
        """A message that stands in no list belongs to the chat around it, else to the last one."""
        frame = self._top_object()
        if frame is None and not self._chats:
            frame = self._root_again()
        if frame and frame.chat is None and (frame.fields.keys() & CHAT_FIELDS or not self._chats):
            yield from self._opened(frame)

    def _opened(self, frame: Frame) -> Iterator[ChatOpened]:
        if frame.chat is None:
            frame.chat = len(self._chats)
            self._chats.append(frame)
            listed = self._account or self._stack.index(frame) > 0
            yield ChatOpened(frame.chat, frame.fields, listed)

    def _owner(self) -> int:
        frame = self._top_object()
        return frame.chat if frame and frame.chat is not None else len(self._chats) - 1


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"'))
    except ValueError:
        return value
