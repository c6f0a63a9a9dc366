"""`mixture` through Triton: nothing is read back, whatever the tokens choose, so that a CUDA graph can hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.gated import Activation
from konspekt.kernels.gated.gpu import gated
from konspekt.kernels.linear.gpu.configs import GEMV_ROWS
from konspekt.kernels.linear.gpu.launch import (
    Slots,
    key_of,
    launch,
    planes_of,
)
from konspekt.kernels.linear.gpu.layout import Planes, Walk, walk_of
from konspekt.kernels.tensor import QuantizedTensor
from konspekt.kernels.triton.available import require

if TYPE_CHECKING:
    from konspekt.kernels.moe import Experts


@dataclass(frozen=True, slots=True)
class Stacked:
    """One matrix of every expert, stacked. rows: of one expert."""

    planes: Planes
    walk: Walk
    type_name: str
    rows: int
    columns: int


def stack(weights: Sequence[QuantizedTensor], device: torch.device) -> Stacked:
    """Raises: KernelError for a format that the GPU kernels do not have, or for experts of different formats."""
    first = weights[0]
    if any((w.type_name, w.shape) != (first.type_name, first.shape) for w in weights):
        raise KernelError("the experts of a layer must be of one format and shape")
    parts = [planes_of(w, device) for w in weights]
    for w in weights:
        w.prepared.pop(key_of(device))  # they live on in what is joined below
    absent = torch.zeros(1, dtype=torch.uint8, device=device)

    def joined(name: str) -> torch.Tensor:
        fields = [getattr(part, name) for part in parts]
        return absent if fields[0].numel() == 1 else torch.cat(fields)

    planes = Planes(joined("codes"), joined("high"), joined("scales"), joined("d"))
    return Stacked(planes, walk_of(first.type_name), first.type_name, *first.shape)


def place(experts: Experts, device: torch.device) -> tuple[torch.Tensor, Stacked, Stacked, Stacked]:
    """The router, gate, up and down of all experts on `device`, put there at first use and kept."""
    key = f"gpu {device}"
    if key not in experts.prepared:
        matrices = (stack(weights, device) for weights in (experts.gate, experts.up, experts.down))
        experts.prepared[key] = (experts.router.float().to(device), *matrices)
    router, gate, up, down = experts.prepared[key]
    return router, gate, up, down


def sorted_slots(chosen: torch.Tensor, experts: int, size: int) -> Slots:
    """Slots of one expert side by side in blocks of `size`; as many blocks as the worst choice would need.

    chosen: int64 [tokens, used], each slot's expert.
    """
    flat, device = chosen.reshape(-1), chosen.device
    used = chosen.shape[1]
    slots = len(flat)
    counts = torch.zeros(experts, dtype=torch.int64, device=device).scatter_add_(0, flat, torch.ones_like(flat))
    ends = (-(-counts // size) * size).cumsum(0)  # of each expert's blocks, in slots
    blocks = min(slots, experts + slots // size)
    order = flat.argsort(stable=True)
    expert = flat[order]
    before = counts.cumsum(0) - counts
    starts = ends - -(-counts // size) * size
    place_of = starts[expert] + torch.arange(slots, device=device) - before[expert]
    filled = torch.full((blocks * size,), -1, dtype=torch.int32, device=device)
    filled[place_of] = order.to(torch.int32)
    first = torch.arange(blocks, device=device) * size
    owner = torch.searchsorted(ends, first, right=True)
    return Slots(slots, used, torch.where(owner < experts, owner, -1).to(torch.int32), filled, size)


def product(x: torch.Tensor, w: Stacked, slots: Slots) -> torch.Tensor:
    """x [slots / share, columns] -> float32 [slots, rows of an expert]."""
    return launch(x, w.planes, w.walk, w.type_name, w.rows, slots=slots)


def rows_of_block(slots: int, experts: int) -> int:
    """About what an expert gets: padding costs products, small blocks read weights again."""
    return next((size for size in (16, 32) if slots <= size * experts), 64)


def mixture(
    x: torch.Tensor, experts: Experts, activation: Activation, dtype: torch.dtype | None = None
) -> torch.Tensor:
    """x [tokens, features] -> float32 [tokens, features]; products in `dtype`, x's own unless given."""
    from konspekt.kernels.moe import choose

    require(x.device)
    router, gate, up, down = place(experts, x.device)
    bias = None if experts.bias is None else experts.bias.to(x.device)
    chosen, shares = choose(x, router, experts.used, experts.routing, bias)
    if len(x) > GEMV_ROWS:
        slots = sorted_slots(chosen, len(router), rows_of_block(chosen.numel(), len(router)))
    else:
        slots = Slots(chosen.numel(), experts.used, chosen.reshape(-1))
    made = gated(product(x, gate, slots), product(x, up, slots), activation, dtype or x.dtype)
    each = product(made, down, replace(slots, share=1))  # [slots, features]
    return (each.view(*chosen.shape, -1) * shares[:, :, None]).sum(1)
