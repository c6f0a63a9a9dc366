"""A talk that outgrows its context goes on: its first tokens and its latest stay, what lies between is forgotten.

Every later token attends strongly to the first ones, whatever they say: without these attention sinks perplexity breaks
down (Xiao et al. 2023, arXiv 2309.17453). Values know no positions; keys carry theirs as a rotation, so those that stay
are turned back by as many places as were forgotten, and the model never sees a place beyond its context. Nothing is
computed again, so what stays still carries what it knew of the forgotten text.
"""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass

import torch

from konspekt.kernels import Decoder, KVCache
from konspekt.kernels.hadamard.rotation import hadamard
from konspekt.kernels.kv_cache import reference
from konspekt.kernels.rope import rope
from konspekt.serving.engine.block_manager import BlockManager
from konspekt.serving.engine.sequence import STEP_MOST, Sequence


@dataclass(frozen=True, slots=True)
class Window:
    """`sinks` tokens stay, the next `hop` are forgotten at a time; both in whole pages."""

    context: int
    sinks: int
    hop: int

    @classmethod
    def of(cls, context: int, sinks: int, page_size: int) -> Window | None:
        """For at least so many sinks; None: none are wanted, or the context has no room for a hop besides."""
        kept = -(-sinks // page_size) * page_size
        hop = context // 4 // page_size * page_size
        return cls(context, kept, hop) if sinks and hop and kept + 2 * hop + STEP_MOST < context else None

    def is_full(self, sequence: Sequence) -> bool:
        """The next step might reach the end of the context."""
        return len(sequence.tokens) + STEP_MOST >= self.context and not sequence.prefilling

    def fitted(self, prompt: list[int]) -> list[int]:
        """A prompt that is too long, without what stands after its first tokens: in whole hops, so that the beginning
        of the next, longer one is the same and still known to the prefix cache."""
        if len(prompt) < self.context:
            return prompt
        hops = -(-(len(prompt) - (self.context - self.hop)) // self.hop)
        return prompt[: self.sinks] + prompt[self.sinks + hops * self.hop :]


def slide(sequence: Sequence, window: Window, blocks: BlockManager, cache: KVCache, decoder: Decoder) -> bool:
    """Forget a hop of `sequence`. False, and nothing done: pages that others read as well would have to be copied, and
    there is no room for it."""
    size = blocks.page_size
    first, last = window.sinks // size, (window.sinks + window.hop) // size
    gone, staying = sequence.pages[first:last], sequence.pages[last:]
    shared = [page for page in staying if blocks.is_shared(page)]
    if len(shared) > blocks.available:
        return False
    copies = {page: blocks.copy_of(page) for page in shared}
    for page, copy in copies.items():
        for stored in (cache.k, cache.v, *((cache.k_scale, cache.v_scale) if cache.kind != "fp16" else ())):
            stored[:, copy] = stored[:, page]
    blocks.release(gone)
    moved = [copies.get(page, page) for page in staying]
    for page in moved:
        blocks.unpublish(page)
    turn_back(cache, decoder, moved, window.hop)
    sequence.pages = sequence.pages[:first] + moved
    sequence.page_keys = sequence.page_keys[:first]
    sequence.forget(window.sinks, window.sinks + window.hop)
    return True


def turn_back(cache: KVCache, decoder: Decoder, pages: Items[int], places: int) -> None:
    """Keys of these pages as if their tokens stood so many places earlier."""
    at = torch.tensor(pages, dtype=torch.int64)
    for i, layer in enumerate(decoder.layers):
        scale = cache.k_scale[i][at] if cache.kind != "fp16" else torch.ones(1)
        keys = reference.dequantize(cache.k[i][at], scale, cache.kind)  # [pages, kv_heads, page_size, head_dim]
        rows = (hadamard(keys) if cache.rotate else keys).transpose(1, 2)
        back = torch.full((rows.shape[0] * rows.shape[1],), -places, dtype=torch.int64)
        turned = rope(rows.flatten(0, 1).contiguous(), back, layer.inv_freq, decoder.rope_style)
        codes, scale = reference.quantize(turned.view(rows.shape).transpose(1, 2), cache.kind, cache.rotate)
        cache.k[i][at] = codes
        if cache.kind != "fp16":
            cache.k_scale[i][at] = scale
