"""A byte stream that mends on the way what Telegram Desktop writes although JSON does not allow it."""

from __future__ import annotations

import codecs
import re
from io import RawIOBase
from typing import BinaryIO

READ_BYTES = 1 << 16

# A valid escape of JSON, or any other backslash with what follows it.
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))')
_UNFINISHED_ESCAPE = re.compile(r"\\+(?:u[0-9a-fA-F]{0,3}|x[0-9a-fA-F]?)?\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class RepairedJson:
    """Reads a binary file; `read` gives UTF-8 that a JSON parser takes.

    Mended: a byte order mark and UTF-16, invalid UTF-8 (becomes U+FFFD), `\\xNN` (becomes `\\u00NN`), other escapes
    that JSON lacks (the backslash is kept as text) and raw control characters (become spaces). `bytes_read` and
    `lines_read` count the original file, so that an error can name its place to within one read.
    """

    def __init__(self, raw: BinaryIO | RawIOBase) -> None:
        self._raw = raw
        self._carry = ""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._finished = False
        self.bytes_read = 0
        self.lines_read = 1

    def read(self, size: int = -1) -> bytes:
        """Some mended bytes, not exactly `size` of them; empty only at the end."""
        return self.read_text().encode("utf-8", "replace") if size else b""

    def read_text(self) -> str:
        """The next mended piece as text; empty only at the end."""
        while not self._finished:
            data = self._raw.read(READ_BYTES)
            data = data or b""
            self.bytes_read += len(data)
            self._finished = not data
            if self._decoder is None:
                utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
                self._decoder = codecs.getincrementaldecoder("utf-16" if utf16 else "utf-8-sig")("replace")
            text = self._carry + self._decoder.decode(data, self._finished)
            self.lines_read += text.count("\n") - self._carry.count("\n")
            self._carry = ""
            if not self._finished and (tail := _UNFINISHED_ESCAPE.search(text, max(0, len(text) - 64))):
                text, self._carry = text[: tail.start()], text[tail.start() :]
            if text:
                return mend(text)
        return ""


def mend(text: str) -> str:
    """The escapes and control characters of a piece of JSON that does not end inside an escape."""
    if "\\" in text:
        text = _ESCAPE.sub(_mend_escape, text)
    return _CONTROL.sub(" ", text)


def _mend_escape(match: re.Match[str]) -> str:
    if match[1]:
        return match[0]
    if match[2]:
        return f"\\u00{match[2]}"
    return "\\\\" + match[3]
