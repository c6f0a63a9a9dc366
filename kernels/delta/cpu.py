"""`delta_rule` through the C++ backend (kernels/cpu/delta.cpp)."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.cpu import library, packed
from konspekt.kernels.cpu.structs import CDeltaJob, CDeltaNet, CStateUse, float32
from konspekt.kernels.delta.states import MOST_WRITES, StateUse
from konspekt.kernels.errors import KernelError

if TYPE_CHECKING:
    from konspekt.kernels.delta import DeltaLayer, DeltaRule


class Bound:
    """The rule as a C structure, with everything it points to held. layer: whose products and norm are bound too."""

    def __init__(self, rule: DeltaRule, layer: DeltaLayer | None = None) -> None:
        s = rule.sizes
        if s.key_dim % 16 or s.value_dim % 16:
            raise KernelError(f"heads of {s.key_dim} and {s.value_dim} must be multiples of 16")
        names = ("w_mixed", "w_gate", "w_decay", "w_beta", "wo")
        weights = [packed(getattr(layer, name)) if layer is not None else None for name in names]
        vectors = [rule.conv.T, rule.decay, rule.dt_bias, *([layer.norm] if layer is not None else [])]
        self.held = (weights, [float32(x) for x in vectors])
        pointers = [x.data_ptr() for x in self.held[1]] + ([] if layer is not None else [None])
        self.struct = CDeltaNet(
            *(None if weight is None else weight.address for weight in weights),
            *pointers,
            *(s.key_heads, s.value_heads, s.key_dim, s.value_dim, s.taps, int(rule.tiled)),
        )
        self.address = ctypes.addressof(self.struct)


def c_uses(uses: Sequence[StateUse]) -> ctypes.Array[CStateUse]:
    """Good as long as the states are."""
    made = (CStateUse * len(uses))()
    for c, use in zip(made, uses, strict=True):
        c.read = None if use.read is None else use.read.data_ptr()
        if use.journal is not None and use.journal.shape[1]:
            c.journal, c.drafts = use.journal.data_ptr(), use.journal.shape[1]
        c.writes = len(use.writes)
        for i, (after, state) in enumerate(use.writes[:MOST_WRITES]):
            c.after[i], c.target[i] = after, state.data_ptr()
    return made


def delta_rule(  # noqa: PLR0917
    mixed: torch.Tensor,
    decay: torch.Tensor,
    beta: torch.Tensor,
    rule: DeltaRule,
    uses: Sequence[StateUse],
    counts: Sequence[int],
    layer: int,
) -> torch.Tensor:
    inputs = [float32(x) for x in (mixed, decay, beta)]
    bound, states = Bound(rule), c_uses(uses)
    starts = torch.tensor([0, *accumulate(counts)], dtype=torch.int32)
    out = torch.empty(len(mixed), rule.sizes.values)
    job = CDeltaJob(
        bound.address,
        ctypes.addressof(states),
        starts.data_ptr(),
        len(counts),
        layer,
        *(x.data_ptr() for x in inputs),
        out.data_ptr(),
    )
    library().ks_delta(ctypes.byref(job))
    return out
