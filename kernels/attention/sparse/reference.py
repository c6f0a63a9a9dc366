"""The definition of sparse attention in float64: SpargeAttention (arXiv 2502.18137, sections 3.2 to 3.5).

Blocks of 128 rows of q and of 64 keys stand for themselves by their means (section 3.2, "selective token compression"):

    q̄ᵢ = mean(Qᵢ)      k̄ⱼ = mean(K'ⱼ)       K' = K - mean(K)
    Ŝᵢⱼ = q̄ᵢ·k̄ⱼ · scale, -inf where CosSim(K'ⱼ) < θ
    P̂ᵢ = softmax(Ŝᵢ) over the blocks that a row of block i sees
    Mᵢ  = the fewest blocks of largest P̂ᵢ that hold τ of it (or the largest share `top` of the blocks)
    Mᵢⱼ = 1 where CosSim(Qᵢ) < θ or CosSim(K'ⱼ) < θ: a mean says little of rows that disagree

That is `keys="mean"`, as published. With `keys="each"`, ours, two things differ. A key that sticks out of its block
hides in such a mean, so the keys stay single; the products q̄ᵢ·k are ΔS, which smoothing Q has computed already:

    Ŝᵢⱼ = log Σ exp(q̄ᵢ·k · scale) over the keys k of block j

And rows are trusted not by their cosine but by what their mean hides, in the units of the softmax's exponent: how far
the scores of a row lie from those of the mean,

    Spread(Qᵢ)² = mean over rows q and keys k' of ((q - q̄ᵢ)·k' · scale)² ≈ scale² · Σ_d Var(Qᵢ)_d · Var(K)_d
    Mᵢⱼ = 1 unless Spread(Qᵢ) < θ

where ≈ takes the channels for independent. A cosine is blind where a bias is most of every query (Qwen): beside it all
rows look alike, however far apart their scores are (benchmarks/NOTES.md).

CosSim(X) is the mean cosine of all pairs of rows of X: the squared length of the mean of the rows' directions. The
paper divides X·Xᵀ by its largest entry; its authors' code takes cosines, and so do we. A block that a mask cuts (the
diagonal, the edge of a window, a torn last block) is always computed, whatever M says.

Section 3.4: when every row of a group has max(Sᵢⱼ) - m < λ, with m its running maximum, P̃ᵢⱼ·Vⱼ is left out; the sum of
the row's probabilities keeps it. The paper's group is the 32 rows of a warp, Triton's is the rows of a program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from konspekt.kernels.attention.quantized_reference import (
    by_sequence,
    round_to,
    scores,
    visible,
)
from konspekt.kernels.attention.recipe import FP8_LARGEST, FP8_SHIFT, Recipe
from konspekt.kernels.attention.sparse.recipe import K_BLOCK, Q_BLOCK, Thresholds


@dataclass(frozen=True, slots=True)
class Blocks:
    """bool masks of blocks. seen, whole: [q_blocks, k_blocks]; kept: [batch, heads, q_blocks, k_blocks].

    seen: a row sees a key of it; whole: every row sees all of it; kept: it is computed.
    """

    seen: torch.Tensor
    whole: torch.Tensor
    kept: torch.Tensor

    @property
    def share(self) -> torch.Tensor:
        """The share of the blocks seen that is computed: float64 [batch, heads]."""
        return self.kept.double().sum((-1, -2)) / self.seen.double().sum().clamp(min=1)


def pool(x: torch.Tensor, block: int) -> tuple[torch.Tensor, torch.Tensor]:
    """x: [..., len, dim] -> means [..., blocks, dim] and mean cosine [..., blocks] of each block of rows."""
    length = x.shape[-2]
    counts = torch.full((-(-length // block), 1), block, dtype=x.dtype, device=x.device)
    counts[-1] -= -length % block
    norm = x.norm(dim=-1, keepdim=True)
    directions = torch.where(norm > 0, x / norm, 0.0)

    def mean(rows: torch.Tensor) -> torch.Tensor:
        padded = torch.nn.functional.pad(rows, (0, 0, 0, -length % block))
        return padded.reshape(*x.shape[:-2], -1, block, x.shape[-1]).sum(-2) / counts

    return mean(x), mean(directions).square().sum(-1)


def spread(q: torch.Tensor, smooth: torch.Tensor, scale: float) -> torch.Tensor:
    """q [..., q_len, dim], smoothed keys [..., k_len, dim] -> [..., q_blocks]: what the means of q's blocks hide."""
    of_q = torch.stack([rows.var(-2, correction=0) for rows in torch.split(q, Q_BLOCK, dim=-2)], dim=-2)
    of_k = smooth.square().mean(-2, keepdim=True)
    return (of_q * of_k).sum(-1).sqrt() * abs(scale)


def stretches(
    q_len: int, k_len: int, device: torch.device, *, causal: bool, top_left: bool, window: int | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Which blocks are seen, and which of them no mask cuts: bool [q_blocks, k_blocks]."""
    first = torch.arange(0, q_len, Q_BLOCK, device=device)[:, None] + (0 if top_left else k_len - q_len)
    last = first + (Q_BLOCK - 1)
    last[-1] -= -q_len % Q_BLOCK
    start = torch.arange(0, k_len, K_BLOCK, device=device)[None, :]
    end = start + K_BLOCK
    seen, whole = (start < k_len).expand(len(first), -1), (end <= k_len).expand(len(first), -1)
    if causal:
        seen, whole = seen & (start <= last), whole & (end <= first + 1)
    if window is not None:
        seen, whole = seen & (end > first - window + 1), whole & (start > last - window)
    return seen, whole


def smallest_share(p: torch.Tensor, among: torch.Tensor, keep: torch.Tensor, *, by_mass: bool) -> torch.Tensor:
    """The largest of p, [..., n], that together hold `keep` of it (or are `keep` of their number); ties all belong."""
    ordered = torch.where(among, p, 0.0).sort(-1, descending=True).values
    if by_mass:
        held, target = ordered.cumsum(-1), keep * ordered.sum(-1, keepdim=True)
    else:
        number = among.sum(-1, keepdim=True)
        held, target = torch.arange(1, p.shape[-1] + 1, device=p.device).expand_as(ordered), (keep * number).ceil()
    place = (held < target).sum(-1, keepdim=True).clamp(max=p.shape[-1] - 1)
    return among & ((p >= ordered.gather(-1, place)) | (keep >= 1))


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the thresholds judge: scores [batch, heads, q_blocks, k_blocks] of the means, and what speaks against them.

    spread [batch, heads, q_blocks] with each key by itself; else q_alike like it and k_alike [batch, heads, k_blocks].
    """

    scores: torch.Tensor
    spread: torch.Tensor | None
    q_alike: torch.Tensor | None
    k_alike: torch.Tensor | None
    seen: torch.Tensor
    whole: torch.Tensor


def predict(
    q: torch.Tensor,
    k: torch.Tensor,
    *,
    each: bool,
    causal: bool,
    scale: float,
    top_left: bool = False,
    window: int | None = None,
) -> Prediction:
    """q [batch, heads, q_len, dim], k [batch, kv_heads, k_len, dim] -> what their means say."""
    wide = k.double().repeat_interleave(q.shape[1] // k.shape[1], dim=1)
    q_means, q_alike = pool(q.double(), Q_BLOCK)
    smooth = wide - wide.mean(-2, keepdim=True)
    seen, whole = stretches(q.shape[2], k.shape[2], q.device, causal=causal, top_left=top_left, window=window)
    if not each:
        k_means, k_alike = pool(smooth, K_BLOCK)
        return Prediction(q_means @ k_means.transpose(-1, -2) * scale, None, q_alike, k_alike, seen, whole)
    s = q_means @ smooth.transpose(-1, -2) * scale
    s = torch.nn.functional.pad(s, (0, -s.shape[-1] % K_BLOCK), value=-torch.inf)
    s = s.reshape(*s.shape[:-1], -1, K_BLOCK).logsumexp(-1)
    return Prediction(s, spread(q.double(), smooth, scale), None, None, seen, whole)


def pick(found: Prediction, sparse: Thresholds) -> Blocks:
    """Which blocks these thresholds compute."""
    limits = torch.tensor([sparse.keep, sparse.gate], dtype=torch.float64, device=found.scores.device)
    keep, theta = limits[:, :, None, None]
    doubt = ~found.whole  # what a mask cuts
    if found.spread is not None:
        doubt = doubt | ~(found.spread[..., None] < theta)
    trusted = found.seen.expand_as(found.scores)
    if found.q_alike is not None and found.k_alike is not None:
        trusted = trusted & (found.k_alike[..., None, :] >= theta)
        doubt = doubt | ~trusted | (found.q_alike[..., None] < theta)
    s = found.scores.masked_fill(~trusted, -torch.inf)
    p = torch.softmax(s, dim=-1).nan_to_num()  # no block can be predicted: none is chosen
    chosen = smallest_share(p, trusted, keep, by_mass=sparse.by_mass)
    return Blocks(found.seen, found.whole, found.seen & (chosen | doubt))


def choose(q: torch.Tensor, k: torch.Tensor, sparse: Thresholds, **options: Any) -> Blocks:
    """`pick` of `predict`, whose options it takes."""
    return pick(predict(q, k, each=sparse.each, **options), sparse)


def weigh(  # noqa: PLR0917
    s: torch.Tensor,
    v: torch.Tensor,
    recipe: Recipe,
    dtype: torch.dtype,
    skippable: torch.Tensor,
    skip: torch.Tensor | None,
    rows: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """`quantized_reference.weigh`, and the second skip. skippable: bool [q_len, k_blocks]; skip: [heads, 1, 1]."""
    mean = v.mean(-2, keepdim=True) if recipe.smooth_v else torch.zeros_like(v[..., :1, :])
    channel = torch.ones_like(mean)
    if recipe.fp8:
        dtype, channel = torch.float8_e4m3fn, (v - mean).abs().amax(-2, keepdim=True) / FP8_LARGEST
        channel = torch.where(channel > 0, channel, 1.0)
    stored, shift = round_to((v - mean) / channel, dtype), 2.0**FP8_SHIFT if recipe.fp8 else 1.0
    largest = torch.full(s.shape[:-1], -torch.inf, dtype=torch.float64, device=s.device)[..., None]
    total, out = torch.zeros_like(largest), s.new_zeros(*s.shape[:-1], v.shape[-1])
    starts = list(range(0, s.shape[-1], K_BLOCK))
    for start in reversed(starts) if recipe.backwards else starts:
        part = s[..., start : start + K_BLOCK]
        near = part.amax(-1, keepdim=True)
        higher = torch.maximum(largest, near)
        safe = torch.where(higher.isfinite(), higher, 0.0)
        p, decay = torch.exp(part - safe) * shift, torch.exp(largest - safe)
        block = round_to(p, dtype) @ stored[..., start : start + K_BLOCK, :]
        if skip is not None:
            left_out = _far(near - safe, rows) < skip
            block = torch.where(left_out & skippable[:, start // K_BLOCK, None], 0.0, block)
        total = total * decay + p.sum(-1, keepdim=True)
        out, largest = out * decay + (round_to(block, torch.float16) if recipe.fp16_sums else block), higher
    seen = total > 0
    out = torch.where(seen, out / torch.where(seen, total, 1.0) * channel + mean, 0.0)
    return out, (largest + torch.log(total / shift))[..., 0]


def _far(gap: torch.Tensor, rows: int) -> torch.Tensor:
    """The largest of each group of `rows` rows, for each of them. gap: [..., q_len, 1]."""
    length = gap.shape[-2]
    padded = torch.nn.functional.pad(gap[..., 0], (0, -length % rows), value=-torch.inf)
    closest = padded.reshape(*gap.shape[:-2], -1, rows).amax(-1)
    return closest.repeat_interleave(rows, dim=-1)[..., :length, None]


def attend(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    recipe: Recipe,
    sparse: Thresholds,
    *,
    causal: bool,
    scale: float,
    top_left: bool = False,
    window: int | None = None,
    rows: int = Q_BLOCK,
) -> tuple[torch.Tensor, torch.Tensor]:
    """q [batch, heads, q_len, dim], k and v [batch, kv_heads, k_len, dim] -> float64 output and log-sum-exp.

    `recipe` quantises as in `quantized_reference`; `rows` is the group of the second skip, a kernel's block_m. The
    log-sum-exp covers the blocks computed. A row that sees no key: zeros, and -inf.
    """
    groups = q.shape[1] // k.shape[1]
    exact = recipe.levels == 0 and not recipe.fp8
    blocks = choose(q, k, sparse, causal=causal, scale=scale, top_left=top_left, window=window)
    wide_k, wide_v = (x.double().repeat_interleave(groups, dim=1) for x in (k, v))
    s, taken = scores(q.double(), wide_k, recipe, groups)
    seen = visible(q.shape[2], k.shape[2], q.device, causal=causal, top_left=top_left, window=window, mask=None)
    by_row = blocks.kept.repeat_interleave(Q_BLOCK, dim=-2)[..., : q.shape[2], :]
    computed = by_row.repeat_interleave(K_BLOCK, dim=-1)[..., : k.shape[2]]
    skip = torch.tensor(sparse.skip, dtype=torch.float64, device=q.device)[:, None, None] if sparse.skip else None
    skippable = blocks.whole.repeat_interleave(Q_BLOCK, dim=0)[: q.shape[2]]
    s = (s * scale + seen).masked_fill(~computed, -torch.inf)
    out, lse = weigh(s, wide_v, recipe, torch.float64 if exact else v.dtype, skippable, skip, rows)
    return out, lse + taken[..., 0] * scale


def attend_varlen(  # noqa: PLR0917
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cu_q: torch.Tensor,
    cu_k: torch.Tensor,
    recipe: Recipe,
    sparse: Thresholds,
    *,
    causal: bool,
    scale: float,
    window: int | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """q [tokens, heads, dim] of sequences cu_q[s] … cu_q[s+1] -> output, and log-sum-exp [heads, tokens]."""

    def one(rows: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return attend(rows, keys, values, recipe, sparse, causal=causal, scale=scale, window=window)

    return by_sequence(one, q, k, v, cu_q, cu_k)
