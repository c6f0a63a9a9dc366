"""Sparse decoding: a single token attends to the pages whose summary promises weight.

Each page of the cache keeps the mean of its keys and how far they reach around it in every channel, written when a key
is stored. A step predicts of each page, with r half the range of its keys,

    q·mean + ½ Σ |q_d| r_d

which lies half way between SpargeAttention's mean, in which a key that sticks out is lost, and the bound of Quest
(arXiv 2406.10774), which no key exceeds; on real activations it loses less than the mean for the same pages, and about
what the bound loses (benchmarks/NOTES.md). Softmax
over the pages and the mass to hold are SpargeAttention's. A page is read when one query head of its group wants it; the
first page, where language models put weight that they do not need, and the last are always read.

What was picked goes to `paged_attention` as a shorter table of pages: the kernel that reads them is the dense one, on
every backend. A causal mask needs no places: one token sees all keys before it, and the last page, which may be torn,
comes last. Only torch operations of fixed shapes: nothing is read back from a GPU.
"""

# ruff: noqa: PLR0917 - the arguments of `paged_attention` and two more

from __future__ import annotations

import copy

import torch

from konspekt.kernels.attention.sparse.recipe import SparseRecipe, Thresholds
from konspekt.kernels.attention.sparse.reference import smallest_share
from konspekt.kernels.errors import KernelError
from konspekt.kernels.kv_cache import KVCache, PagedBatch, hadamard
from konspekt.kernels.kv_cache.reference import dequantize
from konspekt.kernels.paged_attention import paged_attention


class PageSummaries:
    """Of each page of a cache, its keys as stored (rotated or not): their mean, and half the range of each channel.

    means, reaches: float16 [layers, pages, kv_heads, head_dim]; with int8 pages of 16 keys they add an eighth to what
    a step of dense attention would read.
    """

    def __init__(self, cache: KVCache) -> None:
        shape = (cache.layers, cache.pages, cache.kv_heads, cache.head_dim)
        self.means = torch.zeros(shape, dtype=torch.float16, device=cache.k.device)
        self.reaches = torch.zeros_like(self.means)

    def update(self, cache: KVCache, layer: int, batch: PagedBatch) -> None:
        """Update the summaries of the pages that `cache.store(layer, …, batch)` has just written to."""
        size, longest = cache.page_size, batch.longest or int(batch.cu_seqlens.diff().max())
        ends = batch.context_lens.long()
        first = (ends - batch.cu_seqlens.diff()) // size
        last = (ends - 1).clamp(min=0) // size
        steps = torch.arange(-(-longest // size) + 1, device=ends.device)
        place = torch.minimum(first[:, None] + steps, last[:, None])  # [seqs, touched]; some twice, to the same effect
        pages = batch.block_table.long().gather(1, place)
        held = (ends[:, None] - place * size).clamp(0, size)
        stored = cache.k[layer][pages]  # [seqs, touched, kv_heads, size, width]
        ones = torch.ones(stored.shape[:-1], device=ends.device)
        scale = ones if cache.kind == "fp16" else cache.k_scale[layer][pages]
        keys = dequantize(stored, scale, cache.kind).float()
        # places that hold nothing yet count as the page's first key
        there = (torch.arange(size, device=ends.device) < held[..., None])[:, :, None, :, None]
        mean = torch.where(there, keys, 0.0).sum(-2) / held.clamp(min=1)[:, :, None, None]
        filled = torch.where(there, keys, keys[:, :, :, :1])
        reach = (filled.amax(-2) - filled.amin(-2)) / 2
        largest = torch.finfo(torch.float16).max
        self.means[layer, pages] = mean.clamp(-largest, largest).half()
        self.reaches[layer, pages] = reach.clamp(max=largest).half()


def select(
    q: torch.Tensor,
    cache: KVCache,
    layer: int,
    batch: PagedBatch,
    summaries: PageSummaries,
    sparse: Thresholds,
    scale: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """q [seqs, heads, head_dim] -> which pages are read: bool [seqs, kv_heads, columns of the table], and how many."""
    sequences, heads, dim = q.shape
    group, table = heads // cache.kv_heads, batch.block_table.long()
    rows = hadamard(q) if cache.rotate else q.float()
    rows = rows.view(sequences, cache.kv_heads, group, dim)
    means, reaches = (x[layer][table].float() for x in (summaries.means, summaries.reaches))
    scores = torch.einsum("shgd,swhd->shgw", rows, means) + torch.einsum("shgd,swhd->shgw", rows.abs() / 2, reaches)
    keep = sparse.on(q.device)[0].view(cache.kv_heads, group, 1)
    pages = -(-batch.context_lens.long() // cache.page_size)[:, None, None, None]
    column = torch.arange(table.shape[1], device=q.device)
    there = column < pages
    p = torch.softmax((scores * scale).masked_fill(~there, -torch.inf), dim=-1)
    chosen = smallest_share(p, there, keep, by_mass=sparse.by_mass)
    kept = (chosen | (there & ((column == 0) | (column == pages - 1)))).any(2)
    return kept, kept.sum(-1)


def sparse_paged_attention(
    q: torch.Tensor,
    cache: KVCache,
    layer: int,
    batch: PagedBatch,
    summaries: PageSummaries,
    recipe: SparseRecipe | None = None,
    *,
    scale: float | None = None,
) -> torch.Tensor:
    """`paged_attention` of q [tokens, heads, head_dim] that reads the pages which the summaries promise weight.

    Of the recipe only `mass` or `top` matter here. A step in which some sequence has more than one token is computed
    densely: prompts have `attention(sparse=…)`.

    Raises: KernelError when q does not fit, or the recipe is for another number of heads.
    """
    factor = scale if scale is not None else cache.head_dim**-0.5
    if batch.longest != 1:
        return paged_attention(q, cache, layer, batch, scale=factor)
    if q.ndim != 3 or q.shape[0] != len(batch.context_lens) or q.shape[2] != cache.head_dim:
        raise KernelError(
            f"q {tuple(q.shape)} is not a token of {cache.head_dim} for {len(batch.context_lens)} sequences"
        )
    thresholds = Thresholds.of(recipe or SparseRecipe(), q.shape[1])
    kept, count = select(q, cache, layer, batch, summaries, thresholds, factor)
    order = (~kept).to(torch.uint8).argsort(dim=-1, stable=True)  # the kept first, in their order
    pages = batch.block_table.long()[:, None].expand(kept.shape).gather(-1, order)
    # a cache of one key head, whose pages are (page, head): each key head has a table of its own
    heads = torch.arange(cache.kv_heads, device=q.device)[:, None]
    table = (pages * cache.kv_heads + heads).flatten(0, 1).int()
    torn = (batch.context_lens.long() - 1) % cache.page_size + 1
    lengths = ((count - 1) * cache.page_size + torn[:, None]).flatten().int()
    starts = torch.arange(len(table) + 1, dtype=torch.int32, device=q.device)
    rows = q.reshape(len(table), -1, cache.head_dim)
    out = paged_attention(rows, one_head(cache), layer, PagedBatch(starts, lengths, table, 1), scale=factor)
    return out.view(q.shape)


def one_head(cache: KVCache) -> KVCache:
    """The same memory seen as a cache of one key head: page (p, h) is number p · kv_heads + h."""
    view = copy.copy(cache)
    view.pages, view.kv_heads = cache.pages * cache.kv_heads, 1
    view.k, view.v = (x.flatten(1, 2)[:, :, None] for x in (cache.k, cache.v))
    if cache.kind != "fp16":
        view.k_scale, view.v_scale = (x.flatten(1, 2)[:, :, None] for x in (cache.k_scale, cache.v_scale))
    return view
