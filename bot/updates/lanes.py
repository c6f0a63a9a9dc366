"""Order where it matters: one lane per user and chat, worked off one by one; lanes run side by side."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


class Lanes(Generic[T]):
    """`put(key, item)` runs `work(item)` after what was put under the same key before, at most `limit` at once."""

    def __init__(self, work: Callable[[T], Awaitable[None]], limit: int) -> None:
        self._work = work
        self._room = asyncio.Semaphore(limit)
        self._waiting: dict[Hashable, deque[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def put(self, key: Hashable, item: T) -> None:
        if self._stopping:
            return  # it is stored; the next start takes it up
        lane = self._waiting.get(key)
        if lane is not None:
            lane.append(item)
            return
        self._waiting[key] = deque([item])
        task = asyncio.create_task(self._drain(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, key: Hashable) -> None:
        lane = self._waiting[key]
        try:
            while lane and not self._stopping:
                async with self._room:
                    if self._stopping:
                        return
                    try:
                        await self._work(lane.popleft())
                    except Exception:
                        log.exception("a lane's work failed")  # the work itself handles what is foreseeable
        finally:
            del self._waiting[key]

    async def drop(self) -> None:
        """Gives up what runs and what waits: it is not this process's any more. New items are taken."""
        for lane in self._waiting.values():
            lane.clear()
        running = set(self._tasks)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=5)

    async def stop(self, seconds: float) -> bool:
        """Starts nothing more, waits for what runs; what is not done in time is cancelled. True if all was done."""
        self._stopping = True
        running = set(self._tasks)
        if not running:
            return True
        _, late = await asyncio.wait(running, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=5)
        return not late
