"""States of a model with recurrent layers, beside the pages: one for each running answer, and some at ends of prefixes.

A page's keys serve whoever has the same tokens before them; a state serves only who has exactly its tokens. It takes
megabytes (50 for the 4B), so that it is kept at few places, each the end of a page:

- at the last one within a prompt, where the next turn of a talk and other answers to it go on;
- where a prompt left the pages that an earlier one had filled: the end of a beginning that prompts share.

Who finds pages but no state at their end computes from the latest state before it, and leaves one there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Sequence as Rows
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from konspekt.kernels import DeltaLayer, StateUse, functional

if TYPE_CHECKING:
    from konspekt.serving.engine.scheduler import Work
    from konspekt.serving.engine.sequence import Sequence

KEPT_BYTES = 256 << 20  # of states at ends of prefixes, though at least
LEAST_KEPT = 2


def kept_states(state_bytes: int) -> int:
    """How many states at ends of prefixes are kept."""
    return max(LEAST_KEPT, KEPT_BYTES // state_bytes)


@dataclass(slots=True)
class Held:
    """Of one running answer. `ahead`: ends of pages in its prompt after which its state is wanted; `left`: those that
    were written on the way and wait for the page's key; `journal`: what its latest drafts gave the rule."""

    state: torch.Tensor
    ahead: list[int] = field(default_factory=list)
    left: dict[int, torch.Tensor] = field(default_factory=dict)
    journal: torch.Tensor | None = None


class States:
    """new: makes room for a state. layers: those with one, in order. keep: at ends of prefixes, too. Memory is taken
    when it is first needed."""

    def __init__(
        self, new: Callable[[], torch.Tensor], layers: Rows[DeltaLayer], page_size: int, *, keep: bool = True
    ) -> None:
        self._new, self._layers, self._page_size = new, list(layers), page_size
        self._free: list[torch.Tensor] = []
        self._held: dict[int, Held] = {}  # by sequence
        self._at: OrderedDict[bytes, torch.Tensor] = OrderedDict()  # by the key of the page, the longest unused first
        first = new()
        self._free.append(first)
        self._device = first.device
        self._most = kept_states(first.nbytes) if keep else 0

    @property
    def kept(self) -> int:
        return len(self._at)

    def known(self, keys: Rows[bytes]) -> int:
        """How many of a prefix's pages may be used: up to the last that has a state at its end."""
        return next((count for count in range(len(keys), 0, -1) if keys[count - 1] in self._at), 0)

    def admit(self, sequence: Sequence, matched: int, keys: Rows[bytes]) -> None:
        """`sequence` begins, with the state after the pages of `keys`, all that it has of the `matched` ones that hold
        its tokens."""
        held = self._held[sequence.id] = Held(self._room())
        if keys:
            self._at.move_to_end(keys[-1])
            held.state.copy_(self._at[keys[-1]])
        size, begin = self._page_size, len(keys)
        last = (len(sequence.tokens) - 1) // size
        held.ahead = sorted({page * size for page in (matched, last) if page > begin}) if self._most else []

    def use(self, item: Work) -> StateUse:
        """What a step reads and writes of this one's state."""
        sequence, held = item.sequence, self._held[item.sequence.id]
        begin, end = sequence.computed, sequence.computed + item.count
        writes: list[tuple[int, torch.Tensor]] = []
        for place in [place for place in held.ahead if begin < place <= end]:
            held.left[place] = self._room()
            writes.append((place - begin, held.left[place]))
        held.ahead = [place for place in held.ahead if place > end]
        held.journal = self._journal(len(item.drafts)) if item.drafts else None
        return StateUse(held.state if begin else None, (*writes, (item.count, held.state)), held.journal)

    def settle(self, sequence: Sequence, right: int) -> None:
        """So many of its latest drafts were right: they become part of its state, the others never were."""
        held = self._held[sequence.id]
        if held.journal is not None and right:
            for i, layer in enumerate(self._layers):
                s = layer.rule.sizes
                noted = torch.split(held.journal[i, :right], [s.channels, s.value_heads, s.value_heads], dim=1)
                mixed, decay, beta = (part.contiguous() for part in noted)
                use = StateUse(held.state, ((right, held.state),))
                functional.delta_rule(mixed, decay, beta, layer.rule, [use], [right], i)
        held.journal = None

    def publish(self, sequence: Sequence) -> None:
        """Its pages have keys now: states at the ends of them can be found."""
        held = self._held[sequence.id]
        for place in [place for place in held.left if place <= len(sequence.page_keys) * self._page_size]:
            key, state = sequence.page_keys[place // self._page_size - 1], held.left.pop(place)
            if key in self._at:
                self._free.append(state)
                continue
            self._at[key] = state
            while len(self._at) > self._most:
                self._free.append(self._at.popitem(last=False)[1])

    def release(self, sequence: Sequence) -> None:
        """It has ended, or must begin anew."""
        if (held := self._held.pop(sequence.id, None)) is not None:
            self._free += [held.state, *held.left.values()]

    def _room(self) -> torch.Tensor:
        return self._free.pop() if self._free else self._new()

    def _journal(self, drafts: int) -> torch.Tensor:
        return torch.empty(len(self._layers), drafts, self._layers[0].rule.sizes.noted, device=self._device)
