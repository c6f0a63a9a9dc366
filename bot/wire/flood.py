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
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from konspekt.bot import metrics
from konspekt.bot.parts.bot_parts import FloodLimits

log = logging.getLogger(__name__)

JSONResult = bool | dict[str, Any] | list[dict[str, Any]]
LIMITED = ("send", "edit", "copy", "forward", "delete", "setMessageReaction")
FREE = ("sendChatAction", "sendMessageDraft", "sendRichMessageDraft")  # shown, not stored; a preview asks `spare` first
MAX_RETRIES = 8
TOO_MANY_CHATS = 1024


@dataclass(slots=True)
class Meter:
    """A rate with a burst (generic cell rate algorithm): `due` is when the next message is theoretically allowed."""

    interval: float  # seconds per message
    burst: int
    due: float = 0.0

    def wait(self, now: float) -> float:
        return max(0.0, self.due - (self.burst - 1) * self.interval - now)

    def spend(self, now: float) -> None:
        self.due = max(self.due, now) + self.interval


class FloodControl(BaseRateLimiter[None]):
    """Every request passes here. Those that count wait their turn; a 429 is waited out and tried again."""

    def __init__(self, limits: FloodLimits | None = None) -> None:
        self._limits = limits or FloodLimits()
        overall = self._limits.overall_per_second
        self._overall = Meter(1 / overall if overall else 0.0, max(1, int(overall)))
        self._chats: dict[int | str, list[Meter]] = {}
        self._blocked_until: dict[int | str, float] = {}

    async def initialize(self) -> None:
        return None

    async def shutdown(self) -> None:
        return None

    def spare(self, chat_id: int) -> bool:
        """Whether a preview may go now without making the real message wait."""
        now = time.monotonic()
        if self._blocked_until.get(chat_id, 0.0) > now or self._overall.wait(now + self._overall.interval * -5) > 0:
            return False
        meters = self._meters(chat_id)
        return all(meter.wait(now - meter.interval) == 0.0 for meter in meters)

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
        chat_id = _number(chat_id)
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

    async def _once(self, callback: Any, args: Any, kwargs: dict[str, Any], chat_id: int | str) -> JSONResult:
        try:
            result: JSONResult = await callback(*args, **kwargs)
        except RetryAfter as error:
            seconds = retry_seconds(error)
            self._blocked_until[chat_id] = time.monotonic() + seconds + 0.1
            metrics.FLOOD_WAITS.inc()
            log.info("flood limit of a chat: waiting %.0f s", seconds)
            raise
        return result

    async def _turn(self, chat_id: int | str) -> None:
        """Waits until this chat and the bot as a whole may send, and takes the place."""
        while True:
            now = time.monotonic()
            blocked = self._blocked_until.get(chat_id, 0.0) - now
            if blocked <= 0:
                self._blocked_until.pop(chat_id, None)
                break
            await asyncio.sleep(blocked)
        meters = [*self._meters(chat_id), self._overall]
        wait = max(meter.wait(now) for meter in meters)
        for meter in meters:
            meter.spend(now + wait)
        if wait > 0:
            await asyncio.sleep(wait)

    def _meters(self, chat_id: int | str) -> list[Meter]:
        meters = self._chats.get(chat_id)
        if meters is None:
            if len(self._chats) >= TOO_MANY_CHATS:
                now = time.monotonic()
                self._chats = {chat: kept for chat, kept in self._chats.items() if any(m.due > now for m in kept)}
            meters = self._chats[chat_id] = self._new_meters(chat_id)
        return meters

    def _new_meters(self, chat_id: int | str) -> list[Meter]:
        limits, meters = self._limits, []
        if limits.chat_per_second:
            meters.append(Meter(1 / limits.chat_per_second, limits.chat_burst))
        is_group = isinstance(chat_id, str) or chat_id < 0
        if is_group and limits.group_per_minute:
            meters.append(Meter(60 / limits.group_per_minute, int(limits.group_per_minute)))
        return meters


def _number(chat_id: Any) -> int | str:
    try:
        return int(chat_id)
    except (TypeError, ValueError):
        return str(chat_id)  # a channel's @username


def retry_seconds(error: RetryAfter) -> float:
    """How long Telegram says to wait."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library announces that the type will change: both are understood
        value = error.retry_after
    return value.total_seconds() if isinstance(value, timedelta) else float(value)
