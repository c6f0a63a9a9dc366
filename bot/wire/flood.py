"""Telegram's flood limits, kept before Telegram has to enforce them.

One message per second in a chat (short bursts pass), 20 per minute in a group, 30 per second overall; edits count too.
Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this (2026-11).
A chat that was told to wait (`retry_after`) waits alone: the others go on.
"""

from __future__ import annotations

import asyncio
import logging
import time
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from konspekt.bot import metrics
from konspekt.bot.parts.bot_parts import FloodLimits
from konspekt.bot.parts.library import Meters
from konspekt.bot.wire.meters import ALL, ChatLimits, OwnMeters, block
from konspekt.storage.errors import StorageError
from konspekt.storage.instances.meters import Dues

log = logging.getLogger(__name__)

JSONResult = bool | dict[str, Any] | list[dict[str, Any]]
LIMITED = ("send", "edit", "copy", "forward", "delete", "setMessageReaction")
FREE = ("sendChatAction", "sendMessageDraft", "sendRichMessageDraft")  # shown, not stored; a preview asks `spare` first
MAX_RETRIES = 8
T = TypeVar("T")


class FloodControl(BaseRateLimiter[None]):
    """Every request passes here. Those that count wait their turn; a 429 is waited out and tried again.

    `shared`: the limits are kept together with other instances of the bot. Where they cannot be reached, this one keeps
    them alone: a message is not lost for them.
    """

    def __init__(self, limits: FloodLimits | None = None, shared: Meters | None = None) -> None:
        self._limits = limits or FloodLimits()
        self._own = OwnMeters(time.monotonic)
        self._shared = shared
        self._thread = ThreadPoolExecutor(1, "bot-flood") if shared is not None else None

    async def initialize(self) -> None:
        return None

    async def shutdown(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def spare(self, chat_id: int) -> bool:
        """Whether a preview may go now without making the real message wait, as far as this instance knows."""
        chat = str(chat_id)
        return self._own.change((chat, ALL), ChatLimits(self._limits, chat).spare)

    async def process_request(  # noqa: PLR0917 - the library's signature
        self,
        callback: Callable[..., Coroutine[Any, Any, JSONResult]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> JSONResult:
        chat_id = data.get("chat_id")
        if chat_id is None or not endpoint.startswith(LIMITED):
            return await callback(*args, **kwargs)
        chat_id = str(chat_id)
        if endpoint in FREE:
            return await self._once(callback, args, kwargs, chat_id)
        for attempt in range(1, MAX_RETRIES + 1):
            await self._turn(chat_id)
            try:
                return await self._once(callback, args, kwargs, chat_id)
            except RetryAfter:
                if attempt == MAX_RETRIES:
                    raise
        raise AssertionError("unreachable")

    async def _once(self, callback: Any, args: Any, kwargs: dict[str, Any], chat_id: str) -> JSONResult:
        try:
            result: JSONResult = await callback(*args, **kwargs)
        except RetryAfter as error:
            seconds = retry_seconds(error)
            await self._change(chat_id, partial(block, seconds=seconds))
            metrics.FLOOD_WAITS.inc()
            log.info("flood limit of a chat: waiting %.0f s", seconds)
            raise
        return result

    async def _turn(self, chat_id: str) -> None:
        """Waits until this chat and the bot as a whole may send, and takes the place."""
        limits = ChatLimits(self._limits, chat_id)
        while True:
            place = await self._change(chat_id, limits.take)
            if place.wait > 0:
                await asyncio.sleep(place.wait)
            if place.taken:
                return

    async def _change(self, chat: str, change: Callable[[float, list[Dues]], T]) -> T:
        """Changes the dues of a chat and of all chats together."""
        both = (chat, ALL)
        if self._shared is not None:
            try:
                loop = asyncio.get_running_loop()
                now, result, dues = await loop.run_in_executor(
                    self._thread, self._shared.change, both, partial(_noted, change)
                )
            except StorageError as error:
                log.warning("the limits are kept by this instance alone for now (%s)", type(error).__name__)
            else:
                self._own.put(both, dues, now)
                return result
        return self._own.change(both, change)


def _noted(change: Callable[[float, list[Dues]], T], now: float, dues: list[Dues]) -> tuple[float, T, list[Dues]]:
    """A change with what it left behind."""
    return now, change(now, dues), dues


def retry_seconds(error: RetryAfter) -> float:
    """How long Telegram says to wait."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library announces that the type will change: both are understood
        value = error.retry_after
    return value.total_seconds() if isinstance(value, timedelta) else float(value)
