"""From weights to a grid: to nearest, to nearest with searched steps, and GPTQ."""

from __future__ import annotations

import torch

from kernels import KernelError
from quantization.grids import Fit, Grid, Packed, codes_of

BLOCK = 128  # columns whose errors are spread at once
DAMPING = 0.01  # of the mean diagonal, added so that the Hessian can be inverted (the GPTQ paper's value)
SHRINKS = torch.linspace(1.0, 0.6, 17).tolist()


def _best_fit(grid: Grid, weight: torch.Tensor, importance: torch.Tensor | None) -> Fit:
    """Of a group, the range among SHRINKS with the least squared error, for each row by itself."""
    count = torch.ones(weight.shape[1]) if importance is None else importance
    best, least = grid.fit(weight, 1.0, importance), torch.full((len(weight),), float("inf"))
    for shrink in SHRINKS:
        step, offset = grid.fit(weight, shrink, importance)
        values = codes_of(weight, step[:, None], offset[:, None], grid.levels) * step[:, None] + offset[:, None]
        error = ((values - weight).square() * count).sum(1)
        better = error < least
        least = torch.minimum(least, error)
        best = torch.where(better, step, best[0]), torch.where(better, offset, best[1])
    return best


def fit(grid: Grid, weight: torch.Tensor, *, search: bool, importance: torch.Tensor | None) -> Fit:
    """Step and offset [out] of one group."""
    return _best_fit(grid, weight, importance) if search else grid.fit(weight, 1.0, importance)


def nearest(
    grid: Grid, weight: torch.Tensor, *, search: bool = False, importance: torch.Tensor | None = None
) -> Packed:
    """Each weight by itself. weight float32 [out, in]; importance [in]: mean square of each input, where known."""
    if not bool(torch.isfinite(weight).all()):
        raise KernelError("weights with infinities or NaN cannot be quantised")
    columns = weight.shape[1]
    size = columns if grid.size == -1 else grid.size
    codes = torch.empty(weight.shape, dtype=torch.uint8)
    steps, offsets = [], []
    for at in range(0, columns, size):
        piece = slice(at, at + size)
        step, offset = fit(
            grid, weight[:, piece], search=search, importance=None if importance is None else importance[piece]
        )
        codes[:, piece] = codes_of(weight[:, piece], step[:, None], offset[:, None], grid.levels).to(torch.uint8)
        steps.append(step)
        offsets.append(offset)
    return grid.pack(codes, torch.stack(steps, 1), torch.stack(offsets, 1))


def gptq(grid: Grid, weight: torch.Tensor, hessian: torch.Tensor) -> Packed:
    """GPTQ (arXiv 2210.17323): column by column, each column's rounding error is made up for by those that follow.

    weight float32 [out, in]; hessian float64 [in, in] = sum of x xᵀ over the inputs that the layer sees.

    Raises: KernelError for numbers that are not finite, or inputs too alike to be told apart.
    """
    if not bool(torch.isfinite(weight).all()) or not bool(torch.isfinite(hessian).all()):
        raise KernelError("weights or inputs with infinities or NaN cannot be quantised")
    columns = weight.shape[1]
    size = columns if grid.size == -1 else grid.size
    h, w = hessian.clone(), weight.double().clone()
    dead = h.diagonal() <= 0
    h.diagonal()[dead] = 1.0
    w[:, dead] = 0.0
    h.diagonal().add_(DAMPING * h.diagonal().mean())
    importance = hessian.diagonal().float().clamp_min(0)
    try:
        spread = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(h)), upper=True)
    except RuntimeError as singular:  # torch.linalg.LinAlgError
        raise KernelError(f"the inputs of the calibration text leave no inverse: {singular}") from None
    codes = torch.empty(weight.shape, dtype=torch.uint8)
    steps, offsets = [], []
    for start in range(0, columns, BLOCK):
        end = min(start + BLOCK, columns)
        errors = torch.zeros(len(w), end - start, dtype=torch.float64)
        for j in range(start, end):
            if j % size == 0:  # within a block, later columns have already had their share of earlier errors
                group = slice(j, j + size)
                behind = w[:, group] if j + size <= end else _caught_up(w, errors, spread, start, end, group)
                step, offset = grid.fit(behind.float(), 1.0, importance[group])
                steps.append(step)
                offsets.append(offset)
            code = codes_of(w[:, j].float(), steps[-1], offsets[-1], grid.levels)
            codes[:, j] = code.to(torch.uint8)
            error = (w[:, j] - (code * steps[-1] + offsets[-1]).double()) / spread[j, j]
            w[:, j + 1 : end] -= error[:, None] * spread[j, j + 1 : end]
            errors[:, j - start] = error
        w[:, end:] -= errors @ spread[start:end, end:]
    return grid.pack(codes, torch.stack(steps, 1), torch.stack(offsets, 1))


def _caught_up(  # noqa: PLR0917
    w: torch.Tensor, errors: torch.Tensor, spread: torch.Tensor, start: int, end: int, group: slice
) -> torch.Tensor:
    """The weights of a group that reaches beyond its block, with the errors so far already made up for there."""
    beyond = w[:, end : group.stop] - errors @ spread[start:end, end : group.stop]
    return torch.cat([w[:, group.start : end], beyond], 1)


def layer_error(weight: torch.Tensor, packed: torch.Tensor, hessian: torch.Tensor | None) -> float:
    """Squared error relative to the squared size: of the outputs where the inputs are known, else of the weights."""
    difference, wide = (packed - weight).double(), weight.double()
    if hessian is None:
        return float(difference.square().sum() / wide.square().sum().clamp_min(1e-30))
    return float(((difference @ hessian) * difference).sum() / ((wide @ hessian) * wide).sum().clamp_min(1e-30))
