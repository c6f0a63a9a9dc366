"""Several endpoints of one model: the least busy of those that work is asked, and the next one when it fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from konspekt.llm_client.endpoint import Endpoint
from konspekt.llm_client.errors import LLMQuotaExceeded
from konspekt.llm_client.health import Fitness

PATIENCE = (
    20.0  # seconds that a question waits for an endpoint to be free again where all of them are over their limits
)


class Pool:
    """Endpoints of equal rank; the order given decides between two that are as busy."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._probes: dict[Endpoint, asyncio.Task[None]] = {}

    def in_turn(self) -> list[Endpoint]:
        """Whom to ask, best first. Those that asked to be left alone are missing; one endpoint alone is always there.

        Those whose rest is over are probed meanwhile.
        """
        if len(self.endpoints) == 1:
            return []
        now = time.monotonic()
        for endpoint in self.endpoints:
            if endpoint.health.wants_probe(now) and endpoint not in self._probes:
                self._probes[endpoint] = asyncio.create_task(self._probe(endpoint))

        def rank(endpoint: Endpoint) -> tuple[Fitness, int, float]:
            fitness = endpoint.health.fitness(now, endpoint.busy)
            return fitness, endpoint.busy, endpoint.health.rests_until if fitness == Fitness.RESTING else 0.0

        able = [one for one in self.endpoints if one.health.fitness(now, one.busy) != Fitness.WAITING]
        return sorted(able, key=rank)

    async def last_chance(self) -> Endpoint | None:
        """The endpoint to be asked once more, with patience, after each was asked in vain; None where that is no use.

        Waits for a while where all are over their limits. Raises LLMQuotaExceeded where that would take too long.
        """
        if len(self.endpoints) == 1:
            return self.endpoints[0]
        passing = [one for one in self.endpoints if one.health.passing]
        if not passing:
            return None
        soonest = min(passing, key=lambda one: one.health.waits_until)
        seconds = soonest.health.waits_until - time.monotonic()
        if seconds > PATIENCE:
            hosts = ", ".join(dict.fromkeys(one.host for one in passing))
            raise LLMQuotaExceeded(f"{hosts}: over their limits", retry_after=round(seconds, 1))
        await asyncio.sleep(max(0.0, seconds))
        return soonest

    async def _probe(self, endpoint: Endpoint) -> None:
        try:
            await endpoint.probe()
        finally:
            del self._probes[endpoint]

    async def close(self) -> None:
        for task in tuple(self._probes.values()):
            task.cancel()
        for endpoint in self.endpoints:
            await endpoint.close()
