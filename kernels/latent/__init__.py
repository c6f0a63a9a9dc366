"""Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): heads share one small latent per token.

A token's keys and values of all heads are products of its latent with two matrices, and its position is carried by
a few numbers more. Neither keys nor values are ever made: the queries are brought into the space of latents instead
(`up`), and what attention takes out of them becomes values afterwards. A token so costs `rank` + a few numbers in a
layer's cache, whatever the number of heads.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from konspekt.kernels.backends import implementation
from konspekt.kernels.errors import KernelError
from konspekt.kernels.kv_cache import KVCache, PagedBatch
from konspekt.kernels.packed import Packed


@dataclass(frozen=True, slots=True)
class Latent:
    """What a layer has beside a `Layer`'s own. There `wq` makes [heads · (plain + turned)] queries, `wk` the latent and
    what carries the position [rank + turned], `wv` [heads · values, rank] is applied to what attention took of latents.

    up: [heads · rank, plain], a head's queries into the space of latents; norm: [rank]; q_down [q_rank, features] and
    q_norm: where queries too are made of something smaller. `sharpness` multiplies products of the turned parts alone.
    """

    heads: int
    up: Packed
    norm: torch.Tensor
    q_down: Packed | None = None
    q_norm: torch.Tensor | None = None
    sharpness: float = 1.0

    @property
    def matrices(self) -> list[Packed]:
        return [w for w in (self.up, self.q_down) if w is not None]


def latent_attention(  # noqa: PLR0917
    q: torch.Tensor, latent_q: torch.Tensor, cache: KVCache, layer: int, batch: PagedBatch, scale: float
) -> torch.Tensor:
    """Causal attention over latents, which are the values of `cache`; its keys carry the positions, one for all heads.

    q: [tokens, heads, head_dim], turned; latent_q: [tokens, heads, value_dim] -> float32 [tokens, heads, value_dim],
    latents weighed by softmax(scale · (q · key + latent_q · latent)). In a cache that is rotated latents are too, by
    `rotated`; here queries and result are not.

    A row of the result depends neither on the other sequences of the batch nor on how a prompt was cut into steps.
    """
    tokens, heads = batch.tokens, latent_q.shape[1]
    if cache.kv_heads != 1:
        raise KernelError(f"latents are shared by all heads: a cache of {cache.kv_heads} heads has none")
    for name, found, dim in (("q", q, cache.head_dim), ("latent_q", latent_q, cache.value_dim)):
        if tuple(found.shape) != (tokens, heads, dim):
            raise KernelError(f"{name} {tuple(found.shape)} must be {(tokens, heads, dim)}")
    attended: torch.Tensor = implementation("latent", q.device).attention(q, latent_q, cache, layer, batch, scale)
    return attended


def linear_heads(x: torch.Tensor, w: Packed) -> torch.Tensor:
    """Each head times a matrix of its own, which stand one above the other in w [heads · n, k].

    x: [tokens, heads, k] -> float32 [tokens, heads, n].
    """
    heads = x.shape[1]
    if x.ndim != 3 or x.shape[2] != w.shape[1] or w.shape[0] % heads or w.shape[0] // heads % 16:
        raise KernelError(f"x {tuple(x.shape)} does not fit matrices {w.shape} of {heads} heads, in whole 16 rows each")
    made: torch.Tensor = implementation("latent", x.device).linear_heads(x, w)
    return made


def rotated(x: torch.Tensor, cache: KVCache) -> torch.Tensor:
    """Latents [tokens, value_dim] as they are to be stored."""
    turned: torch.Tensor = implementation("latent", x.device).hadamard(x) if cache.rotate else x
    return turned


__all__ = ["Latent", "latent_attention", "linear_heads", "rotated"]
