"""From weights to a grid: to nearest, to nearest with searched steps, and GPTQ."""

from __future__ import annotations

import torch

from konspekt.kernels import KernelError
from konspekt.kernels.packed import Packed
from konspekt.quantization.rounding.grids import (
    Fit,
    Grid,
    codes_of,
    joined,
    levels_at,
)
from konspekt.quantization.rounding.hessian import Hessian

BLOCK = 128  # columns whose errors are spread at once
AT_ONCE = 1 << 18  # weights fitted together: what is computed between stays in the cache
FEW_LEVELS, MANY_LEVELS = (torch.linspace(1.0, least, 7).tolist() for least in (0.6, 0.88))  # ranges that are tried
REFITS = 2
Pair = tuple[torch.Tensor, torch.Tensor]  # step and offset [pieces, groups]


def _pieces(grid: Grid, weight: torch.Tensor) -> torch.Tensor:
    """[out, in] -> [pieces, groups, size]. Raises: KernelError when the columns do not divide."""
    columns = weight.shape[1]
    size = columns if grid.size == -1 else grid.size
    if columns % (size * grid.groups):
        raise KernelError(f"{columns} columns do not divide into {size * grid.groups}")
    return weight.reshape(-1, grid.groups, size)


def _importance(grid: Grid, weight: torch.Tensor, importance: torch.Tensor | None) -> torch.Tensor | None:
    """[in] -> [pieces, groups, size], a row like every other."""
    if importance is None:
        return None
    return _pieces(grid, importance.float().clamp_min(1e-12)[None].expand(len(weight), -1).contiguous())


def _errors(grid: Grid, pieces: torch.Tensor, fit: Pair, count: torch.Tensor | None) -> torch.Tensor:
    """[pieces, groups]: squared error of rounding to nearest."""
    step, offset = fit[0][..., None], fit[1][..., None]
    left = levels_at(grid, codes_of(grid, pieces, step, offset)).mul_(step).add_(offset).sub_(pieces).square_()
    return (left if count is None else left.mul_(count)).sum(-1)


def _refitted(
    grid: Grid, pieces: torch.Tensor, step: torch.Tensor, offset: torch.Tensor, count: torch.Tensor | None
) -> Pair:
    """Least squares: the step (and the offset where it is free) that serve the codes these two lead to best."""
    level = levels_at(grid, codes_of(grid, pieces, step[..., None], offset[..., None]))
    safe = torch.where(step == 0, torch.ones_like(step), step)
    if not grid.free:
        level = level.add_((offset / safe)[..., None])
        fitted = _step_of(pieces, level, count, step)
        return fitted, offset / safe * fitted
    if count is None:
        mean_l, mean_w = level.mean(-1), pieces.mean(-1)
    else:
        total = count.sum(-1)
        mean_l, mean_w = (level * count).sum(-1) / total, (pieces * count).sum(-1) / total
    centred = level.sub_(mean_l[..., None])
    fitted = _step_of(pieces - mean_w[..., None], centred, count, step)
    return fitted, mean_w - fitted * mean_l


def _step_of(
    pieces: torch.Tensor, level: torch.Tensor, count: torch.Tensor | None, otherwise: torch.Tensor
) -> torch.Tensor:
    counted = level if count is None else level * count
    square = (level * counted).sum(-1)
    best = (pieces * counted).sum(-1) / square.clamp_min(1e-30)
    return torch.where(square > 1e-20, best, otherwise)


def _searched(grid: Grid, pieces: torch.Tensor, importance: torch.Tensor | None) -> Fit:
    """Of each group, the range among those tried with the least squared error, refitted to its codes."""
    plain = grid.settle(*grid.reach(pieces, 1.0, importance))
    step, offset = plain.step, plain.offset
    least = torch.full(step.shape, float("inf"))
    for shrink in FEW_LEVELS if len(grid.levels) <= 16 else MANY_LEVELS:
        tried = grid.reach(pieces, shrink, importance)
        for turn in range(REFITS + 1):
            tried = _refitted(grid, pieces, *tried, importance) if turn else tried
            error = _errors(grid, pieces, tried, importance)
            better = error < least
            least = torch.where(better, error, least)
            step, offset = torch.where(better, tried[0], step), torch.where(better, tried[1], offset)
        if grid.size == -1:  # `reach` has searched a whole row already
            break
    best, least = plain, _errors(grid, pieces, (plain.step, plain.offset), importance).sum(1)
    for turn in range(2 if grid.groups > 1 else 1):
        if turn:  # steps of a super-block are rounded together: fit to that once more
            step, offset = _refitted(grid, pieces, best.step, best.offset, importance)
        settled = grid.settle(step, offset)
        error = _errors(grid, pieces, (settled.step, settled.offset), importance).sum(1)
        best, least = settled.where(error < least, best), torch.minimum(error, least)
    return best


def fit(grid: Grid, weight: torch.Tensor, *, search: bool, importance: torch.Tensor | None = None) -> Fit:
    """Steps and offsets of all pieces of a matrix [out, in], row by row; importance [in], as in `nearest`.

    Raises: KernelError for numbers that are not finite.
    """
    if not bool(torch.isfinite(weight).all()):
        raise KernelError("weights with infinities or NaN cannot be quantised")
    pieces, counts = _pieces(grid, weight.float()), _importance(grid, weight, importance)
    some = max(1, AT_ONCE // pieces[0].numel())
    fits = []
    for at in range(0, len(pieces), some):
        piece, count = pieces[at : at + some], None if counts is None else counts[at : at + some]
        fits.append(_searched(grid, piece, count) if search else grid.settle(*grid.reach(piece, 1.0, count)))
    return joined(fits)


def nearest(
    grid: Grid, weight: torch.Tensor, *, search: bool = False, importance: torch.Tensor | None = None
) -> Packed:
    """Each weight by itself. weight float32 [out, in]; importance [in]: mean square of each input, where known."""
    found = fit(grid, weight, search=search, importance=importance)
    codes = codes_of(grid, _pieces(grid, weight.float()), found.step[..., None], found.offset[..., None])
    return grid.pack(codes.to(torch.uint8).reshape(weight.shape), found)


def values_of(grid: Grid, found: Fit, codes: torch.Tensor) -> torch.Tensor:
    """float32 [out, in]: what codes [out, in] stand for."""
    pieces = levels_at(grid, _pieces(grid, codes.float()))
    return (pieces * found.step[..., None] + found.offset[..., None]).reshape(codes.shape)


def gptq(grid: Grid, weight: torch.Tensor, hessian: Hessian) -> Packed:
    """GPTQ (arXiv 2210.17323): column by column, each column's rounding error is made up for by those that follow.

    Steps come first, searched with the inputs' sizes as weights; then the columns go from the largest input to the
    smallest, so that the errors that count most have most columns left to make up for them (its "act order", with
    groups that stay where they were).

    weight float32 [out, in]. Raises: KernelError for numbers that are not finite, or inputs that leave no inverse.
    """
    found, codes, _ = gptq_codes(grid, weight, hessian)
    return grid.pack(codes, found)


def gptq_codes(grid: Grid, weight: torch.Tensor, hessian: Hessian) -> tuple[Fit, torch.Tensor, torch.Tensor]:
    """The fit, codes uint8 [out, in], and what each weight had become by the time it was rounded."""
    found = fit(grid, weight, search=True, importance=hessian.importance)
    out, columns = weight.shape
    order, spread = hessian.order, hessian.spread
    steps, offsets = (x.reshape(out, -1).T.contiguous() for x in (found.step, found.offset))  # [groups, out]
    group = (torch.arange(columns) // (columns // len(steps)))[order].tolist()
    w = weight.float().T[order].contiguous()  # [in, out]: a column of weights lies together
    w[hessian.dead[order]] = 0.0
    codes = torch.empty(w.shape, dtype=torch.uint8)
    errors = torch.empty(BLOCK, out)
    for start in range(0, columns, BLOCK):
        end = min(start + BLOCK, columns)
        for j in range(start, end):
            step, offset = steps[group[j]], offsets[group[j]]
            code = codes_of(grid, w[j], step, offset)
            codes[j] = code
            error = (w[j] - (levels_at(grid, code) * step + offset)) / spread[j, j]
            w[j + 1 : end].addr_(spread[j, j + 1 : end], error, alpha=-1)
            errors[j - start] = error
        w[end:].addmm_(spread[start:end, end:].T, errors[: end - start], alpha=-1)
    back = torch.argsort(order)
    return found, codes[back].T.contiguous(), w[back].T.contiguous()


def layer_error(weight: torch.Tensor, packed: torch.Tensor, hessian: Hessian | None) -> float:
    """Squared error relative to the squared size: of the outputs where the inputs are known, else of the weights."""
    difference, wide = packed - weight, weight
    if hessian is None:
        return float(difference.double().square().sum() / wide.double().square().sum().clamp_min(1e-30))
    error, whole = (float(((x @ hessian.sums) * x).double().sum()) for x in (difference, wide))
    return max(error, 0.0) / max(whole, 1e-30)
