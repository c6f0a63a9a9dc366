"""Key channels balanced with their queries before they are rounded: the biases of a model tell how large both are."""

from __future__ import annotations

import torch

OTHER = 0.1  # the square of what a channel has beside its bias; 1 and 4 do as well on Qwen2.5-Coder-0.5B


def key_smoothing(keys: torch.Tensor, queries: torch.Tensor, kv_heads: int, head_dim: int) -> torch.Tensor:
    """float32 [kv_heads, head_dim] to divide keys by, and to multiply the queries of their group by.

    keys, queries: the biases of the two projections [heads · head_dim], or the weights of the two norms [head_dim].
    sqrt(key / query) makes rounding a key cost the scores least (SmoothQuant, arXiv 2211.10438, section 4). Both
    halves of a rope pair (style `neox`, the whole head rotated) get one factor, so that it commutes with rope: apply it
    before or after, or fold it into the projections for good. The pages of a cache do not know of it.
    """
    half = head_dim // 2
    of_k = keys.float().reshape(-1, 2, half).pow(2).mean(1)  # [kv_heads or 1, head_dim / 2]
    of_q = queries.float().reshape(len(of_k), -1, 2, half).pow(2).mean((1, 2))
    factors = ((of_k + OTHER) / (of_q + OTHER)).pow(0.25)
    return factors.repeat(1, 2).expand(kv_heads, -1).contiguous()
