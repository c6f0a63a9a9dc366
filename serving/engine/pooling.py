"""What the model makes of a text, rather than what it would say next: the state of a prompt's last token.

After the last layer, or after an earlier one, when the layers behind it are not computed. Keys and values of fewer
layers are of no use to answers, so that they lie in a cache of their own, made when the first prompt comes; beginnings
that prompts share are computed once there as well. One prompt at a time, in pieces, between the steps of answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

import torch

from konspekt.kernels import PagedBatch, StateUse
from konspekt.kernels.kv_cache import Kind
from konspekt.serving.engine.block_manager import BlockManager, page_key
from konspekt.serving.errors import EngineStoppedError, InvalidRequestError
from konspekt.serving.model.transformer import Transformer

ROOM = 4096  # tokens of the cache, and of one prompt at most


@dataclass(frozen=True, slots=True)
class State:
    """`values`: float32 [hidden], `cached` of the prompt's tokens were known from before."""

    values: torch.Tensor
    cached: int


@dataclass(slots=True)
class Pooled:
    """A prompt of at least one token that waits for its state after `layers` layers."""

    tokens: list[int]
    layers: int
    found: Future[State] = field(default_factory=Future)


class Pooler:
    """`waiting` is filled by whoever owns this; `step` computes, in one thread."""

    def __init__(self, model: Transformer, page_size: int, kind: Kind) -> None:
        self.waiting: deque[Pooled] = deque()
        self.model, self._page_size, self._kind = model, page_size, kind
        self._depth: _Depth | None = None
        self._begun: _Begun | None = None

    @property
    def idle(self) -> bool:
        return self._begun is None and not self.waiting

    def asked(self, prompts: Iterable[list[int]], layers: int, context: int) -> list[Pooled]:
        """Prompts that may wait. Raises InvalidRequestError: no tokens, too many, no such layer, no such token."""
        c, vocabulary, most = self.model.config, self.model.output.out_features, min(context, ROOM)
        # a GPU has joined the matrices of all layers, and computes all of them
        if not 0 < layers <= c.layers or (self.model.device.type != "cpu" and layers < c.layers):
            raise InvalidRequestError(
                f"there is no state after layer {layers}: this model has {c.layers} layers, and on a GPU that of the "
                "last is told alone",
                "layer",
            )
        found = [Pooled(prompt, layers) for prompt in prompts]
        for one in found:
            if not one.tokens:
                raise InvalidRequestError("a text is empty", "input")
            if len(one.tokens) > most:
                raise InvalidRequestError(
                    f"a text has {len(one.tokens)} tokens; at most {most} are read",
                    "input",
                    "context_length_exceeded",
                )
            if min(one.tokens) < 0 or max(one.tokens) >= vocabulary:
                raise InvalidRequestError(f"a text has token ids outside the vocabulary of {vocabulary}", "input")
        return found

    def step(self, budget: int) -> None:
        """Compute at most `budget` tokens of the first prompt. An exception ends that prompt alone."""
        begun = self._begun = self._begun or self._next()
        if begun is None:
            return
        try:
            state = begun.step(self.model, budget)
        except Exception as error:
            self._begun = self._depth = None  # what the cache holds now is not certain
            begun.asked.found.set_exception(error)
            return
        if state is not None:
            self._begun = None
            begun.asked.found.set_result(state)

    def lay_down(self, model: Transformer) -> None:
        """Forget what was computed; `model` has no weights, and tells alone which prompts may be asked."""
        self.model, self._depth = model, None

    def refuse(self, error: Exception) -> None:
        """None of those who wait can be answered."""
        while self.waiting:
            asked = self.waiting.popleft()
            if asked.found.set_running_or_notify_cancel():
                asked.found.set_exception(error)

    def stop(self) -> None:
        """Nobody waits any longer."""
        for asked in [*([self._begun.asked] if self._begun else []), *self.waiting]:
            if not asked.found.done() and not asked.found.cancel():
                asked.found.set_exception(EngineStoppedError("the server is shutting down"))
        self.waiting.clear()
        self._begun = None

    def _next(self) -> _Begun | None:
        while self.waiting:
            asked = self.waiting.popleft()
            if asked.found.set_running_or_notify_cancel():
                if self._depth is None or self._depth.layers != asked.layers:  # one at a time bounds the memory
                    self._depth = None
                    self._depth = _Depth(self.model, asked.layers, self._page_size, self._kind)
                return _Begun(asked, self._depth)
        return None


class _Depth:
    """The first `layers` layers, and their cache."""

    def __init__(self, model: Transformer, layers: int, page_size: int, kind: Kind) -> None:
        whole = model.decoder
        self.layers = layers
        self.decoder = whole.first(layers) if model.device.type == "cpu" else whole
        # states of recurrent layers are kept for the prompt in hand alone, so that no prompt begins amid another's
        self.state = model.new_state() if self.decoder.recurrent else None
        pages = ROOM // page_size
        self.cache = model.new_cache(pages, page_size, kind, len(self.decoder.layers))
        self.blocks = BlockManager(pages, page_size, prefix_cache=self.state is None)

    def use(self, begin: int, end: int) -> StateUse:
        """Of the state, by a piece of a prompt."""
        assert self.state is not None
        return StateUse(self.state if begin else None, ((end - begin, self.state),))


class _Begun:
    """A prompt that is being computed."""

    def __init__(self, asked: Pooled, depth: _Depth) -> None:
        self.asked, self._depth = asked, depth
        blocks = depth.blocks
        self._pages, self._keys = blocks.match(asked.tokens)
        self._computed = self._cached = len(self._pages) * blocks.page_size
        for _ in range(-(-len(asked.tokens) // blocks.page_size) - len(self._pages)):
            page = blocks.allocate()
            assert page is not None, "no prompt is longer than the cache, and there is one at a time"
            self._pages.append(page)

    def step(self, model: Transformer, budget: int) -> State | None:
        """None while tokens are left."""
        tokens, depth = self.asked.tokens, self._depth
        end = min(len(tokens), self._computed + budget)
        uses = [depth.use(self._computed, end)] if depth.state is not None else ()
        batch = PagedBatch.of([end - self._computed], [end], [self._pages], uses).to(model.device)
        hidden = depth.decoder.forward(model.embedded(tokens[self._computed : end]), depth.cache, batch)
        self._publish(end)
        self._computed = end
        if end < len(tokens):
            return None
        depth.blocks.release(self._pages)
        last = hidden[-1:]
        if depth.layers == model.config.layers:
            last = model.normed(last)
        return State(last[0].float().cpu().clone(), self._cached)

    def _publish(self, end: int) -> None:
        """Full pages may be shared from now on."""
        size = self._depth.blocks.page_size
        for n in range(len(self._keys), end // size):
            previous = self._keys[-1] if self._keys else b""
            self._keys.append(page_key(previous, self.asked.tokens[n * size : (n + 1) * size]))
            self._depth.blocks.publish(self._pages[n], self._keys[-1])
