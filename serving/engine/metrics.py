"""What the server counts, in Prometheus's terms."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from konspekt.serving.engine.scheduler import Scheduler
from konspekt.serving.engine.sequence import Sequence

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """A registry of its own, so that two engines in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self._requests = Counter("konspekt_llm_requests", "Requests by how they ended", ["finish"], registry=r)
        self._prompt = Counter("konspekt_llm_prompt_tokens", "Prompt tokens of started requests", registry=r)
        self._cached = Counter("konspekt_llm_cached_tokens", "Prompt tokens found in the prefix cache", registry=r)
        self._output = Counter("konspekt_llm_output_tokens", "Generated tokens", registry=r)
        self._drafted = Counter("konspekt_llm_draft_tokens", "Speculated tokens", registry=r)
        self._accepted = Counter("konspekt_llm_accepted_tokens", "Speculated tokens that were right", registry=r)
        self._forced = Counter("konspekt_llm_forced_tokens", "Tokens that a grammar left no choice about", registry=r)
        self._steps = Counter("konspekt_llm_steps", "Steps computed", registry=r)
        self._preempted = Gauge("konspekt_llm_preemptions", "Answers set back for want of pages", registry=r)
        self._waiting = Gauge("konspekt_llm_waiting", "Requests in the queue", registry=r)
        self._running = Gauge("konspekt_llm_running", "Requests being computed", registry=r)
        self._pages = Gauge("konspekt_llm_pages_used", "KV cache pages in use", registry=r)
        self._pages_cached = Gauge("konspekt_llm_pages_cached", "Unused pages that hold a known prefix", registry=r)
        self._asleep = Gauge("konspekt_llm_asleep", "1 while the idle model has given its memory back", registry=r)
        self._sleeps = Counter("konspekt_llm_sleeps", "Times that an idle model gave its memory back", registry=r)
        self._first = Histogram("konspekt_llm_first_token_seconds", "Queue and prompt", buckets=_SECONDS, registry=r)
        self._total = Histogram("konspekt_llm_request_seconds", "Whole request", buckets=_SECONDS, registry=r)
        self.seconds_per_request = 1.0  # a moving average, for Retry-After

    def after_tokens(
        self, sequence: Sequence, tokens: int, drafted: int, accepted: int, forced: int, *, first_token: bool
    ) -> None:
        self._output.inc(tokens)
        self._drafted.inc(drafted)
        self._accepted.inc(accepted)
        self._forced.inc(forced)
        if first_token and sequence.first_token_at is not None:
            self._first.observe(sequence.first_token_at - sequence.created_at)
            self._prompt.inc(sequence.prompt_length)
            self._cached.inc(sequence.cached_tokens or 0)

    def after_request(self, sequence: Sequence) -> None:
        seconds = time.perf_counter() - sequence.created_at
        self._requests.labels(sequence.finish or "error").inc()
        self._total.observe(seconds)
        self.seconds_per_request += 0.2 * (seconds - self.seconds_per_request)

    def after_step(self, scheduler: Scheduler) -> None:
        self._steps.inc()
        self._preempted.set(scheduler.preemptions)
        self._waiting.set(len(scheduler.waiting))
        self._running.set(len(scheduler.running))
        self._pages.set(scheduler.blocks.used)
        self._pages_cached.set(scheduler.blocks.cached)

    def asleep(self, now: bool) -> None:
        self._asleep.set(now)
        self._sleeps.inc(now)

    def text(self) -> bytes:
        return generate_latest(self.registry)
