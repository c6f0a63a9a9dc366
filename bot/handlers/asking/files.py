"""A file of a message, fetched from Telegram: only when it is small enough, and again after a restart."""

from __future__ import annotations

from typing import Protocol

from telegram.error import BadRequest, InvalidToken

from konspekt.bot.limits import FILE_BYTES
from konspekt.bot.services import Here


class Sized(Protocol):
    @property
    def file_id(self) -> str: ...
    @property
    def file_size(self) -> int | None: ...


class TooLargeError(Exception):
    """Larger than Telegram hands to bots, or than it said."""


class GoneError(Exception):
    """Telegram does not have it any more, or the server hands out no files."""


async def fetched(here: Here, attached: Sized) -> bytes:
    """Raises TooLargeError, GoneError, Undelivered."""
    if (attached.file_size or 0) > FILE_BYTES:
        raise TooLargeError(f"{attached.file_size} bytes")
    try:
        file = await here.delivery.patiently("getFile", lambda: here.bot.get_file(attached.file_id))
        if (file.file_size or 0) > FILE_BYTES:
            raise TooLargeError(f"{file.file_size} bytes")
        return bytes(await here.delivery.patiently("file", file.download_as_bytearray))
    except (BadRequest, InvalidToken) as error:  # the second is what the library makes of every 404
        raise GoneError(type(error).__name__) from error
