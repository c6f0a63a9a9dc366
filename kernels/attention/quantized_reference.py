"""The definition of every quantised variant, in float64 with the quantisation itself.

INT8 is SageAttention (arXiv 2410.02367, sections 4.2 to 4.4), INT4 and FP8 are SageAttention2 (arXiv 2411.10958,
sections 3.1 to 3.3):

    K' = K - mean(K)            softmax(q·K'ᵀ) = softmax(q·Kᵀ): each row moves by the constant q·mean(K)
    S  = δq δk ⌊Q'/δq⌉⌊K'/δk⌉ᵀ + ΔS     Q' = Q - mean(Q), ΔS = mean(Q)·K'ᵀ where q is smoothed
    O  = softmax(S)·(V - mean(V)) + mean(V)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch

from konspekt.kernels.attention.recipe import (
    FP8_LARGEST,
    FP8_SHIFT,
    SMOOTH_BLOCK,
    Recipe,
)
from konspekt.kernels.hadamard.rotation import hadamard

BLOCK = 64  # keys that share a running maximum; matters only for what FP8 rounds away


def quantize(x: torch.Tensor, levels: int, group: int) -> tuple[torch.Tensor, torch.Tensor]:
    """x: [..., len, dim] -> codes (float64 integers), scales [..., len, 1] shared by `group` consecutive rows."""
    length = x.shape[-2]
    rows = torch.nn.functional.pad(x.abs().amax(-1), (0, -length % group))
    largest = rows.reshape(*rows.shape[:-1], -1, group).amax(-1)
    scale = (largest / levels).repeat_interleave(group, dim=-1)[..., :length, None]
    return torch.where(scale > 0, x / scale, 0.0).round().clamp(-levels, levels), scale


def block_means(q: torch.Tensor) -> torch.Tensor:
    """The mean over each SMOOTH_BLOCK rows, repeated for every row. q: [..., len, dim]."""
    return torch.cat(
        [part.mean(-2, keepdim=True).expand_as(part) for part in torch.split(q, SMOOTH_BLOCK, dim=-2)], dim=-2
    )


def _rotated(x: torch.Tensor) -> torch.Tensor:
    """The Hadamard transform in float64 (`konspekt.kernels.hadamard` is float32)."""
    return x @ hadamard(torch.eye(x.shape[-1], device=x.device)).double()


def round_to(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return x if dtype == torch.float64 else x.float().to(dtype).double()


def visible(
    q_len: int,
    k_len: int,
    device: torch.device,
    *,
    causal: bool,
    top_left: bool,
    window: int | None,
    mask: torch.Tensor | None,
) -> torch.Tensor:
    """float64 additive mask, broadcastable to [batch, heads, q_len, k_len]: 0 or what is added, -inf where unseen."""
    place = torch.arange(q_len, device=device)[:, None] + (0 if top_left else k_len - q_len)
    key = torch.arange(k_len, device=device)[None, :]
    seen = key <= place if causal else torch.ones(q_len, k_len, dtype=torch.bool, device=device)
    if window is not None:
        seen = seen & (key > place - window)
    added = torch.zeros(q_len, k_len, dtype=torch.float64, device=device).masked_fill(~seen, -torch.inf)
    if mask is None:
        return added
    if mask.dtype == torch.bool:
        return torch.where(mask, added, -torch.inf)
    return added + mask.double()


def balance(q: torch.Tensor, k: torch.Tensor, groups: int) -> torch.Tensor:
    """What K is divided and Q multiplied by [batch, heads, 1, dim], from both smoothed; one for a group of heads.

    The root of K's deviation over Q's: rounding either then costs the scores as much as rounding the other
    (SmoothQuant, arXiv 2211.10438, section 4, with a migration strength of 1/2, on deviations instead of maxima).
    """
    of_q, of_k = (x.pow(2).mean(-2, keepdim=True).reshape(len(x), -1, groups, 1, x.shape[-1]).mean(2) for x in (q, k))
    both = (of_q > 0) & (of_k > 0)
    return torch.where(both, of_k / torch.where(both, of_q, 1.0), 1.0).pow(0.25).repeat_interleave(groups, dim=1)


def scores(q: torch.Tensor, k: torch.Tensor, recipe: Recipe, groups: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """q·kᵀ before the softmax scale, and what smoothing took from each row [..., q_len, 1].

    q, k: [batch, heads, len, dim], the keys repeated for each of the `groups` heads that share them.
    """
    mean = k.mean(-2, keepdim=True) if recipe.smooth_k else torch.zeros_like(k[..., :1, :])
    smooth = k - mean
    taken = q @ mean.transpose(-1, -2)
    if not recipe.levels:
        return q @ smooth.transpose(-1, -2), taken
    centre = block_means(q) if recipe.smooth_q else torch.zeros_like(q)
    turn = _rotated if recipe.rotate else torch.clone
    factors = balance(q - centre, smooth, groups) if recipe.balance else 1.0
    q_codes, q_scale = quantize(turn((q - centre) * factors), recipe.q_levels, recipe.q_group)
    k_codes, k_scale = quantize(turn(smooth / factors), recipe.levels, recipe.k_group)
    product = (q_codes @ k_codes.transpose(-1, -2)) * q_scale * k_scale.transpose(-1, -2)
    return product + centre @ smooth.transpose(-1, -2), taken


def weigh(s: torch.Tensor, v: torch.Tensor, recipe: Recipe, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """softmax(s)·v with probabilities rounded as the kernels round them, and the log-sum-exp [..., q_len]."""
    mean = v.mean(-2, keepdim=True) if recipe.smooth_v else torch.zeros_like(v[..., :1, :])
    channel = torch.ones_like(mean)
    if recipe.fp8:
        dtype, channel = torch.float8_e4m3fn, (v - mean).abs().amax(-2, keepdim=True) / FP8_LARGEST
        channel = torch.where(channel > 0, channel, 1.0)
    stored, shift = round_to((v - mean) / channel, dtype), 2.0**FP8_SHIFT if recipe.fp8 else 1.0
    largest = torch.full(s.shape[:-1], -torch.inf, dtype=torch.float64, device=s.device)[..., None]
    total, out = torch.zeros_like(largest), s.new_zeros(*s.shape[:-1], v.shape[-1])
    starts = list(range(0, s.shape[-1], BLOCK))
    for start in reversed(starts) if recipe.backwards else starts:
        part = s[..., start : start + BLOCK]
        higher = torch.maximum(largest, part.amax(-1, keepdim=True))
        safe = torch.where(higher.isfinite(), higher, 0.0)
        p, decay = torch.exp(part - safe) * shift, torch.exp(largest - safe)
        block = round_to(p, dtype) @ stored[..., start : start + BLOCK, :]
        total = total * decay + p.sum(-1, keepdim=True)
        out, largest = out * decay + (round_to(block, torch.float16) if recipe.fp16_sums else block), higher
    seen = total > 0
    out = torch.where(seen, out / torch.where(seen, total, 1.0) * channel + mean, 0.0)
    return out, (largest + torch.log(total / shift))[..., 0]


def attend(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    recipe: Recipe,
    *,
    causal: bool,
    scale: float,
    top_left: bool = False,
    window: int | None = None,
    mask: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """q [batch, heads, q_len, dim], k and v [batch, kv_heads, k_len, dim] -> float64 output and log-sum-exp.

    A row that sees no key: zeros, and -inf.
    """
    groups = q.shape[1] // k.shape[1]
    exact = recipe.levels == 0 and not recipe.fp8
    wide_k, wide_v = (x.double().repeat_interleave(groups, dim=1) for x in (k, v))
    s, taken = scores(q.double(), wide_k, recipe, groups)
    seen = visible(q.shape[2], k.shape[2], q.device, causal=causal, top_left=top_left, window=window, mask=mask)
    out, lse = weigh(s * scale + seen, wide_v, recipe, torch.float64 if exact else v.dtype)
    return out, lse + taken[..., 0] * scale


def attend_varlen(  # noqa: PLR0917
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cu_q: torch.Tensor,
    cu_k: torch.Tensor,
    recipe: Recipe,
    *,
    causal: bool,
    scale: float,
    window: int | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """q [tokens, heads, dim] of sequences cu_q[s] … cu_q[s+1] -> output, and log-sum-exp [heads, tokens]."""

    def one(rows: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return attend(rows, keys, values, recipe, causal=causal, scale=scale, window=window)

    return by_sequence(one, q, k, v, cu_q, cu_k)


def by_sequence(  # noqa: PLR0917
    attend_one: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]],
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    cu_q: torch.Tensor,
    cu_k: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Packed sequences one after another: output [tokens, heads, dim] and log-sum-exp [heads, tokens]."""
    outs, lses = [], []
    for (q0, q1), (k0, k1) in zip(itertools.pairwise(cu_q.tolist()), itertools.pairwise(cu_k.tolist()), strict=True):
        rows, keys, values = (x.transpose(0, 1)[None] for x in (q[q0:q1], k[k0:k1], v[k0:k1]))
        if q1 == q0 or k1 == k0:
            out = rows.new_zeros(rows.shape, dtype=torch.float64)
            lse = rows.new_full(rows.shape[:-1], -torch.inf, dtype=torch.float64)
        else:
            out, lse = attend_one(rows, keys, values)
        outs.append(out[0].transpose(0, 1))
        lses.append(lse[0])
    return torch.cat(outs), torch.cat(lses, dim=-1)
