"""`linear_grouped`: x times integers with a scale and a zero point a group (GPTQ, AWQ, compressed-tensors)."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from kernels.backend import backend_on
from kernels.errors import KernelError
from kernels.formats.grouped import Grouped
from kernels.linear.gpu_layout import Planes, Walk

# 32 columns a block, arranged as Q4_0 has them: column i in the low nibble of byte i, column i + 16 in the high one.
WALKS = {4: Walk(32, 2, 16, 1, 32, 16, "codes"), 8: Walk(32, 1, 32, 1, 32, 0, "codes")}


@dataclass(slots=True)
class GroupedWeight:
    """`w` and its arrangements for devices. Columns are sorted by group, so that act-order costs one gather of x."""

    w: Grouped
    prepared: dict[str, tuple[Planes, torch.Tensor | None]] = field(default_factory=dict, repr=False)

    @property
    def group_size(self) -> int:
        """Raises: KernelError unless all groups have the same number of columns, a multiple of 32."""
        columns, groups = self.w.shape[1], self.w.scales.shape[1]
        size = columns // groups
        if size % 32 or not bool((self.w.group.bincount(minlength=groups) == size).all()):
            raise KernelError(f"{columns} columns in {groups} groups: groups must be equal and multiples of 32 columns")
        return size

    def on(self, device: torch.device) -> tuple[Planes, torch.Tensor | None]:
        """The packed bits there, and the order of columns where they are not in theirs."""
        if str(device) not in self.prepared:
            order = None if self.w.in_order else self.w.group.argsort(stable=True)
            codes = self.w.codes if order is None else self.w.codes[:, order]
            if self.w.bits == 4:
                halves = codes.reshape(len(codes), -1, 2, 16)
                codes = (halves[:, :, 0] | (halves[:, :, 1] << 4)).reshape(len(codes), -1)
            absent = torch.zeros(1, dtype=torch.uint8, device=device)
            parts = (part.contiguous().to(device) for part in (codes, self.w.zeros, self.w.scales))
            packed, zeros, scales = parts
            moved = None if order is None else order.to(device)
            self.prepared[str(device)] = Planes(packed, absent, zeros, scales), moved
        return self.prepared[str(device)]


def linear_grouped(x: torch.Tensor, weight: GroupedWeight, bias: torch.Tensor | None = None) -> torch.Tensor:
    """x · Wᵀ + bias; x [..., in_features] -> float32 [..., out_features]. On the CPU only the float64 definition.

    Raises: KernelError for shapes that do not fit, and on a GPU for other than 4 or 8 bits or uneven groups.
    """
    out, columns = weight.w.shape
    if x.shape[-1] != columns:
        raise KernelError(f"x has {x.shape[-1]} features, the weight {weight.w.shape} takes {columns}")
    if backend_on(x.device) != "triton":
        y = x.double() @ weight.w.dequantize().to(x.device).double().T
        return (y if bias is None else y + bias.double()).float()
    from kernels.linear.gpu import check, launch

    check(x, bias)
    if weight.w.bits not in WALKS:
        raise KernelError(f"the GPU kernels multiply with 4 and 8 bits, this weight has {weight.w.bits}")
    size = weight.group_size
    planes, order = weight.on(x.device)
    return launch(
        x if order is None else x[..., order], planes, WALKS[weight.w.bits], f"INT{weight.w.bits}", out, bias, size
    )
