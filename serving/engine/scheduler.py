"""What the next step computes: running answers first, then pieces of prompts, within a budget of tokens.

Every sequence is the same to the scheduler: some tokens, the first part of which is computed. A decoding sequence lacks
one and those that its grammar forced, a new prompt lacks all, a preempted answer lacks what its lost pages held.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from konspekt.serving.engine.block_manager import BlockManager, page_key
from konspekt.serving.engine.drafting.costs import StepCosts
from konspekt.serving.engine.drafting.speculate import CERTAIN, GUESSED, NOTHING, Proposal, certain, lengths, propose
from konspekt.serving.engine.sequence import STEP_MOST, Sequence
from konspekt.serving.engine.states import States


@dataclass(frozen=True, slots=True)
class Limits:
    """`step_tokens`: tokens of one step when only prompts are computed (more is faster, up to a point).
    `busy_tokens`: prompt tokens added to a step while answers run, which wait that much longer for their next token.
    `draft_tokens`: speculated tokens of one step over all answers at most; 0 switches speculation off."""

    running: int = 16
    waiting: int = 64
    step_tokens: int = 512
    busy_tokens: int = 64
    draft_tokens: int = 32


# A GPU computes hundreds of tokens in the time of one.
GPU_LIMITS = Limits(running=64, waiting=256, step_tokens=2048, busy_tokens=512, draft_tokens=64)


@dataclass(frozen=True, slots=True)
class Work:
    """`count` tokens of `sequence` from its first uncomputed one on; drafts lie behind its tokens, and there are pages
    for `room` more, which a drafter may add. `kind`: of the drafts, see `speculate`."""

    sequence: Sequence
    count: int
    drafts: tuple[int, ...] = ()
    room: int = 0
    kind: str = GUESSED

    @property
    def rows(self) -> int:
        """How many logits are wanted: none until the last known token is computed, then of it and of each draft."""
        return 1 + len(self.drafts) if self.sequence.computed + self.count == len(self.sequence.tokens) else 0


class Scheduler:
    """`drafter`: there is one to fill the room where prompt lookup finds nothing. `costs`: of a step, by its rows."""

    def __init__(self, blocks: BlockManager, limits: Limits, *, drafter: bool = False) -> None:
        self.blocks, self.limits, self._drafter = blocks, limits, drafter
        self.states: States | None = None  # of a model with recurrent layers
        self.costs = StepCosts()
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []  # in order of admission
        self.preemptions = 0

    @property
    def idle(self) -> bool:
        return not self.waiting and not self.running

    def add(self, sequence: Sequence) -> None:
        self.waiting.append(sequence)

    def remove(self, sequence: Sequence) -> None:
        """Forget a finished or cancelled sequence and its pages."""
        if sequence in self.running:
            self.running.remove(sequence)
        elif sequence in self.waiting:
            self.waiting.remove(sequence)
        self._drop_pages(sequence)

    def schedule(self) -> list[Work]:
        """The next step; empty only when there is nothing to do."""
        work: list[Work] = []
        decoding = [s for s in self.running if not s.prefilling]
        for sequence, proposal in zip(decoding, self._proposals(decoding), strict=True):
            if sequence not in self.running:  # preempted for an earlier one
                continue
            count, drafts, room = sequence.uncomputed, proposal.tokens, proposal.room
            if not self._grow(sequence, sequence.computed + count + len(drafts) + room):
                drafts, room = (), 0
                if not self._make_room(sequence, sequence.computed + count):
                    continue
            work.append(Work(sequence, count, drafts, room, proposal.kind))
        work = [item for item in work if item.sequence in self.running]
        budget = self.limits.busy_tokens if work else self.limits.step_tokens
        for sequence in [s for s in self.running if s.prefilling]:
            if budget > 0 and sequence in self.running:
                budget -= self._prefill(sequence, budget, work)
        while self.waiting and budget > 0 and len(self.running) < self.limits.running:
            if not self._admit():
                break
            budget -= self._prefill(self.running[-1], budget, work)
        return [item for item in work if item.sequence in self.running]

    def _proposals(self, decoding: list[Sequence]) -> list[Proposal]:
        """Drafts for these answers, as long as they are worth their rows."""
        most = self.limits.draft_tokens
        if not most:
            return [NOTHING] * len(decoding)
        found = [propose(s, min(most, STEP_MOST - s.uncomputed), drafter=self._drafter) for s in decoding]
        prompts = self.waiting or any(s.prefilling for s in self.running)
        rows, beside = sum(s.uncomputed for s in decoding), self.limits.busy_tokens if prompts else 0
        counts = lengths(found, rows, beside, most, self.costs)
        return [replace(p, tokens=p.tokens[:n], room=min(p.room, n)) for p, n in zip(found, counts, strict=True)]

    def _prefill(self, sequence: Sequence, budget: int, work: list[Work]) -> int:
        count = min(budget, sequence.uncomputed)
        if not self._make_room(sequence, sequence.computed + count):
            return 0
        drafts = self._after_prompt(sequence, count)
        work.append(Work(sequence, count, drafts, kind=CERTAIN))
        return count

    def _after_prompt(self, sequence: Sequence, count: int) -> tuple[int, ...]:
        """What must follow a prompt whose last piece this is, as far as there are pages."""
        if sequence.computed + count < len(sequence.tokens):
            return ()
        drafts = certain(sequence, min(self.limits.draft_tokens, STEP_MOST - 1))
        return drafts if self._grow(sequence, sequence.computed + count + len(drafts)) else ()

    def _admit(self) -> bool:
        """Start the first waiting sequence that may start, if its whole prompt finds room now."""
        sequence = next((s for s in self.waiting if s.after is None or not _must_wait(s.after)), None)
        if sequence is None:
            return False
        pages, keys = self.blocks.match(sequence.tokens)
        matched = len(pages)
        if self.states is not None and (known := self.states.known(keys)) < matched:
            self.blocks.release(pages[known:])
            pages, keys = pages[:known], keys[:known]
        needed = -(-len(sequence.tokens) // self.blocks.page_size) - len(pages)
        if needed > self.blocks.available and self.running:
            self.blocks.release(pages)
            return False
        self.waiting.remove(sequence)
        sequence.pages, sequence.page_keys = pages, keys
        sequence.computed = sequence.draft_computed = len(pages) * self.blocks.page_size
        if self.states is not None:
            self.states.admit(sequence, matched, keys)
        if sequence.cached_tokens is None:
            sequence.cached_tokens = sequence.computed
        self.running.append(sequence)
        return True

    def _grow(self, sequence: Sequence, tokens: int) -> bool:
        """Give `sequence` pages for `tokens` tokens; False, and nothing taken, if there are not enough free ones."""
        missing = -(-tokens // self.blocks.page_size) - len(sequence.pages)
        if missing > self.blocks.available:
            return False
        for _ in range(missing):
            page = self.blocks.allocate()
            assert page is not None
            sequence.pages.append(page)
        return True

    def _make_room(self, sequence: Sequence, tokens: int) -> bool:
        """`_grow`, preempting the latest admitted sequences. False: `sequence` itself was the latest."""
        while not self._grow(sequence, tokens):
            victim = self.running[-1]
            self._preempt(victim)
            if victim is sequence:
                return False
        return True

    def _preempt(self, sequence: Sequence) -> None:
        self.running.remove(sequence)
        self._drop_pages(sequence)
        self.waiting.appendleft(sequence)
        self.preemptions += 1

    def _drop_pages(self, sequence: Sequence) -> None:
        if self.states is not None:
            self.states.release(sequence)
        self.blocks.release(sequence.pages)
        sequence.pages, sequence.page_keys = [], []
        sequence.computed = sequence.draft_computed = 0
        sequence.slid = False  # what is computed now is that of its tokens alone

    def advance(self, sequence: Sequence, count: int) -> None:
        """`count` more tokens of `sequence` are computed: its newly full pages may be shared."""
        sequence.computed += count
        sequence.draft_computed = min(sequence.draft_computed, sequence.computed)
        size = self.blocks.page_size
        while not sequence.slid and (len(sequence.page_keys) + 1) * size <= sequence.computed:
            n = len(sequence.page_keys)
            previous = sequence.page_keys[-1] if sequence.page_keys else b""
            key = page_key(previous, sequence.tokens[n * size : (n + 1) * size])
            sequence.page_keys.append(key)
            self.blocks.publish(sequence.pages[n], key)
        if self.states is not None:
            self.states.publish(sequence)


def _must_wait(sibling: Sequence) -> bool:
    return sibling.finish is None and sibling.prefilling
