"""The engine: one thread that computes steps, and a door that other threads hand requests through.

Everything between the door and the answer's callback belongs to the engine's thread alone, so nothing here is locked
but the inbox.
"""

from __future__ import annotations

import gc
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog
import torch

from konspekt.kernels.kv_cache import Kind
from konspekt.serving.engine.block_manager import BlockManager
from konspekt.serving.engine.drafting.costs import MEASURED
from konspekt.serving.engine.drafting.draft import Drafter, DraftModel
from konspekt.serving.engine.drafting.prediction_head import HeadDrafter
from konspekt.serving.engine.grammar import GrammarFactory
from konspekt.serving.engine.metrics import Metrics
from konspekt.serving.engine.pooling import Pooled, Pooler
from konspekt.serving.engine.runner import Runner, Step
from konspekt.serving.engine.sampler import sample, token_logprob, tokens_at_once
from konspekt.serving.engine.scheduler import Limits, Scheduler, Work
from konspekt.serving.engine.sequence import (
    STEP_MOST,
    Delta,
    FinishReason,
    Sequence,
    TokenLogprob,
)
from konspekt.serving.engine.sleep import Sleep, without_weights
from konspekt.serving.engine.sliding import Window, slide
from konspekt.serving.errors import EngineStoppedError, InvalidRequestError, QueueFullError
from konspekt.serving.model.model import Model

log = structlog.get_logger(__name__)
Callback = Callable[[Delta], None]
_TOO_LONG = 5.0  # seconds of a step that nobody waits for


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """`context`: longest prompt and answer together, in tokens. `cache_tokens`: room of the KV cache over all
    requests (never less than `context`). `sinks`: tokens of a talk's beginning that stay when it outgrows the context,
    see sliding.py; 0: it ends there."""

    context: int = 8192
    cache_tokens: int = 16384
    page_size: int = 16
    kv: Kind = "int8"
    prefix_cache: bool = True
    sinks: int = 0
    limits: Limits = field(default_factory=Limits)


class Engine:
    """`submit` a sequence, get its deltas by callback (called in the engine's thread; it must return at once). `sleep`:
    when and how an idle model gives its memory back; None: never."""

    def __init__(
        self, model: Model, config: EngineConfig, draft: Model | None = None, sleep: Sleep | None = None
    ) -> None:
        self.config, self._sleep = config, sleep
        self.context = min(config.context, model.config.context_length)
        pages = -(-max(self.context, config.cache_tokens) // config.page_size)
        self.blocks = BlockManager(pages, config.page_size, prefix_cache=config.prefix_cache)
        self._take_up(model, draft)
        # a drafter's keys, and those on a GPU, stay where they are
        can_slide = model.device.type == "cpu" and self._drafter is None
        self.window = Window.of(self.context, config.sinks, config.page_size) if can_slide else None
        self.scheduler = Scheduler(self.blocks, config.limits, drafter=self._drafter is not None)
        self.grammars = GrammarFactory(model.tokenizer, model.output.out_features)
        self.metrics = Metrics()
        self.pooler = Pooler(model, config.page_size, config.kv)
        self._callbacks: dict[int, Callback] = {}
        self._inbox: deque[tuple[Sequence, Callback]] = deque()
        self._cancelled: deque[Sequence] = deque()
        self._wake = threading.Condition()
        self._stopping = self._halt = False
        self._moved_at = time.monotonic()
        # on a CPU the time of the thread that computes: what other programs take is no cost of a step
        self._clock = time.thread_time if model.device.type == "cpu" else time.perf_counter
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def _take_up(self, model: Model, draft: Model | None) -> None:
        """Weights, and room for keys and values."""
        config, pages = self.config, self.blocks.pages
        self.model = model
        self.runner = Runner(model, pages, config.page_size, config.kv)
        self._drafter: Drafter | None = None
        if config.limits.draft_tokens and draft is not None:
            self._drafter = DraftModel(draft, pages, config.page_size, config.kv)
        elif config.limits.draft_tokens and model.head is not None:
            self._drafter = HeadDrafter(model, pages, config.page_size, config.kv)
        self.asleep = False

    def start(self) -> None:
        """Begin to compute, after a few steps that tell what drafts cost; on a GPU after its kernels are compiled and
        the shapes of decoding captured, too."""
        self._warm_up()
        if self.config.limits.draft_tokens:
            self._time_steps()
        self._moved_at = time.monotonic()
        self._thread.start()

    def _warm_up(self) -> None:
        if self.model.device.type == "cuda":
            self.runner.warm_up(self.config.limits.running)
            if self._drafter is not None:
                self._drafter.warm_up(self.config.limits.running)

    def _time_steps(self) -> None:
        """What a step costs by its rows. Pages are written to that no sequence has yet."""
        size = self.config.page_size
        for rows in (MEASURED[-1], *MEASURED):  # the first one only warms up
            step = Step()
            step.add([0] * rows, rows, list(range(-(-rows // size))), rows)
            start = self._clock()
            self.runner.run(step)[-1].argmax().item()
            seconds = self._clock() - start
            if seconds > _TOO_LONG:  # as with the reference's kernels: answers will tell
                self.scheduler.costs.clear()
                return
            self.scheduler.costs.measured(rows, seconds)

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
        self.model = without_weights(self.model)
        del self.runner
        self._drafter = None
        self.blocks.forget()
        self.pooler.lay_down(self.model)
        gc.collect()
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
            self._warm_up()
        except Exception as error:
            self.model, self.asleep = without_weights(self.model), True
            log.error("the model could not be read again", error=str(error))
            for sequence in list(self.scheduler.waiting):
                self._end(sequence, "error", error=f"the model slept and could not be read again: {error}")
            with self._wake:
                self.pooler.refuse(error)
                self._moved_at = time.monotonic()
            return False
        self.pooler.model = self.model
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

    def step(self) -> None:
        """Compute one batch and hand out what it gave."""
        if self.window is not None:
            for sequence in self.scheduler.running:
                if self.window.is_full(sequence):
                    slide(sequence, self.window, self.blocks, self.runner.cache, self.model.decoder)
        work = self.scheduler.schedule()
        if not work:
            raise RuntimeError("nothing could be scheduled although requests wait")
        if self._drafter is not None:
            work = self._drafter.propose(work)
        step = self._step_of(work)
        decoding = not any(item.sequence.prefilling for item in work)
        start = self._clock()
        logits = self.runner.run(step)
        tokens = tokens_at_once(logits, [(item.sequence, ahead) for item in work for ahead in range(item.rows)])
        if decoding:
            self.scheduler.costs.observe(len(step.ids), self._clock() - start)
        kept, at = [item.count for item in work], 0
        for i, item in enumerate(work):
            if item.rows:
                end = at + item.rows
                kept[i] += self._extend(item, logits[at:end], tokens[at:end])
                at = end
            else:
                self.scheduler.advance(item.sequence, item.count)
        if self._drafter is not None:
            self._drafter.observe(step, [item.sequence for item in work], kept, self.runner.hidden)
        self.metrics.after_step(self.scheduler)

    def _step_of(self, work: list[Work]) -> Step:
        """Logits are wanted of each work that reaches its end: of its last token and of its drafts."""
        step = Step()
        for item in work:
            sequence, end = item.sequence, item.sequence.computed + item.count
            tokens = [*sequence.tokens[sequence.computed : end], *item.drafts]
            step.add(tokens, end + len(item.drafts), sequence.pages, item.rows)
        return step

    def _extend(self, item: Work, rows: torch.Tensor, ready: list[int | None]) -> int:
        """Sample after the last token and go on through the drafts as long as they are what is sampled; how many
        were. Tokens that the grammar then leaves no choice about are added unasked: the next step computes them with
        the one that it would have computed alone."""
        sequence, params = item.sequence, item.sequence.params
        eos = self.model.tokenizer.special.eos_ids
        tokens: list[int] = []
        logprobs: list[TokenLogprob] = []
        text, finish = "", None
        first_token = sequence.first_token_at is None
        for i, row in enumerate(rows):
            raw = row.clone() if params.logprobs is not None else row
            token = sample(row, sequence, eos) if (known := ready[i]) is None else known
            if params.logprobs is not None:
                logprobs.append(token_logprob(raw, token, params.logprobs))
            sequence.append(token)
            tokens.append(token)
            finish, piece = self._judge(sequence, token)
            text += piece
            if finish is not None or i == len(item.drafts) or item.drafts[i] != token:
                break
        accepted = len(tokens) - 1
        sequence.acceptance.learn(item.kind, len(item.drafts), accepted)
        while finish is None and len(tokens) - accepted <= STEP_MOST - 1 and (only := sequence.forced) is not None:
            sequence.append(only)
            tokens.append(only)
            finish, piece = self._judge(sequence, only)
            text += piece
        forced = len(tokens) - 1 - accepted
        self.metrics.after_tokens(sequence, len(tokens), len(item.drafts), accepted, forced, first_token=first_token)
        self.scheduler.advance(sequence, item.count + accepted)
        if finish is not None:
            self._end(sequence, finish, Delta(text, tuple(tokens), tuple(logprobs), finish))
        elif callback := self._callbacks.get(sequence.id):
            callback(Delta(text, tuple(tokens), tuple(logprobs)))
        return accepted

    def _judge(self, sequence: Sequence, token: int) -> tuple[FinishReason | None, str]:
        """Does the answer end with `token`, and which text may be shown now."""
        params = sequence.params
        ends = token in params.stop_token_ids
        ends |= token in self.model.tokenizer.special.eos_ids and (
            not params.ignore_eos or sequence.grammar is not None
        )
        if ends:
            shown = sequence.detokenizer.feed(token) if params.show_control_tokens else ""
            return "stop", shown + sequence.detokenizer.finish()
        if sequence.grammar is not None:
            sequence.grammar.accept(token)
        text = sequence.detokenizer.feed(token)
        if sequence.detokenizer.stopped:
            return "stop", text
        if sequence.output_length >= params.max_tokens or len(sequence.tokens) >= self.context:
            return "length", text + sequence.detokenizer.finish()
        return None, text

    def _end(
        self, sequence: Sequence, finish: FinishReason, delta: Delta | None = None, error: str | None = None
    ) -> None:
        sequence.finish = finish
        self.scheduler.remove(sequence)
        self.metrics.after_request(sequence)
        if callback := self._callbacks.pop(sequence.id, None):
            callback(delta or Delta("", (), finish=finish, error=error))
