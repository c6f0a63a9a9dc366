"""What a sequence leaves behind in layers with the delta rule, and which of it a step reads and writes."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from konspekt.kernels.errors import KernelError

MOST_WRITES = 4  # of one sequence in one step


@dataclass(frozen=True, slots=True)
class DeltaSizes:
    """Of a layer. `taps`: how many tokens the convolution sees, the latest included."""

    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int
    taps: int

    @property
    def channels(self) -> int:
        """Of q, k and v together, which the convolution runs over."""
        return 2 * self.key_heads * self.key_dim + self.value_heads * self.value_dim

    @property
    def values(self) -> int:
        return self.value_heads * self.value_dim

    @property
    def memory(self) -> int:
        """Numbers of the heads' matrices."""
        return self.value_heads * self.key_dim * self.value_dim

    @property
    def state(self) -> int:
        """Numbers of a layer's state: [value_heads, key_dim, value_dim] and behind it, oldest first, what the
        convolution will still see: [taps - 1, channels]."""
        return self.memory + (self.taps - 1) * self.channels

    @property
    def noted(self) -> int:
        """Numbers of one token in a journal: what the products gave the rule."""
        return self.channels + 2 * self.value_heads


@dataclass(frozen=True, slots=True)
class StateUse:
    """Of one sequence in one step. A state is float32 [layers with states, DeltaSizes.state].

    read     what its tokens before this step left; None: there are none.
    writes   (after how many of its tokens, into which state), the fewest first; `read` itself may be the last.
    journal  float32 [layers, drafts, DeltaSizes.noted]: gets the inputs of its last tokens, whose effect is not
             written, so that as many of them as turn out right can be applied later.
    """

    read: torch.Tensor | None = None
    writes: tuple[tuple[int, torch.Tensor], ...] = ()
    journal: torch.Tensor | None = None

    def check(self, sizes: DeltaSizes, count: int, layer: int) -> None:
        """Raises: KernelError."""
        for state in [*([] if self.read is None else [self.read]), *(state for _, state in self.writes)]:
            if state.dtype != torch.float32 or state.ndim != 2 or state.shape[1] != sizes.state:
                raise KernelError(f"a state of shape {tuple(state.shape)} must be float32 [layers, {sizes.state}]")
            if layer >= len(state) or not state.is_contiguous():
                raise KernelError(f"a state of {len(state)} layers has no layer {layer}, or is not contiguous")
        after = [written for written, _ in self.writes]
        if len(after) > MOST_WRITES or after != sorted(after) or (after and not 0 < after[0] <= after[-1] <= count):
            raise KernelError(f"states cannot be written after {after} of {count} tokens")
        if self.journal is not None:
            journal = self.journal
            fits = journal.ndim == 3 and journal.shape[0] > layer and journal.shape[2] == sizes.noted
            if not fits or journal.dtype != torch.float32 or journal.shape[1] > count or not journal.is_contiguous():
                raise KernelError(f"a journal of shape {tuple(journal.shape)} does not fit {count} tokens")
