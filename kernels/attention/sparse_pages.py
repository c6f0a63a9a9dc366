"""Sparse decoding: a single token attends to the pages whose mean key promises weight (SpargeAttention's prediction).

Each page of the cache keeps the mean of its keys and how alike they are, written when a key is stored. A step
multiplies its queries with the means, picks pages for every key head (all that one of its query heads wants) and hands
`paged_attention` a shorter table of pages: the kernel that reads them is the dense one, on every backend. A causal mask
needs no places: one token sees all keys before it, and the last page, which may be torn, always comes last.

Only torch operations of fixed shapes: nothing is read back from a GPU.
"""

# ruff: noqa: PLR0917 - the arguments of `paged_attention` and two more

from __future__ import annotations

import copy

import torch

from kernels.attention.sparse_recipe import SparseRecipe, Thresholds
from kernels.attention.sparse_reference import smallest_share
from kernels.errors import KernelError
from kernels.kv_cache import KVCache, PagedBatch, hadamard
from kernels.kv_cache.reference import dequantize
from kernels.paged_attention import paged_attention


class PageSummaries:
    """Of each page of a cache, its keys as stored (rotated or not): their mean, and how alike they are.

    means: float32 [layers, pages, kv_heads, head_dim]; alike: float32 [layers, pages, kv_heads], the mean cosine.
    """

    def __init__(self, cache: KVCache) -> None:
        shape, device = (cache.layers, cache.pages, cache.kv_heads), cache.k.device
        self.means = torch.zeros(*shape, cache.head_dim, dtype=torch.float32, device=device)
        self.alike = torch.zeros(shape, device=device)

    def update(self, cache: KVCache, layer: int, batch: PagedBatch) -> None:
        """Look again at the pages that `cache.store(layer, …, batch)` has just written to."""
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
        there = torch.arange(size, device=ends.device) < held[..., None]
        keys = keys * there[:, :, None, :, None]
        count = held.clamp(min=1)[:, :, None, None]
        directions = torch.nn.functional.normalize(keys, dim=-1).sum(-2) / count
        self.means[layer, pages] = keys.sum(-2) / count
        self.alike[layer, pages] = directions.square().sum(-1)


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
    scores = torch.einsum("shgd,swhd->shgw", rows, summaries.means[layer][table]) * scale
    alike = summaries.alike[layer][table].transpose(1, 2)[:, :, None]  # [seqs, kv_heads, 1, columns]
    limits = sparse.on(q.device).view(3, 1, cache.kv_heads, group, 1)
    pages = -(-batch.context_lens.long() // cache.page_size)[:, None, None, None]
    column = torch.arange(table.shape[1], device=q.device)
    there = column < pages
    trusted = there & (alike >= limits[1])
    p = torch.softmax(scores.masked_fill(~trusted, -torch.inf), dim=-1).nan_to_num()
    chosen = smallest_share(p, trusted, limits[0], by_mass=sparse.by_mass)
    kept = (there & (chosen | (alike < limits[1]) | (column == pages - 1))).any(2)
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

    A step in which some sequence has more than one token is computed densely: prompts have `attention(sparse=…)`. The
    second skip of the recipe has no place here, and pages are predicted from the mean of their keys, whatever the
    recipe says: products with each key are what is to be saved.

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
