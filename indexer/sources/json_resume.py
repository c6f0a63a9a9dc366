"""Reading on behind a damaged message of an export.

A JSON parser gives up at the first error, and with it all later posts would be lost. But every message begins in
the same way, so the next one that is whole can be found again.
"""

from __future__ import annotations

import mmap
import re
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO

# A quote inside a text is written \", so that this cannot stand in anybody's words.
_MESSAGE = re.compile(rb'\{\s*"id":\s*(-?\d+),\s*"type":\s*"(?:message|service)"')
_HEAD = b'{"messages":['


def next_whole_message(path: Path, start: int, last_id: int | None) -> int | None:
    """Byte offset of the message after the damaged one, searched from `start`; None if there is no other.

    The damaged one is the first after the message `last_id`, or the first of all if nothing was read since `start`.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _search(data, start, last_id)  # a call of its own: a match left alive would keep the map open


def _search(data: mmap.mmap, start: int, last_id: int | None) -> int | None:
    found = _MESSAGE.finditer(data, start)
    if last_id is not None and not any(int(match[1]) == last_id for match in found):
        return None
    next(found, None)
    after = next(found, None)
    return after.start() if after else None


class FromMessage(RawIOBase):
    """An export as if it began with the message at an offset."""

    def __init__(self, raw: BinaryIO, offset: int) -> None:
        super().__init__()
        raw.seek(offset)
        self._raw = raw
        self._head = _HEAD

    def read(self, size: int = -1) -> bytes:
        if self._head:
            head, self._head = self._head, b""
            return head
        return self._raw.read(size)
