"""Every type of packed weight, arranged for the GPU kernels: `arranged(w, device)`, at first use and then kept.

A class of weights takes part by being `Packed`, and with a function registered here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats.e8p import E8P, RESIDUAL, RESIDUAL_SHORT
from konspekt.kernels.formats.grouped import Grouped
from konspekt.kernels.formats.matquant import MatQuant
from konspekt.kernels.formats.paretoq import ParetoQ
from konspekt.kernels.formats.quest import Quest
from konspekt.kernels.formats.rowwise import Rowwise
from konspekt.kernels.formats.words import unpack_bytes
from konspekt.kernels.linear.gpu import rows
from konspekt.kernels.linear.gpu.layout import Planes, Walk
from konspekt.kernels.packed import Packed


@dataclass(frozen=True, slots=True)
class Arranged:
    """Matrices, how to walk them, and the name under which the kernels know them.

    group: columns of a scale, where there are groups; order: of x's columns, where act-order moved them; levels: the
    table of the format; scales float32 [out] and sums int32 [out]: what products of integers take besides.
    """

    planes: Planes
    walk: Walk
    name: str
    group: int = 0
    order: torch.Tensor | None = None
    levels: torch.Tensor | None = None
    scales: torch.Tensor | None = None
    sums: torch.Tensor | None = None


def arranged(w: Packed, device: torch.device) -> Arranged:
    """Raises: KernelError for a type of weight, or a number of bits, that no GPU kernel multiplies with."""
    key = f"arranged {device} {w.precision if isinstance(w, MatQuant) else ''}"
    found = w.prepared.get(key)
    if not isinstance(found, Arranged):
        found = w.prepared[key] = arrange(w, device)
    return found


@singledispatch
def arrange(w: object, device: torch.device) -> Arranged:
    raise KernelError(f"the GPU kernels have no product with a {type(w).__name__}")


# 32 columns per block, arranged as Q4_0 has them: column i in the low nibble of byte i, column i + 16 in the high one.
GROUPED = {4: Walk(32, 2, 16, 1, 32, 16, "codes"), 8: Walk(32, 1, 32, 1, 32, 0, "codes")}


def group_size(w: Grouped) -> int:
    """Raises: KernelError unless all groups have the same number of columns, a multiple of 32."""
    columns, groups = w.shape[1], w.scales.shape[1]
    size = columns // groups
    if size % 32 or not bool((w.group.bincount(minlength=groups) == size).all()):
        raise KernelError(f"{columns} columns in {groups} groups: groups must be equal and multiples of 32 columns")
    return size


@arrange.register
def _(w: Grouped, device: torch.device) -> Arranged:
    if w.bits not in GROUPED:
        raise KernelError(f"the GPU kernels multiply with 4 and 8 bits, this weight has {w.bits}")
    size = group_size(w)
    order = None if w.in_order else w.group.argsort(stable=True)
    codes = w.codes if order is None else w.codes[:, order]
    if w.bits == 4:
        halves = codes.reshape(len(codes), -1, 2, 16)
        codes = (halves[:, :, 0] | (halves[:, :, 1] << 4)).reshape(len(codes), -1)
    planes = Planes(_on(codes, device), absent(device), _on(w.zeros, device), _on(w.scales, device))
    return Arranged(planes, GROUPED[w.bits], f"INT{w.bits}", size, None if order is None else order.to(device))


def _on(part: torch.Tensor, device: torch.device) -> torch.Tensor:
    return part.contiguous().to(device)


def absent(device: torch.device) -> torch.Tensor:
    return torch.zeros(1, dtype=torch.uint8, device=device)


def _rows(  # noqa: PLR0917
    name: str, device: torch.device, codes: torch.Tensor, scales: torch.Tensor, step: float,
    offset: float | torch.Tensor, high: torch.Tensor | None = None, low: torch.Tensor | None = None,
) -> Arranged:  # fmt: skip
    """weight = scales · step · (u + offset), as the kernels of gpu_rows.py have it."""
    pairs = torch.stack([scales.double() * step, torch.as_tensor(offset).double().expand(len(scales))], 1).float()
    upper, lower = (absent(device) if part is None else _on(part, device) for part in (high, low))
    planes = Planes(_on(codes, device), upper, lower, _on(pairs, device))
    return Arranged(planes, rows.WALKS[name], name)


@arrange.register
def _(w: Rowwise, device: torch.device) -> Arranged:
    codes = rows.fill_up(w.codes.view(torch.uint8), 32)
    if w.codes.dtype == torch.int8:  # u = 1 + (code + 128) / 256
        made = _rows("SIGNED8", device, codes, w.scales, 256.0, -1.5)
    else:
        made = _rows("E4M3", device, codes, w.scales, 1.0, 0.0)
    return replace(made, scales=_on(w.scales.float(), device))


@arrange.register
def _(w: ParetoQ, device: torch.device) -> Arranged:
    codes = w.codes()
    if w.bits == "1":
        return _rows("SIGN", device, rows.in_planes(codes, 1), w.scales, 4.0, -1.25)
    if w.bits == "1.58":
        return _rows("TERNARY", device, rows.ternary(codes), w.scales, 8 / 3, -1.25)
    if w.bits == "2":
        return _rows("TWO", device, rows.in_planes(codes, 2), w.scales, 2.0, -1.375)
    if w.bits == "3":
        low = rows.in_planes(rows.fill_up(codes & 3, 256), 2)
        return _rows("THREE", device, low, w.scales, 8.0, -1.5, rows.third_bits(codes))
    return _rows("FOUR", device, rows.in_planes(codes, 4), w.scales, 16.0, -1.5)


@arrange.register
def _(w: MatQuant, device: torch.device) -> Arranged:
    """Each matrix of bits goes to the device once, whatever precisions are asked for."""

    def kept(name: str, part: torch.Tensor, bits: int) -> torch.Tensor:
        key = f"{name} {device}"
        if key not in w.prepared:
            codes = rows.fill_up(unpack_bytes(part, bits), 128)
            w.prepared[key] = _on(rows.in_planes(codes, bits), device)
        return torch.as_tensor(w.prepared[key])

    middle = ((1 << (8 - w.precision)) - 1) / 2  # cut codes stand for the middle of what they were cut from
    offset = (middle - w.zeros.double()) / 256 - 1
    high = None if w.middle is None else kept("middle", w.middle, 2)
    low = None if w.low is None else kept("low", w.low, 4)
    name = {2: "TWO", 4: "MAT4", 8: "MAT8"}[w.precision]
    return _rows(name, device, kept("top", w.top, 2), w.scales, 256.0, offset, high, low)


@arrange.register
def _(w: Quest, device: torch.device) -> Arranged:
    """Odd integers 2 · code - (2^bits - 1); for products of integers codes less 2^(bits-1), and their sums."""
    codes = unpack_bytes(w.packed, w.bits)
    if w.bits == 4:  # u = 1 + code / 16
        made = _rows("FOUR", device, rows.in_planes(codes, 4), w.scales, 32.0, -47 / 32)
    else:
        made = _rows("SIGNED8", device, rows.fill_up(codes ^ 0x80, 32), w.scales, 512.0, -767 / 512)
    sums = (codes.int() - (1 << (w.bits - 1))).sum(1, dtype=torch.int32)
    return replace(made, scales=_on(w.scales.float(), device), sums=_on(sums, device))


@arrange.register
def _(w: E8P, device: torch.device) -> Arranged:
    codes, residual = rows.fill_up(w.codes, 32), None if w.residual is None else rows.fill_up(w.residual, 32)
    offset, name = -43 / 32, f"E8P{w.bits}"  # point = (2 · code - 11) / 4 and u = 1 + code / 16
    if w.bits == 3:
        offset -= 1.25 / RESIDUAL_SHORT
    elif w.bits == 4:
        offset -= 43 / 32 / RESIDUAL
    levels = torch.cat([rows.lattice_table(), rows.short_table()]).to(device)
    return replace(_rows(name, device, codes, w.scales, 8.0, offset, residual), levels=levels)
