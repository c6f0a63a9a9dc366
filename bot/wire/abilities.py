"""What the Bot API server can do. The one place that knows: nobody else keeps a list of what is missing.

A server is asked once for a method it may lack (Bot API servers of people's own are years behind Telegram's) and never
again. Methods newer than python-telegram-bot go through `do_api_request`; their names are Telegram's, in camel case.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from telegram.error import EndPointNotFound, InvalidToken
from telegram.ext import ExtBot

log = logging.getLogger(__name__)
T = TypeVar("T")


class Lacking(Exception):
    """The server has no such method. What is done instead is the caller's to know."""


@dataclass(slots=True)
class Abilities:
    """What the Bot API server turned out to lack; not asked for again."""

    missing: set[str] = field(default_factory=set)
    edits: bool | None = None  # None: not tried yet

    def has(self, method: str) -> bool:
        return method not in self.missing

    def lacks(self, method: str) -> None:
        if method not in self.missing:
            log.info("this Bot API server has no %s: done without", method)
        self.missing.add(method)

    async def ask(self, method: str, call: Callable[[], Awaitable[T]]) -> T:
        """The call's result. Raises Lacking when the server has no such method, else what the call raises."""
        if not self.has(method):
            raise Lacking(method)
        try:
            return await call()
        except (InvalidToken, EndPointNotFound) as error:  # both are "404 Not Found"
            self.lacks(method)
            raise Lacking(method) from error

    async def request(self, bot: ExtBot[Any], method: str, fields: dict[str, Any]) -> Any:
        """A method that python-telegram-bot does not speak yet -> its result as JSON. Raises like `ask`."""
        return await self.ask(method, lambda: bot.do_api_request(method, api_kwargs=fields))
