"""One name for one channel, whichever way its posts arrive: an export, a saved page or the running bot."""

from __future__ import annotations

import re

from konspekt.indexer.sources.options import SourceOptions, bare_channel_id

# Older exports wrote the kind of a chat into bits 32 and up of its id (tdesktop's PeerId before layer 133).
_OLD_ID_BITS = 1 << 32
_NOT_WORD = re.compile(r"[^\w-]+")


def telegram_source_id(chat_id: object, name: str = "") -> str:
    """`telegram:<bare id>`; a chat without an id is known by its name."""
    number = bare_channel_id(chat_id)
    if number is None:
        return "telegram:" + (_NOT_WORD.sub("-", name.casefold()).strip("-") or "chat")
    if isinstance(chat_id, int) and _OLD_ID_BITS < chat_id < 4 * _OLD_ID_BITS:
        number = chat_id % _OLD_ID_BITS
    return f"telegram:{number}"


def username_source_id(username: str, options: SourceOptions) -> str:
    """For a page that knows only the username: `telegram:<id>` if the options know the id, else `t.me:<username>`."""
    number = options.channel_id(username)
    return f"telegram:{number}" if number is not None else f"t.me:{username.casefold()}"


def post_url(username: str | None, message_id: int) -> str | None:
    """The public link. None without a username: `t.me/c/…` opens for members only, so it is no citation.

    Nor for ids below zero: exports give them to messages from before a group became a supergroup.
    """
    return f"https://t.me/{username}/{message_id}" if username and message_id > 0 else None
