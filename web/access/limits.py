"""How often one may ask, by whoever asks: a visitor, or an address that tries passwords."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

WINDOW = 60.0  # seconds
MANY = 4096


class Rate:
    """At most `most` in any minute for each key; 0: no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._times: dict[Hashable, deque[float]] = {}

    def wait(self, key: Hashable, now: float) -> float:
        """0 where it is admitted (and counts), else the seconds until it would be."""
        if self._most <= 0:
            return 0.0
        if len(self._times) > MANY:
            self._times = {one: times for one, times in self._times.items() if times and times[-1] > now - WINDOW}
        times = self._times.setdefault(key, deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if len(times) >= self._most:
            return max(1.0, times[0] + WINDOW - now)
        times.append(now)
        return 0.0


class Busy(Exception):
    """As many answers as are allowed are being written for this visitor."""


class AtOnce:
    """At most `most` of a visitor's answers are written at once; one more waits its turn, the next is refused."""

    def __init__(self, most: int) -> None:
        self._most = max(1, most)
        self._gates: dict[Hashable, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Raises Busy."""
        gate, inside = self._gates.get(key, (asyncio.Semaphore(self._most), 0))
        if inside > self._most:
            raise Busy
        self._gates[key] = (gate, inside + 1)
        try:
            async with gate:
                yield
        finally:
            gate, inside = self._gates[key]
            if inside == 1:
                del self._gates[key]
            else:
                self._gates[key] = (gate, inside - 1)
