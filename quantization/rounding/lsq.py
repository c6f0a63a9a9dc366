"""Learned steps (LSQ, arXiv 1902.08153), a matrix at a time: gradient descent on the error of the layer's outputs.

The whole calibration text is in the Hessian: with E = quantised - original the squared error of the outputs is
tr(E H Eᵀ), and its gradient 2 E H. So a step of training is one product of matrices, whatever the text's length,
and nothing but this matrix and its optimiser are in memory.

Rounding has no gradient; as in LSQ it is taken to be 1 inside the grid and 0 where codes are cut off, and a step's
gradient is (level of the code) - (place of the weight on the grid) inside, the level outside.
"""

from __future__ import annotations

import torch

from konspekt.kernels.packed import Packed
from konspekt.quantization.rounding.grids import Grid
from konspekt.quantization.rounding.hessian import Hessian
from konspekt.quantization.rounding.nearest import gptq_codes, values_of

STEPS = 40
RATE, STEP_RATE = 0.05, 0.01  # of a step per turn, at first: for a weight, and for the step itself
AT_ONCE = 1 << 17  # weights that move together: rows do not depend on each other, and these stay in the cache


def lsq(grid: Grid, weight: torch.Tensor, hessian: Hessian, steps: int = STEPS) -> Packed:
    """Starts from GPTQ's result and keeps, for each row, the best it has seen: never worse than GPTQ.

    weight float32 [out, in]; a grid whose offset is a multiple of its step. Raises: as `gptq`.
    """
    first, codes, seen = gptq_codes(grid, weight, hessian)
    shape = (len(weight), first.step.numel() // len(weight), -1)  # [out, groups of a row, columns of a group]
    step = torch.where(first.step == 0, torch.full_like(first.step, 1e-8), first.step).reshape(shape)
    ratio = (first.offset.reshape(shape) / step).round(decimals=3)
    some = max(1, AT_ONCE // weight.shape[1])
    parts = []
    for at in range(0, len(weight), some):
        rows = slice(at, at + some)
        parts.append(_descend(grid, step[rows], ratio[rows], codes[rows], seen[rows], weight[rows], hessian, steps))
    learnt_step, learnt = torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])
    second = grid.settle(learnt_step.reshape(first.step.shape), (learnt_step * ratio).reshape(first.step.shape))
    errors = [_row_errors(values_of(grid, f, c) - weight, hessian) for f, c in ((first, codes), (second, learnt))]
    better = errors[1] < errors[0]
    pieces = better.repeat_interleave(len(first.step) // len(weight))
    return grid.pack(torch.where(better[:, None], learnt, codes), second.where(pieces, first))


def _descend(  # noqa: PLR0917
    grid: Grid,
    step: torch.Tensor,
    ratio: torch.Tensor,
    codes: torch.Tensor,
    seen: torch.Tensor,
    weight: torch.Tensor,
    hessian: Hessian,
    steps: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The best steps and codes of each row. step, ratio [rows, groups, 1]; seen: where the weights start."""
    shape = (*step.shape[:2], -1)
    h, top = hessian.relative, len(grid.levels) - 1
    value, growth = seen.reshape(shape).clone(), torch.zeros_like(step)
    adam_value, adam_growth = _Adam(value), _Adam(growth)
    best_step, best_codes = step.clone(), codes.reshape(shape).clone()
    least = torch.full((len(weight),), float("inf"))
    for at in range(steps + 1):
        now = step * growth.exp()
        place = value / now - ratio
        code = place.round().clamp_(0, top)
        level = code + ratio
        error = (level * now).reshape(weight.shape) - weight
        slope = error @ h
        total = (error * slope).sum(1)
        better = total < least
        least = torch.minimum(least, total)
        best_step[better], best_codes[better] = now[better], code[better].to(torch.uint8)
        slope, inside = slope.reshape(shape), (place > -0.5) & (place < top + 0.5)
        drift = torch.where(inside, code - place, level)
        left = 1 - at / (steps + 1)
        growth = growth - adam_growth.direction((slope * drift).sum(-1, keepdim=True) * now) * (STEP_RATE * left)
        value.addcmul_(adam_value.direction(slope.mul_(inside)), now, value=-RATE * left)
    return best_step, best_codes.reshape(weight.shape)


def _row_errors(difference: torch.Tensor, hessian: Hessian) -> torch.Tensor:
    return ((difference @ hessian.sums) * difference).sum(1)


class _Adam:
    """Which way to go: gradients over their running size (Kingma and Ba, arXiv 1412.6980)."""

    def __init__(self, like: torch.Tensor) -> None:
        self._mean, self._square, self._turns = torch.zeros_like(like), torch.zeros_like(like), 0

    def direction(self, gradient: torch.Tensor) -> torch.Tensor:
        self._turns += 1
        self._mean.lerp_(gradient, 0.1)
        self._square.lerp_(gradient.square(), 0.05)
        square = self._square / (1 - 0.95**self._turns)
        return self._mean / (1 - 0.9**self._turns) / (square.sqrt() + 1e-12)
