"""A sliding window over the text of a JSON file: decodes one value at a time and holds no more than one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from konspekt.indexer.sources.json_repair import RepairedJson

MAX_VALUE_CHARS = 1 << 20  # the longest rich message is a few tens of thousands; more is a lost bracket
KEEP_CHARS = 1 << 16
# An error so near the end of what is read may only mean that the rest is not read yet (`-Infinity`, `\\uXXXX`).
SLACK = 16


class NoValueError(ValueError):
    """No value can be decoded here. `place` is an offset in the window's text."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class _NestedError(Exception):
    """A whole record stands inside of what is being decoded: some bracket is lost."""


class JsonWindow:
    """`text` from `at` on is what is still to be read; `line` is the number of the line at `at`, from 1.

    `is_record` knows the objects that never stand inside each other (messages): a value that would swallow one is
    refused at once, so that a lost bracket costs no more than the record that it belongs to.
    """

    def __init__(self, stream: RepairedJson, is_record: Callable[[Any], bool]) -> None:
        self._stream = stream
        self._is_record = is_record
        self._record_seen = False
        self._decoder = json.JSONDecoder(object_hook=self._object)
        self.text = ""
        self.at = 0
        self.line = 1
        self.finished = False

    def advance(self, to: int) -> None:
        """Leave everything before offset `to` behind. Offsets that were taken before are void."""
        self.line += self.text.count("\n", self.at, to)
        self.at = to
        if self.at > KEEP_CHARS:
            self.text, self.at = self.text[self.at :], 0

    def more(self) -> bool:
        """Read on; offsets stay. False at the end of the file."""
        piece = self._stream.read_text()
        self.finished = not piece
        self.text += piece
        return not self.finished

    def fill(self, chars: int) -> None:
        """Have so many characters from `at` on, if the file has them."""
        while len(self.text) - self.at < chars and self.more():
            pass

    def decode(self, start: int) -> tuple[Any, int]:
        """The value at an offset and the offset behind it. Raises `NoValueError`."""
        while True:
            self._record_seen = False
            try:
                value, end = self._decoder.raw_decode(self.text, start)
                if self._record_seen and not self._is_record(value):
                    raise NoValueError(start)
                if end < len(self.text) or self.finished:
                    return value, end
            except (_NestedError, RecursionError) as error:
                raise NoValueError(start) from error
            except json.JSONDecodeError as error:
                cut = error.pos >= len(self.text) - SLACK or error.msg.startswith("Unterminated")
                if not cut or self.finished or len(self.text) - start > MAX_VALUE_CHARS:
                    raise NoValueError(error.pos) from error
            except NoValueError:
                raise
            except ValueError as error:  # a number of thousands of digits
                raise NoValueError(start) from error
            wanted = 2 * (len(self.text) - start)
            while len(self.text) - start < wanted and self.more():
                pass

    def decode_piece(self, piece: str) -> tuple[Any, int]:
        """The value at the beginning of another text, by the same rules. Raises `json.JSONDecodeError`."""
        self._record_seen = False
        try:
            return self._decoder.raw_decode(piece)
        except (_NestedError, RecursionError) as error:
            raise json.JSONDecodeError("nested", piece, 0) from error

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        if self._record_seen:
            raise _NestedError
        self._record_seen = self._is_record(value)
        return value
