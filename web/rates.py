"""How much one asker may ask in a minute."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

MINUTE = 60.0
MOST_ASKERS = 10_000  # that are remembered; those who have been silent longest are forgotten first


class Rates:
    """A sliding minute for each asker. In memory: a restart forgives."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """0: no limit."""
        self._per_minute, self._clock = per_minute, clock
        self._asked: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def wait(self, asker: Hashable) -> float:
        """0 where one more is allowed, and counts it; else the seconds until one is."""
        if not self._per_minute:
            return 0.0
        now = self._clock()
        times = self._asked.setdefault(asker, deque())
        self._asked.move_to_end(asker)
        while times and times[0] <= now - MINUTE:
            times.popleft()
        if len(times) >= self._per_minute:
            return times[0] + MINUTE - now
        times.append(now)
        if len(self._asked) > MOST_ASKERS:
            self._asked.popitem(last=False)
        return 0.0
