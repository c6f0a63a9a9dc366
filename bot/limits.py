"""Fairness between users: how often one may ask, and how many answers are written for one at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

# What a user may ask for where the settings say nothing
QUESTIONS_PER_MINUTE = 20
QUESTION_MAX_CHARS = 1000
CONCURRENT_ANSWERS = 1
MEMORY_TURNS = 6
VOICE_SECONDS = 120
FILE_BYTES = 20_000_000  # Telegram's servers hand bots nothing larger

WINDOW = timedelta(minutes=1)
MANY_USERS = 4096


class QuestionRate:
    """At most `per_minute` questions per user in any minute, by the time they arrived. 0: no limit."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._asked: dict[int, deque[datetime]] = {}

    def admit(self, user_id: int, at: datetime) -> float:
        """0 if the question may be answered (it then counts), else the seconds until one may."""
        if self._per_minute <= 0:
            return 0.0
        if len(self._asked) > MANY_USERS:
            self._asked = {user: times for user, times in self._asked.items() if times and times[-1] > at - WINDOW}
        times = self._asked.setdefault(user_id, deque())
        while times and times[0] <= at - WINDOW:
            times.popleft()
        if len(times) >= self._per_minute:
            return max(1.0, (times[0] + WINDOW - at).total_seconds())
        times.append(at)
        return 0.0


class Turnstile:
    """Lets `at_once` answers per user be written; the next waits outside."""

    def __init__(self, at_once: int) -> None:
        self._at_once = max(1, at_once)
        self._gates: dict[int, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def turn(self, user_id: int) -> AsyncIterator[None]:
        gate, users = self._gates.get(user_id, (asyncio.Semaphore(self._at_once), 0))
        self._gates[user_id] = (gate, users + 1)
        try:
            async with gate:
                yield
        finally:
            gate, users = self._gates[user_id]
            if users == 1:
                del self._gates[user_id]
            else:
                self._gates[user_id] = (gate, users - 1)
