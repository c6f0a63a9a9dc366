"""Progress with its rate and the time left, reported at most a few times per second."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from konspekt.indexer.reindexing.reports import Progress, ProgressCallback, Step

INTERVAL = 0.1


@dataclass(slots=True)
class Meter:
    step: Step
    source: str
    total: int | None
    report: ProgressCallback
    started: float = field(default_factory=time.monotonic)
    reported: float = 0.0

    def at(self, done: int) -> None:
        now = time.monotonic()
        if now - self.reported < INTERVAL and done != self.total:
            return
        self.reported = now
        rate = done / max(now - self.started, 1e-6)
        left = (self.total - done) / rate if self.total is not None and rate > 0 else None
        self.report(Progress(self.step, self.source, done, self.total, rate, left))
