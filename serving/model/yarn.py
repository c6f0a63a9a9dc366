"""YaRN: a context stretched by turning slow dimensions slower and fast ones not, between two bounds in between.

Peng et al. 2023 (arXiv 2309.00071, sections 3.2 to 3.4); the bounds are rounded outwards as transformers has it
(`modeling_rope_utils.py`), and GGUF's keys are llama.cpp's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class Yarn:
    """`factor` times as long as `original` tokens. A dimension that turns `fast` times within them keeps its speed,
    one that turns `slow` times is slowed by the whole factor. `warmth` multiplies keys and queries each."""

    factor: float
    original: int
    warmth: float
    fast: float = 32.0
    slow: float = 1.0

    def slowing(self, base: float, dims: int) -> torch.Tensor:
        """What to divide each frequency by: float64 [dims / 2], from 1 to `factor`."""
        first, last = self._turning(self.fast, base, dims), self._turning(self.slow, base, dims)
        low, high = max(math.floor(first), 0), min(math.ceil(last), dims - 1)
        span = high - low if high != low else 0.001
        share = ((torch.arange(dims // 2, dtype=torch.float64) - low) / span).clamp(0, 1)  # of the whole factor
        return 1 / (share / self.factor + 1 - share)

    def _turning(self, turns: float, base: float, dims: int) -> float:
        """The dimension, as a fraction, that turns so many times within `original` tokens."""
        return dims * math.log(self.original / (turns * 2 * math.pi)) / (2 * math.log(base))


def usual_warmth(factor: float) -> float:
    """What the paper found, for those who do not say: attention over a longer context is a little sharper."""
    return 0.1 * math.log(factor) + 1.0 if factor > 1 else 1.0
