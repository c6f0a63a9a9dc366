"""Telegram's limits as arithmetic: when the next message to a chat may leave, given what left before.

A limit is a rate with a burst (generic cell rate algorithm): `due` is when the next message is theoretically allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from konspekt.bot.parts.bot_parts import FloodLimits
from konspekt.storage.instances.meters import Dues

T = TypeVar("T")
ALL = "*"  # all chats together, where a chat is named
TOO_MANY_CHATS = 1024


@dataclass(frozen=True, slots=True)
class Meter:
    """`interval` seconds per message, `burst` of them at once. An interval of 0 limits nothing."""

    interval: float
    burst: int

    def wait(self, due: float, now: float) -> float:
        return max(0.0, due - (self.burst - 1) * self.interval - now) if self.interval else 0.0

    def spent(self, due: float, now: float) -> float:
        return max(due, now) + self.interval if self.interval else 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """`wait` seconds, then the message may leave; if it is not `taken` (a 429 is still to be waited out), ask again."""

    wait: float
    taken: bool


class ChatLimits:
    """The meters that a message to a chat passes."""

    def __init__(self, limits: FloodLimits, chat: str) -> None:
        group = not chat.isdecimal() and bool(limits.group_per_minute)  # negative, or a channel's @username
        self.chat = _meter(limits.chat_per_second, limits.chat_burst)
        self.group = Meter(60 / limits.group_per_minute, int(limits.group_per_minute)) if group else Meter(0.0, 1)
        self.overall = _meter(limits.overall_per_second, int(limits.overall_per_second))

    def take(self, now: float, dues: Sequence[Dues]) -> Place:
        """The next place, which is this message's from now on. `dues`: the chat's, and those of all chats together."""
        chat, overall = dues
        if chat.blocked_until > now:
            return Place(chat.blocked_until - now, taken=False)
        wait = max(
            self.chat.wait(chat.due, now),
            self.group.wait(chat.group_due, now),
            self.overall.wait(overall.due, now),
        )
        chat.due = self.chat.spent(chat.due, now + wait)
        chat.group_due = self.group.spent(chat.group_due, now + wait)
        overall.due = self.overall.spent(overall.due, now + wait)
        return Place(wait, taken=True)

    def spare(self, now: float, dues: Sequence[Dues]) -> bool:
        """Whether a preview may go without making the message after it wait."""
        chat, overall = dues
        if chat.blocked_until > now or self.overall.wait(overall.due, now - 5 * self.overall.interval) > 0:
            return False
        alone = self.chat.wait(chat.due, now - self.chat.interval)
        return alone == 0 and self.group.wait(chat.group_due, now - self.group.interval) == 0


def block(now: float, dues: Sequence[Dues], seconds: float) -> None:
    """Telegram said to leave a chat alone for so long."""
    dues[0].blocked_until = now + seconds + 0.1


class OwnMeters:
    """The dues of this process alone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._dues: dict[str, Dues] = {}

    def change(self, chats: Sequence[str], change: Callable[[float, list[Dues]], T]) -> T:
        now = self.clock()
        if len(self._dues) >= TOO_MANY_CHATS:
            self._dues = {chat: one for chat, one in self._dues.items() if _matters(one, now)}
        return change(now, [self._dues.setdefault(chat, Dues()) for chat in chats])

    def put(self, chats: Sequence[str], dues: Sequence[Dues], their_now: float) -> None:
        """What was read from elsewhere, by another clock."""
        ahead = self.clock() - their_now
        for chat, one in zip(chats, dues, strict=True):
            self._dues[chat] = Dues(one.due + ahead, one.group_due + ahead, one.blocked_until + ahead)


def _matters(dues: Dues, now: float) -> bool:
    return max(dues.due, dues.group_due, dues.blocked_until) > now


def _meter(per_second: float, burst: int) -> Meter:
    return Meter(1 / per_second, max(1, burst)) if per_second else Meter(0.0, 1)
