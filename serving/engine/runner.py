"""Runs one step of a model: on the CPU as it comes, on a GPU padded to one of a few shapes, replayed as a CUDA graph.

A step of a few tokens is a thousand small launches, and launching them takes longer than computing them. A graph is
launched once, but its shapes are fixed: so tokens, sequences and the width of the page tables are rounded up, and what
is added writes to a page that no sequence owns. Captured or not, the function computed is the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from konspekt.kernels import PagedBatch, StateUse
from konspekt.kernels.kv_cache import Kind
from konspekt.serving.model.transformer import Transformer

MOST_TOKENS = 128  # of a step that is padded; longer ones are worth their launches
LONGEST = 16  # tokens of one sequence in it: one token, or one and its drafts; a page holds as many
LEAST_WIDTH = 64  # pages of a sequence
NOTHING_KEPT = StateUse()


@dataclass(frozen=True, slots=True)
class Step:
    """The tokens `ids` of some sequences, one after another: `counts` tokens each, the last of `lengths` keys, whose
    pages are `tables`. `rows`: the places in `ids` whose next token is wanted. `states`: of a model with recurrent
    layers, what each sequence reads and leaves; nothing where it is not said."""

    ids: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    tables: list[list[int]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    states: list[StateUse] = field(default_factory=list)

    def add(
        self, tokens: Sequence[int], length: int, pages: list[int], rows: int, state: StateUse = NOTHING_KEPT
    ) -> None:
        """Tokens of one more sequence; after the last `rows` of them the next token is wanted."""
        self.ids.extend(tokens)
        self.counts.append(len(tokens))
        self.lengths.append(length)
        self.tables.append(pages)
        self.rows.extend(range(len(self.ids) - rows, len(self.ids)))
        self.states.append(state)


@dataclass(frozen=True, slots=True)
class Shape:
    tokens: int
    sequences: int
    longest: int
    width: int  # pages of the longest table

    @classmethod
    def of(cls, step: Step) -> Shape | None:
        """The padded shape of `step`; None when it is too large for one."""
        longest = 1 if max(step.counts) == 1 else LONGEST
        tokens = _power(len(step.ids))
        if tokens > MOST_TOKENS or max(step.counts) > longest:
            return None
        added = -(-(tokens - len(step.ids)) // longest)
        width = max(LEAST_WIDTH, _power(max(map(len, step.tables))))
        return cls(tokens, _power(len(step.counts) + added), longest, width)


def _power(n: int) -> int:
    return 1 << (n - 1).bit_length()


def padded(step: Step, shape: Shape, spare: int) -> Step:
    """`step` brought to `shape`: added tokens belong to sequences of their own, on the page `spare`."""
    left = shape.tokens - len(step.ids)
    counts = list(step.counts)
    while len(counts) < shape.sequences:
        counts.append(min(left, shape.longest))
        left -= counts[-1]
    added = counts[len(step.counts) :]
    tables = [pages + [spare] * (shape.width - len(pages)) for pages in step.tables]
    tables += [[spare] * shape.width for _ in added]
    return Step(
        step.ids + [0] * sum(added), counts, step.lengths + added, tables, list(range(shape.tokens)),
    )  # fmt: skip


class Captured:
    """One shape: its inputs lie in one block of memory, so that a step is one copy to the GPU and one replay."""

    def __init__(self, runner: Runner, shape: Shape) -> None:
        self._runner, self._shape = runner, shape
        sizes = (shape.tokens, shape.sequences + 1, shape.sequences, shape.sequences * shape.width)
        aligned = [-(-size // 4) * 4 for size in sizes]
        on_gpu = runner.model.device.type == "cuda"
        self._host = torch.zeros(sum(aligned), dtype=torch.int32, pin_memory=on_gpu)
        self._inputs = torch.zeros(sum(aligned), dtype=torch.int32, device=runner.model.device)
        parts = [part[:size] for part, size in zip(torch.split(self._inputs, aligned), sizes, strict=True)]
        self._ids, starts, lengths, table = parts
        self._batch = PagedBatch(starts, lengths, table.view(shape.sequences, shape.width), shape.longest)
        self._aligned = aligned
        self._rows = torch.arange(shape.tokens, device=runner.model.device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self.logits = self.hidden = torch.empty(0)

    def run(self, step: Step) -> None:
        """Fill `logits` [shape.tokens, vocab] and `hidden`, good until the next step; the first rows are `step`'s."""
        self._fill(padded(step, self._shape, self._runner.spare))
        if self._runner.model.device.type != "cuda":
            self.logits, self.hidden = self.compute()
            return
        if self._graph is None:
            self._capture()
        self.replay()

    def replay(self) -> None:
        """Compute what lies in the inputs again, into `logits`."""
        assert self._graph is not None
        self._graph.replay()

    def _fill(self, step: Step) -> None:
        starts = [0]
        for count in step.counts:
            starts.append(starts[-1] + count)
        flat = [page for pages in step.tables for page in pages]
        at = 0
        for values, room in zip((step.ids, starts, step.lengths, flat), self._aligned, strict=True):
            self._host[at : at + len(values)] = torch.tensor(values, dtype=torch.int32)
            at += room
        self._inputs.copy_(self._host, non_blocking=True)

    def compute(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits and hidden states of all rows."""
        hidden = self._runner.model.hidden(self._ids, self._runner.cache, self._batch)
        return self._runner.model.logits(hidden, self._rows), hidden

    def _capture(self) -> None:
        stream: torch.cuda.Stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):  # the first call compiles kernels and fills tables, which a graph must not hold
            self.compute()
        torch.cuda.current_stream().wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, pool=self._runner.pool, capture_error_mode="thread_local"):
            self.logits, self.hidden = self._runner.keep(*self.compute())


class Runner:
    """A model, its KV cache of `pages` pages, and the shapes that were run. `padding` None: on a GPU alone."""

    def __init__(
        self, model: Transformer, pages: int, page_size: int = 16, kind: Kind = "int8", *, padding: bool | None = None
    ) -> None:
        self.model = model
        # a graph holds the addresses of what it was captured with: states, which change hands, are none for it
        self._padding = (model.device.type == "cuda" if padding is None else padding) and not model.config.recurrent
        self.spare = pages  # the page that no sequence owns
        self.cache = model.new_cache(pages + self._padding, page_size, kind)
        self.pool = torch.cuda.graph_pool_handle() if model.device.type == "cuda" else None
        self.captured: dict[Shape, Captured] = {}
        self.hidden = torch.empty(0)  # [tokens, hidden] of the latest step, before the final norm
        # what every graph computes ends in one place: only the latest is ever read
        kept = MOST_TOKENS if self.pool else 0
        self._kept = torch.empty(kept, model.output.out_features, device=model.device)
        self._kept_hidden = torch.empty(kept, model.config.hidden_size, device=model.device)

    def run(self, step: Step) -> torch.Tensor:
        """Logits after `step.rows`, float32 [rows, vocab] on the model's device, good until the next step."""
        shape = Shape.of(step) if self._padding and step.rows else None
        if shape is None:
            states = step.states or [NOTHING_KEPT] * len(step.counts)
            batch = PagedBatch.of(step.counts, step.lengths, step.tables, states).to(self.model.device)
            self.hidden = self.model.hidden(step.ids, self.cache, batch)
            return self.model.logits(self.hidden, step.rows)
        if shape not in self.captured:
            self.captured[shape] = Captured(self, shape)
        captured, wanted = self.captured[shape], step.rows
        captured.run(step)
        self.hidden = captured.hidden
        return captured.logits[: len(wanted)] if wanted == list(range(len(wanted))) else captured.logits[wanted]

    def warm_up(self, sequences: int) -> None:
        """Compile the kernels and capture decoding of up to `sequences` answers now, so that no reader waits for it.

        Only the spare page is written to.
        """
        if not self._padding:  # nothing is captured, and there is no spare page
            return
        for count in (1 << n for n in range((sequences - 1).bit_length() + 1)):
            ones = [1] * count
            self.run(Step([0] * count, ones, ones, [[self.spare]] * count, list(range(count))))
        size = self.cache.page_size
        self.run(Step([0] * 16 * size, [16 * size], [16 * size], [[self.spare] * 16], [0]))

    def keep(self, logits: torch.Tensor, hidden: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self._kept[: len(logits)].copy_(logits), self._kept_hidden[: len(hidden)].copy_(hidden)
