"""The engine: one thread that computes steps, and a door that other threads hand requests through.

Everything between the door and the answer's callback belongs to the engine's thread alone, so nothing here is locked
but the inbox.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Iterable

import structlog
import torch

from konspekt.serving.engine.core import Callback, Core, EngineConfig
from konspekt.serving.engine.pooling import Pooled, Pooler
from konspekt.serving.engine.sequence import Sequence
from konspekt.serving.engine.sleep import Sleep, collect, without_weights
from konspekt.serving.errors import EngineStoppedError, InvalidRequestError, QueueFullError
from konspekt.serving.model.model import Model

__all__ = ["Callback", "Engine", "EngineConfig"]

log = structlog.get_logger(__name__)


class Engine(Core):
    """`submit` a sequence, get its deltas by callback (called in the engine's thread; it must return at once). `sleep`:
    when and how an idle model gives its memory back; None: never."""

    def __init__(
        self, model: Model, config: EngineConfig, draft: Model | None = None, sleep: Sleep | None = None
    ) -> None:
        super().__init__(model, config, draft)
        self._sleep, self.asleep = sleep, False
        self.pooler = Pooler(model, config.page_size, config.kv)
        self._inbox: deque[tuple[Sequence, Callback]] = deque()
        self._cancelled: deque[Sequence] = deque()
        self._wake = threading.Condition()
        self._stopping = self._halt = False
        self._moved_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Begin to compute, after a few steps that tell what drafts cost; on a GPU after its kernels are compiled and
        the shapes of decoding captured, too."""
        self._warm_up()
        if self.config.limits.draft_tokens:
            self.time_steps()
        self._moved_at = time.monotonic()
        self._thread.start()

    def stop(self, *, drain: float = 0.0) -> None:
        """Refuse new requests, let running ones go on for `drain` seconds, end the rest as `cancelled`."""
        with self._wake:
            self._stopping = True
            if drain > 0:
                self._wake.wait_for(lambda: not self._callbacks and not self._inbox and self.pooler.idle, timeout=drain)
            self._halt = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self.grammars.close()

    def submit(self, requests: Iterable[tuple[Sequence, Callback]]) -> None:
        """Queue sequences (all or none). Raises QueueFullError, EngineStoppedError, InvalidRequestError (too long)."""
        requests = list(requests)
        for sequence, _ in requests:
            self._check_length(sequence)
        with self._wake:
            self._may_wait(len(requests))
            self._inbox.extend(requests)
            self._wake.notify_all()

    def pool(self, prompts: Iterable[list[int]], layers: int) -> list[Pooled]:
        """Queue prompts whose last state after `layers` layers is wanted (all or none); each has a future.

        Raises QueueFullError, EngineStoppedError, InvalidRequestError (no tokens, too many, no such layer).
        """
        asked = self.pooler.asked(prompts, layers, self.context)
        with self._wake:
            self._may_wait(len(asked))
            self.pooler.waiting.extend(asked)
            self._wake.notify_all()
        return asked

    def cancel(self, sequence: Sequence) -> None:
        """Stop an answer before the next step begins; its pages are free then. Harmless when it has ended."""
        with self._wake:
            sequence.cancelled = True
            self._cancelled.append(sequence)
            self._wake.notify_all()

    @property
    def alive(self) -> bool:
        """The thread that computes has been started and goes on."""
        return self._thread.is_alive() and not self._stopping

    @property
    def stalled(self) -> float:
        """Seconds since something moved, while there is something to do."""
        return time.monotonic() - self._moved_at if self.waiting or self.running or not self.pooler.idle else 0.0

    @property
    def waiting(self) -> int:
        return len(self._inbox) + len(self.scheduler.waiting) + len(self.pooler.waiting)

    @property
    def running(self) -> int:
        return len(self.scheduler.running)

    def _may_wait(self, more: int) -> None:
        """Whether so many more may be queued. Raises QueueFullError, EngineStoppedError."""
        if self._stopping:
            raise EngineStoppedError("the server is shutting down")
        if self.waiting + more > self.config.limits.waiting:
            retry = max(1, round(self.metrics.seconds_per_request * (self.waiting or 1)))
            raise QueueFullError(f"{self.waiting} requests are waiting already; try again in {retry} s", retry)
        if not self.waiting and not self.running:
            self._moved_at = time.monotonic()

    def _check_length(self, sequence: Sequence) -> None:
        length = sequence.prompt_length
        if length == 0:
            raise InvalidRequestError("the prompt is empty", "messages")
        if length >= self.context:
            raise InvalidRequestError(
                f"the prompt has {length} tokens; this server's context is {self.context} tokens with the answer, "
                f"so it is {length - self.context + 1} tokens too long",
                "messages",
                "context_length_exceeded",
            )

    def _run(self) -> None:
        torch.set_num_threads(1)  # the kernels have their own pool; two pools would fight for the cores
        if self.model.device.type == "cuda":
            torch.cuda.set_device(self.model.device)  # a thread begins with the first GPU
        while True:
            with self._wake:
                self._take_inbox()
                while self._idle and not self._halt:
                    self._wake.notify_all()
                    if not self._wake.wait(self._until_sleep()):
                        self._fall_asleep()
                    self._take_inbox()
                if self._halt:
                    break
            self._moved_at = time.monotonic()
            if self.asleep and not self._wake_up():
                continue
            self._pool_between()
            try:
                if not self.scheduler.idle:
                    self.step()
            except Exception as error:  # a request must never hang: all running ones are told, the engine goes on
                log.error("step failed", error=repr(error), trace=traceback.format_exc(limit=5))
                for sequence in list(self.scheduler.running) or list(self.scheduler.waiting):
                    self._end(sequence, "error", error=f"{type(error).__name__}: {error}")
        for sequence in [*self.scheduler.running, *self.scheduler.waiting]:
            self._end(sequence, "cancelled")
        with self._wake:
            self.pooler.stop()

    def _until_sleep(self) -> float | None:
        """Seconds; None: nothing is to happen but a request."""
        if self._sleep is None or self.asleep:
            return None
        return max(0.0, self._moved_at + self._sleep.after - time.monotonic())

    def _fall_asleep(self) -> None:
        """Give back weights, keys and values; what requests are checked with stays."""
        self._lay_down(without_weights(self.model))
        self.pooler.lay_down(self.model)
        collect()
        if self.model.device.type == "cuda":
            torch.cuda.empty_cache()
        self.metrics.asleep(True)
        log.info("the model sleeps, its memory is given back", idle_seconds=round(time.monotonic() - self._moved_at))
        self.asleep = True

    def _wake_up(self) -> bool:
        """Read the model again. False: it could not be read, and those who wait have been told; the next request tries
        again."""
        assert self._sleep is not None
        begun = time.monotonic()
        try:
            self._take_up(*self._sleep.read_again(self.model))
            self.scheduler.states = self._states(self.model)
            self._warm_up()
        except Exception as error:
            self._lay_down(without_weights(self.model))
            log.error("the model could not be read again", error=str(error))
            for sequence in list(self.scheduler.waiting):
                self._end(sequence, "error", error=f"the model slept and could not be read again: {error}")
            with self._wake:
                self.pooler.refuse(error)
                self._moved_at = time.monotonic()
            return False
        self.pooler.model, self.asleep = self.model, False
        self.metrics.asleep(False)
        log.info("the model is awake", seconds=round(time.monotonic() - begun, 1))
        return True

    @property
    def _idle(self) -> bool:
        return self.scheduler.idle and self.pooler.idle

    def _pool_between(self) -> None:
        """A piece of a prompt whose state is wanted; a small one where an answer waits for its next token."""
        if not self.pooler.idle:
            limits = self.config.limits
            self.pooler.step(limits.step_tokens if self.scheduler.idle else limits.busy_tokens)

    def _take_inbox(self) -> None:
        while self._inbox:
            sequence, callback = self._inbox.popleft()
            self._callbacks[sequence.id] = callback
            self.scheduler.add(sequence)
        while self._cancelled:
            sequence = self._cancelled.popleft()
            if sequence.id in self._callbacks:
                self._end(sequence, "cancelled")
