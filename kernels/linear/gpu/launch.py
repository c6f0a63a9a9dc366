"""`linear` through Triton: checks, the packed bits on the device, and which kernel runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats.legacy import IQ4_NL_LEVELS
from konspekt.kernels.linear import dense
from konspekt.kernels.linear.gpu.configs import (
    GEMV_ROWS,
    few_tile,
    gemm_tile,
    held_bytes,
)
from konspekt.kernels.linear.gpu.layout import (
    Planes,
    Walk,
    split,
    walk_of,
)
from konspekt.kernels.tensor import QuantizedTensor
from konspekt.kernels.triton.available import architecture, require

ONE = 0x3F800000  # the bits of 1.0
FLOATS = (torch.float16, torch.bfloat16, torch.float32)


def key_of(device: torch.device) -> str:
    """The key under which `QuantizedTensor.prepared` keeps the bits of this device."""
    return f"gpu {device}"


def planes_of(w: QuantizedTensor, device: torch.device) -> Planes:
    """The packed bits on `device`, put there at first use and kept with the tensor."""
    found = w.prepared.get(key_of(device))
    if not isinstance(found, Planes):
        found = w.prepared[key_of(device)] = split(w, device)
    return found


def place(w: QuantizedTensor, device: torch.device) -> QuantizedTensor:
    """The packed bits on `device` now. Raises: KernelError for a format that the GPU kernels do not have."""
    if w.type_name in dense.TYPES:
        dense.dense_of(w, device)
    else:
        planes_of(w, device)
    return w


def constants(walk: Walk, name: str, group: int = 0) -> dict[str, Any]:
    """What both kernels are specialised for. group: columns that share a scale, where the format has no blocks."""
    return {
        "FORMAT": name, "HAS_HIGH": bool(walk.high), "BLOCK": walk.block, "PLANES": walk.planes,
        "CHUNKS": walk.chunks, "WIDTH": walk.width, "REPEAT": walk.repeat, "FAR": walk.far, "NEAR": walk.near,
        "HIGH_BYTES": walk.high_bytes, "SCALE_BYTES": walk.scale_bytes, "HALVES": len(walk.d), "GROUP": group,
    }  # fmt: skip


def check(x: torch.Tensor, bias: torch.Tensor | None) -> None:
    """Raises: BackendUnavailable without Triton or a GPU, KernelError for a type without a kernel."""
    require(x.device)
    if x.dtype not in FLOATS:
        raise KernelError(f"x must be float16, bfloat16 or float32 on a GPU, got {x.dtype}")
    if bias is not None and bias.device != x.device:
        raise KernelError(f"the bias is on {bias.device}, x on {x.device}: move one of them")


@dataclass(frozen=True, slots=True)
class Slots:
    """Rows of a product with experts, whose weights lie below one another: slot s is row s // share of x's.

    expert: int64 [count], of each slot; or with order (int32 [blocks · size], a slot or -1) int32 [blocks], of each
    block of `size` slots, or -1.
    """

    count: int
    share: int
    expert: torch.Tensor
    order: torch.Tensor | None = None
    size: int = 1


def launch(  # noqa: PLR0917
    x: torch.Tensor, planes: Planes, walk: Walk, name: str, out_features: int, bias: torch.Tensor | None = None,
    group: int = 0, levels: torch.Tensor | None = None, slots: Slots | None = None,
) -> torch.Tensor:  # fmt: skip
    """x [rows, in_features], checked -> float32 [rows, out_features], or [slots, …] with experts' weights.

    levels: the format's own table, if any.
    """
    from konspekt.kernels.linear.gpu.gemm_kernel import gemm_kernel
    from konspekt.kernels.linear.gpu.gemv_kernel import gemv_kernel

    m = len(x) if slots is None else slots.count
    out = torch.empty(m, out_features, dtype=torch.float32, device=x.device)
    if not m:
        return out
    few = m <= GEMV_ROWS if slots is None else slots.order is None
    if few:
        rows, outputs = (m, out_features) if slots is None else (1, out_features * m)
        tile = few_tile(walk, rows, outputs, interpreted=x.device.type == "cpu")
        shape = {"ROWS": tile.rows, "PARTS": tile.chunks, "HELD": held_bytes(walk, x.element_size())}
    else:
        tile = gemm_tile(walk, m if slots is None else slots.size, x.element_size(), architecture(x.device))
        shape = {"BLOCK_M": tile.rows, "BLOCK_C": tile.chunks}
    grid = (-(-out_features // tile.outputs), -(-m // tile.rows) if slots is None else len(slots.expert))
    levels = _levels(x.device) if levels is None else levels
    expert, order = (None, None) if slots is None else (slots.expert, slots.order)
    given = (x, planes.codes, planes.high, planes.scales, planes.d, levels, out if bias is None else bias, out)
    sent = tuple(out if part is None else part for part in ((expert,) if few else (expert, order)))
    sizes = (m, out_features, x.shape[1], 1 if slots is None else slots.share, *x.stride(), out.stride(0), ONE)
    (gemv_kernel if few else gemm_kernel)[grid](
        *given, *sent, *sizes, **shape, BLOCK_N=tile.outputs, EXPERTS=slots is not None, HAS_BIAS=bias is not None,
        **constants(walk, name, group), num_warps=tile.warps, num_stages=tile.stages,
    )  # fmt: skip
    return out


def linear(x: torch.Tensor, w: QuantizedTensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """x · Wᵀ + bias; x [..., in_features] on a GPU, of any strides -> float32 [..., out_features].

    Up to GEMV_ROWS rows products are float32; more are multiplied in x's own type (float32 as TF32), summed in float32.

    Raises: BackendUnavailable without Triton or a GPU, KernelError for a format or a type without a kernel.
    """
    check(x, bias)
    if w.type_name in dense.TYPES:
        return dense.linear(x, w, bias)
    rows = x.reshape(-1, x.shape[-1])
    y = launch(rows, planes_of(w, x.device), walk_of(w.type_name), w.type_name, w.out_features, bias)
    return y.reshape(*x.shape[:-1], w.out_features)


def linear_group(
    x: torch.Tensor, weights: Sequence[QuantizedTensor], biases: Sequence[torch.Tensor | None]
) -> list[torch.Tensor]:
    return [linear(x, w, bias) for w, bias in zip(weights, biases, strict=True)]


_tables: dict[torch.device, torch.Tensor] = {}


def _levels(device: torch.device) -> torch.Tensor:
    if device not in _tables:
        _tables[device] = torch.from_numpy(IQ4_NL_LEVELS).to(device, torch.float32)
    return _tables[device]
