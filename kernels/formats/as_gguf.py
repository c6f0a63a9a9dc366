"""Other formats in GGUF's blocks: bit for bit where a block can say the same, else with the least loss.

| from | becomes | loss |
|---|---|---|
| 4-bit integers, groups of 32·n, zero point 8 | Q4_0 | none with half-precision scales |
| 4-bit integers, groups of 32·n, other zero points | Q4_1 | -scale · zero is rounded to half precision |
| 8-bit integers, groups of 32·n, zero point 128; INT8 rows | Q8_0 | none with half-precision scales |
| ParetoQ | Q4_0 | the scale is rounded to half precision |
| all else (act-order, E8P, QuEST, MatQuant, FP8) | Q8_0 | rounded anew |
"""

from __future__ import annotations

from typing import Any

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats import layout_of
from konspekt.kernels.formats.grouped import Grouped
from konspekt.kernels.formats.paretoq import LEVELS, ParetoQ
from konspekt.kernels.formats.rowwise import Rowwise
from konspekt.kernels.tensor import QuantizedTensor

SIZE = 32  # weights per block


def gguf_type(packed: Any) -> str:
    """What `as_gguf` makes of a matrix."""
    if isinstance(packed, QuantizedTensor):
        return packed.type_name
    if isinstance(packed, ParetoQ):
        return "Q4_0"
    if not isinstance(packed, Grouped) or packed.bits == 8 or not _in_blocks(packed):
        return "Q8_0"
    return "Q4_0" if bool((packed.zeros == 8).all()) else "Q4_1"


def as_gguf(packed: Any) -> QuantizedTensor:
    """The same matrix as `gguf_type` says. Raises: KernelError when its columns do not divide into blocks."""
    if isinstance(packed, QuantizedTensor):
        return packed
    if packed.shape[1] % SIZE:
        raise KernelError(f"{packed.shape[1]} columns do not divide into blocks of {SIZE}")
    kind = gguf_type(packed)
    if isinstance(packed, ParetoQ):
        return _pareto(packed)
    if isinstance(packed, Rowwise) and packed.codes.dtype == torch.int8:
        return _made("Q8_0", packed.codes, packed.scales[:, None])
    if isinstance(packed, Grouped) and _in_blocks(packed):
        if kind == "Q4_0":
            return _made("Q4_0", packed.codes, packed.scales)
        if kind == "Q4_1":
            return _made("Q4_1", packed.codes, packed.scales, -packed.scales.float() * packed.zeros.float())
        if bool((packed.zeros == 128).all()):
            return _made("Q8_0", packed.codes.to(torch.int16) - 128, packed.scales)
    return _rounded(packed.dequantize())


def _in_blocks(packed: Grouped) -> bool:
    return packed.in_order and packed.shape[1] // packed.scales.shape[1] % SIZE == 0


def loss(packed: Any, made: QuantizedTensor) -> float:
    """Squared error of what was made, relative to the squared size of what it was made from; 0.0 is bit for bit."""
    want = packed.dequantize()
    if torch.equal(made.dequantize(), want):
        return 0.0
    return float((made.dequantize() - want).double().square().sum() / want.double().square().sum().clamp_min(1e-30))


def _made(name: str, codes: torch.Tensor, scales: torch.Tensor, least: torch.Tensor | None = None) -> QuantizedTensor:
    """codes [out, in]; scales, least [out, groups], repeated for each block of a group."""
    blocks = codes.shape[1] // SIZE
    fields = {"codes": codes.reshape(-1, SIZE).to(torch.int8 if name == "Q8_0" else torch.uint8).numpy()}
    for key, value in (("d", scales), ("m", least)):
        if value is not None:
            wide = value.float().repeat_interleave(blocks // value.shape[1], 1).reshape(-1, 1)
            if bool((wide.abs() > 65504).any()):
                raise KernelError("a scale is beyond half precision")
            fields[key] = wide.numpy()
    return QuantizedTensor.from_gguf(layout_of(name).pack(fields), name, (codes.shape[0], codes.shape[1]))


def _pareto(packed: ParetoQ) -> QuantizedTensor:
    """Levels are whole multiples of the least distance between a level and zero, at most 8 of them."""
    levels = torch.tensor(LEVELS[packed.bits])
    unit = float(levels[levels != 0].abs().min())
    whole = (levels / unit).round().to(torch.int16) + 8
    return _made("Q4_0", whole[packed.codes().long()], packed.scales[:, None] * unit)


def _rounded(weight: torch.Tensor) -> QuantizedTensor:
    blocks = weight.reshape(-1, SIZE)
    d = (blocks.abs().amax(1, keepdim=True) / 127).half().float()
    codes = (blocks / torch.where(d == 0, torch.ones_like(d), d)).round().clamp(-127, 127)
    return _made("Q8_0", codes.reshape(weight.shape), d.reshape(len(weight), -1))
