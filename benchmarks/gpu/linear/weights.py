"""Weights of every format: real ones, small, for the checks; random bytes, large, for the times."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from konspekt.kernels.formats import layout_of
from konspekt.kernels.formats.e8p import E8P
from konspekt.kernels.formats.grouped import Grouped, quantize_grouped, uniform_groups
from konspekt.kernels.formats.matquant import MatQuant, quantize_matquant
from konspekt.kernels.formats.paretoq import ParetoQ, quantize_paretoq
from konspekt.kernels.formats.quest import Quest, quantize_quest
from konspekt.kernels.formats.rowwise import Rowwise, quantize_rows
from konspekt.kernels.linear.arrange import GROUPED, Arranged, absent
from konspekt.kernels.linear.gpu import rows as gpu_rows
from konspekt.kernels.linear.gpu.launch import key_of
from konspekt.kernels.linear.gpu.layout import WALKS, Planes, Walk
from konspekt.kernels.tensor import QuantizedTensor

GPTQ_GROUP = 128
# what the goals are about comes first: time may run out before the list ends
NAMES = (
    "Q4_K", "Q6_K", "Q8_0", "gptq int4 g128", "int8", "fp8", "e8p 2", "paretoq 1.58", "Q4_0", "quest 4", "quest 8",
    "paretoq 2", "paretoq 4", "matquant 2", "matquant 4", "matquant 8", "e8p 4", "e8p 3", "paretoq 1", "paretoq 3",
    "Q2_K", "Q3_K", "Q5_K", "Q4_1", "Q5_0", "Q5_1", "IQ4_NL",
)  # fmt: skip
MATQUANT = {2: "TWO", 4: "MAT4", 8: "MAT8"}
PARETOQ = {"1": "SIGN", "1.58": "TERNARY", "2": "TWO", "3": "THREE", "4": "FOUR"}


def small(name: str, out: int, columns: int) -> Any:
    """A real weight of the format (of GGUF and E8P any codes with sensible scales), on the CPU."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(out, columns, generator=generator)
    kind, _, bits = name.partition(" ")
    if kind == "gptq":
        return quantize_grouped(weight, 4, GPTQ_GROUP)
    if kind in ("int8", "fp8"):
        return quantize_rows(weight, "int8" if kind == "int8" else "fp8")
    if kind == "paretoq":
        return quantize_paretoq(weight, bits)  # type: ignore[arg-type]
    if kind == "matquant":
        return quantize_matquant(weight).at(int(bits))  # type: ignore[arg-type]
    if kind == "quest":
        return quantize_quest(weight, int(bits))
    if kind == "e8p":
        codes = torch.randint(-(1 << 15), 1 << 15, (2, out, columns // 8), generator=generator).to(torch.int16)
        residual = {"2": None, "3": codes[1].view(torch.uint8)[:, ::2].contiguous(), "4": codes[1]}[bits]
        return E8P(codes[0], residual, torch.rand(out, generator=generator) + 0.5, 0)
    layout = layout_of(name)
    raw = dict(layout.split(np.random.default_rng(0).integers(
        0, 256, (out * columns // layout.block_size, layout.block_bytes), dtype=np.uint8)))  # fmt: skip
    for scale in ("d", "dmin", "m"):
        if scale in raw:
            raw[scale] = np.random.default_rng(1).uniform(0.001, 0.02, raw[scale].shape).astype(np.float16)
    return QuantizedTensor.from_gguf(layout.join(raw), name, (out, columns))


def large(name: str, out: int, columns: int, device: torch.device) -> tuple[Any, int]:
    """A weight whose bits on the device are random and whose host tensors are never touched; and its bytes there."""
    kind, _, bits = name.partition(" ")
    if kind == "gptq":
        size = (out, columns // GPTQ_GROUP)
        w: Any = Grouped(_never(out, columns), _never(*size, dtype=torch.float16), _never(*size), _zeros(columns), 4)
        planes = Planes(
            _bytes(device, out, columns // 2), absent(device), _bytes(device, *size) & 15,
            torch.rand(*size, device=device).half(),
        )  # fmt: skip
        return _with(w, Arranged(planes, GROUPED[4], "INT4", GPTQ_GROUP), device)
    if kind in WALKS:
        layout = layout_of(name)
        data = np.empty((out, columns // layout.block_size * layout.block_bytes), np.uint8)
        w = QuantizedTensor(data, name, (out, columns))
        planes = _random(WALKS[name], out, columns, device)
        w.prepared[key_of(device)] = planes
        return w, planes.nbytes
    scales, more = torch.rand(out), dict[str, Any]()
    table = {"int8": "SIGNED8", "fp8": "E4M3"}.get(kind, "")
    if kind == "paretoq":
        w, table = ParetoQ(_never(out, 0), scales, bits, columns), PARETOQ[bits]  # type: ignore[arg-type]
    elif kind == "matquant":
        quarter, half = _never(out, columns // 4), _never(out, columns // 2)
        middle, low = (None if bits == "2" else quarter), (half if bits == "8" else None)
        w, table = MatQuant(quarter, middle, low, scales, _never(out)), MATQUANT[int(bits)]
    elif kind == "e8p":
        codes = _never(out, columns // 8, dtype=torch.int16)
        residual = {"2": None, "3": _never(out, columns // 8), "4": codes}[bits]
        w, table = E8P(codes, residual, scales, 0), f"E8P{bits}"
        more["levels"] = torch.cat([gpu_rows.lattice_table(), gpu_rows.short_table()]).to(device)
    else:
        more["scales"] = scales.to(device)
        if kind == "quest":
            w = Quest(_never(out, columns * int(bits) // 8), scales, int(bits), 0)
            table = "FOUR" if bits == "4" else "SIGNED8"
            more["sums"] = torch.zeros(out, dtype=torch.int32, device=device)
        else:
            w = Rowwise(_never(out, columns, dtype=torch.int8 if kind == "int8" else torch.float8_e4m3fn), scales)
    planes = _random(gpu_rows.WALKS[table], out, columns, device, table)
    return _with(w, Arranged(planes, gpu_rows.WALKS[table], table, **more), device)


def _with(w: Any, arranged: Arranged, device: torch.device) -> tuple[Any, int]:
    w.prepared[f"arranged {device} {w.precision if isinstance(w, MatQuant) else ''}"] = arranged
    return w, arranged.planes.nbytes


def _never(*shape: int, dtype: torch.dtype = torch.uint8) -> torch.Tensor:
    return torch.empty(shape, dtype=dtype)


def _zeros(columns: int) -> torch.Tensor:
    return uniform_groups(columns, GPTQ_GROUP)


def _bytes(device: torch.device, *shape: int) -> torch.Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, device=device)


def _random(walk: Walk, out: int, columns: int, device: torch.device, name: str = "") -> Planes:
    blocks = -(-columns // walk.block)
    codes = _bytes(device, out, blocks * walk.chunks * walk.width * (2 if name.startswith("E8P") else 1))
    high = _bytes(device, out, blocks * walk.high_bytes * (2 if name == "E8P4" else 1)) if walk.high else absent(device)
    scales = _bytes(device, out, blocks * walk.scale_bytes) if walk.scale_bytes else absent(device)
    if walk.d:
        d = (torch.rand(out, blocks * len(walk.d), device=device) * 0.02).half()
    else:
        d = torch.rand(out, 2, device=device)
    if name.startswith("E8P"):
        codes, high = codes.view(torch.int16), high.view(torch.int16) if name == "E8P4" else high
    if name == "E4M3":
        codes &= 0x77  # no NaN
    return Planes(codes, high, scales, d)
