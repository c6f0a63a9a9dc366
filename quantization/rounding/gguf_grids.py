"""The grids of GGUF: blocks of 32, and the K formats, whose steps are small integers times one scale for 256 weights.

Fitted as ggml does (ggml-quants.c): symmetric formats give the weight that is largest the code that has no
counterpart, -8 of -8 … 7; those with a least value reach from it to the largest.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from konspekt.kernels import QuantizedTensor
from konspekt.kernels.formats import layout_of
from konspekt.kernels.formats.legacy import IQ4_NL_LEVELS
from konspekt.quantization.rounding.grids import Fit, counting, half

Reach = tuple[torch.Tensor, torch.Tensor]
_IQ4_NL = torch.from_numpy(IQ4_NL_LEVELS).float()


def _from_least_to_largest(pieces: torch.Tensor, shrink: float, levels: int) -> Reach:
    low, high = pieces.amin(-1), pieces.amax(-1)
    middle, reach = (low + high) / 2, (high - low) / 2 * shrink
    return 2 * reach / (levels - 1), middle - reach


def _symmetric(pieces: torch.Tensor, shrink: float, half: int) -> Reach:
    largest = pieces.gather(-1, pieces.abs().argmax(-1, keepdim=True))[..., 0]
    step = -largest * shrink / half
    return step, -half * step


def _bytes(name: str, codes: torch.Tensor, below: int, fit: Fit) -> QuantizedTensor:
    """below: what the format's own codes are less than ours."""
    layout = layout_of(name)
    blocks = codes.reshape(-1, layout.block_size)
    own = blocks if below == 0 else (blocks.to(torch.int16) - below).to(torch.int8)
    fields = {"codes": own.numpy()} | {key: value.numpy() for key, value in fit.fields.items()}
    return QuantizedTensor.from_gguf(layout.pack(fields), name, (codes.shape[0], codes.shape[1]))


@dataclass(frozen=True, slots=True)
class BlockGrid:
    """Q4_0 … Q8_0 and IQ4_NL: 32 weights with a half-precision step, `_1` with a half-precision least value too."""

    name: str
    size: int = 32
    groups: int = 1

    @property
    def free(self) -> bool:
        return self.name.endswith("_1")

    @property
    def levels(self) -> torch.Tensor:
        if self.name == "IQ4_NL":
            return _IQ4_NL
        return counting(1 << int(self.name[1]))

    def reach(self, pieces: torch.Tensor, shrink: float, importance: torch.Tensor | None) -> Reach:
        if self.free:
            return _from_least_to_largest(pieces, shrink, len(self.levels))
        if self.name == "IQ4_NL":
            step, _ = _symmetric(pieces, shrink, 127)
            return step, torch.zeros_like(step)
        if self.name == "Q8_0":
            step = pieces.abs().amax(-1) * shrink / 127
            return step, -128 * step
        return _symmetric(pieces, shrink, len(self.levels) // 2)

    def settle(self, step: torch.Tensor, offset: torch.Tensor) -> Fit:
        step = half(step)
        offset = half(offset) if self.free else -step * (0 if self.name == "IQ4_NL" else len(self.levels) // 2)
        return Fit(step, offset, {"d": step, "m": offset} if self.free else {"d": step})

    def pack(self, codes: torch.Tensor, fit: Fit) -> QuantizedTensor:
        return _bytes(self.name, codes, 128 if self.name == "Q8_0" else 0, fit)


@dataclass(frozen=True, slots=True)
class AffineKGrid:
    """Q2_K, Q4_K, Q5_K: steps and mins of `scale_bits` bits each; mins only lower the least value, never raise it."""

    name: str
    bits: int
    size: int
    scale_bits: int
    free: bool = True

    @property
    def groups(self) -> int:
        return 256 // self.size

    @property
    def levels(self) -> torch.Tensor:
        return counting(1 << self.bits)

    def reach(self, pieces: torch.Tensor, shrink: float, importance: torch.Tensor | None) -> Reach:
        low, high = pieces.amin(-1), pieces.amax(-1)
        low, high = low.clamp_max(0), torch.maximum(high, low.clamp_max(0))
        cut = (high - low) * (1 - shrink) / 2
        least = torch.where(low < 0, low + cut, low)
        return (high - cut - least) / ((1 << self.bits) - 1), least

    def settle(self, step: torch.Tensor, offset: torch.Tensor) -> Fit:
        d, scales = self._small(step.clamp_min(0))
        dmin, mins = self._small(-offset.clamp_max(0))
        fields = {"d": d, "dmin": dmin, "scales": scales.to(torch.uint8), "mins": mins.to(torch.uint8)}
        return Fit(d * scales, -dmin * mins, fields)

    def _small(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        top = (1 << self.scale_bits) - 1
        d = half(values.amax(1, keepdim=True) / top)
        return d, (values / torch.where(d == 0, torch.ones_like(d), d)).round().clamp(0, top)

    def pack(self, codes: torch.Tensor, fit: Fit) -> QuantizedTensor:
        return _bytes(self.name, codes, 0, fit)


@dataclass(frozen=True, slots=True)
class CentredKGrid:
    """Q3_K and Q6_K: signed steps of `scale_bits` bits, codes as many below zero as above."""

    name: str
    bits: int
    scale_bits: int
    size: int = 16
    groups: int = 16
    free: bool = False

    @property
    def levels(self) -> torch.Tensor:
        return counting(1 << self.bits)

    def reach(self, pieces: torch.Tensor, shrink: float, importance: torch.Tensor | None) -> Reach:
        return _symmetric(pieces, shrink, 1 << (self.bits - 1))

    def settle(self, step: torch.Tensor, offset: torch.Tensor) -> Fit:
        top = 1 << (self.scale_bits - 1)
        largest = step.gather(1, step.abs().argmax(1, keepdim=True))
        d = half(-largest / top)
        scales = (step / torch.where(d == 0, torch.ones_like(d), d)).round().clamp(-top, top - 1)
        made = d * scales
        return Fit(made, -made * (1 << (self.bits - 1)), {"d": d, "scales": scales.to(torch.int8)})

    def pack(self, codes: torch.Tensor, fit: Fit) -> QuantizedTensor:
        return _bytes(self.name, codes, 1 << (self.bits - 1), fit)
