"""How an endpoint has been doing: whether it may be asked, and how long it rests after it failed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from konspekt.llm_client.errors import (
    LLMBadRequest,
    LLMError,
    LLMFiltered,
    LLMNotThere,
    LLMQuotaExceeded,
    LLMTimeout,
    LLMUnavailable,
)

FIRST_REST, LONGEST_REST = 5.0, 300.0  # seconds; twice as long with each failure in a row


class Fitness(IntEnum):
    """The smaller, the sooner it is asked."""

    FIT = 0
    TRIED = 1  # it is up again, and one question at a time shows whether it answers
    RESTING = 2  # asked only if nothing else is there
    WAITING = 3  # it said itself how long to leave it alone


@dataclass(slots=True)
class Health:
    """Times are in seconds of one monotonic clock, which the caller reads.

    An endpoint that failed rests, each time for twice as long. After that it is FIT only once it was probed (a listing
    of its models costs no reader's time); until it has answered again it gets one question at a time. One that named a
    time itself (`Retry-After`) is left alone until then, and is FIT at once: nothing is wrong with it.
    """

    failures: int = 0  # in a row
    rests_until: float = 0.0
    waits_until: float = 0.0
    passing: bool = False  # the last failure was of a kind that passes: trying again may help
    unproven: bool = False  # no answer since it failed
    probed: bool = False  # it was up after its rest

    def fitness(self, now: float, busy: int) -> Fitness:
        """`busy`: how many questions it is answering."""
        if now < self.waits_until:
            return Fitness.WAITING
        if now < self.rests_until or (self.unproven and not self.probed):
            return Fitness.RESTING
        return Fitness.TRIED if self.unproven and busy else Fitness.FIT

    def wants_probe(self, now: float) -> bool:
        return self.unproven and not self.probed and now >= max(self.rests_until, self.waits_until)

    def failed(self, error: LLMError, now: float) -> None:
        """A request that is itself at fault says nothing about the endpoint."""
        busy = isinstance(error, LLMUnavailable | LLMQuotaExceeded)
        self.passing = busy and not isinstance(error, LLMTimeout)  # nobody waits for a silent one twice
        if isinstance(error, LLMFiltered) or (isinstance(error, LLMBadRequest) and not isinstance(error, LLMNotThere)):
            return
        if error.retry_after is not None:
            self.waits_until = max(self.waits_until, now + error.retry_after)
            if isinstance(error, LLMQuotaExceeded):
                return
        self.rest(now)

    def rest(self, now: float) -> None:
        self.rests_until = now + min(LONGEST_REST, FIRST_REST * 2**self.failures)
        self.failures += 1
        self.unproven, self.probed = True, False

    def worked(self) -> None:
        self.failures, self.rests_until, self.unproven, self.probed = 0, 0.0, False, False
