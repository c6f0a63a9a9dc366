"""Why the bot cannot run. Each message (`konspekt.bot.messages`) says why, and what to do."""

from __future__ import annotations


class BotError(Exception):
    """The bot cannot run."""


class TokenError(BotError):
    """Telegram does not know the token."""


class UnreachableError(BotError):
    """The Bot API server cannot be reached."""


class AddressInUse(BotError):
    """The address to listen on is taken or not this machine's."""
