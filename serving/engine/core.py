"""What an engine computes: a step at a time, each of which adds tokens to some answers.

Everything here belongs to one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from konspekt.kernels.kv_cache import Kind
from konspekt.serving.engine.block_manager import BlockManager
from konspekt.serving.engine.drafting.costs import MEASURED
from konspekt.serving.engine.drafting.draft import Drafter, DraftModel
from konspekt.serving.engine.drafting.prediction_head import HeadDrafter
from konspekt.serving.engine.grammar import GrammarFactory
from konspekt.serving.engine.metrics import Metrics
from konspekt.serving.engine.runner import NOTHING_KEPT, Runner, Step
from konspekt.serving.engine.sampler import sample, token_logprob, tokens_at_once
from konspekt.serving.engine.scheduler import Limits, Scheduler, Work
from konspekt.serving.engine.sequence import (
    STEP_MOST,
    Delta,
    FinishReason,
    Sequence,
    TokenLogprob,
)
from konspekt.serving.engine.sliding import Window, slide
from konspekt.serving.engine.states import States
from konspekt.serving.model.model import Model

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


class Core:
    """Weights, pages, scheduler; `_callbacks` get what each step gave their answers."""

    def __init__(self, model: Model, config: EngineConfig, draft: Model | None = None) -> None:
        self.config = config
        self.context = min(config.context, model.config.context_length)
        pages = -(-max(self.context, config.cache_tokens) // config.page_size)
        self.blocks = BlockManager(pages, config.page_size, prefix_cache=config.prefix_cache)
        self._take_up(model, draft)
        # a drafter's keys, and those on a GPU, stay where they are
        # and a state cannot forget what stands in the middle
        can_slide = model.device.type == "cpu" and self._drafter is None and not model.config.recurrent
        self.window = Window.of(self.context, config.sinks, config.page_size) if can_slide else None
        self.scheduler = Scheduler(self.blocks, config.limits, drafter=self._drafter is not None)
        self.scheduler.states = self._states(model)
        self.grammars = GrammarFactory(model.tokenizer, model.output.out_features)
        self.metrics = Metrics()
        self._callbacks: dict[int, Callback] = {}
        # on a CPU the time of the thread that computes: what other programs take is no cost of a step
        self._clock = time.thread_time if model.device.type == "cpu" else time.perf_counter

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

    def _states(self, model: Model) -> States | None:
        if not model.config.recurrent:
            return None
        recurrent = [layer for _, layer in sorted(model.decoder.recurrent.items())]
        return States(model.new_state, recurrent, self.config.page_size, keep=self.config.prefix_cache)

    def _lay_down(self, model: Model) -> None:
        """Give back weights, keys and values; `model` is what is left of it."""
        self.model = model
        self.__dict__.pop("runner", None)
        self._drafter = self.scheduler.states = None
        self.blocks.forget()

    def _warm_up(self) -> None:
        if self.model.device.type == "cuda":
            self.runner.warm_up(self.config.limits.running)
            if self._drafter is not None:
                self._drafter.warm_up(self.config.limits.running)

    def time_steps(self) -> None:
        """Find out what a step costs by its rows, before the first request: it writes to pages that nobody has yet."""
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
            use = self.scheduler.states.use(item) if self.scheduler.states is not None else NOTHING_KEPT
            step.add(tokens, end + len(item.drafts), sequence.pages, item.rows, use)
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
        if self.scheduler.states is not None:
            self.scheduler.states.settle(sequence, accepted)
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
