"""The paged KV cache: what a page holds, and how a step's keys and values get into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import torch

from konspekt.kernels.backends import answers_at_once, implementation
from konspekt.kernels.delta.states import StateUse
from konspekt.kernels.errors import KernelError
from konspekt.kernels.hadamard.rotation import hadamard
from konspekt.kernels.kv_cache import reference
from konspekt.kernels.shared.limits import MAX_HEAD_DIM, MAX_LATENT

Kind = Literal["fp16", "int8", "int4"]
_STORAGE = {"fp16": torch.float16, "int8": torch.int8, "int4": torch.uint8}


@dataclass(frozen=True, slots=True)
class PagedBatch:
    """Which tokens of which sequences one step computes; a mix of prompts and single tokens.

    cu_seqlens   int32 [seqs + 1]: the tokens of sequence s are rows cu_seqlens[s] … cu_seqlens[s+1] of the batch.
    context_lens int32 [seqs]: keys of s after this step, its new tokens included (so these are its last ones).
    block_table  int32 [seqs, max_pages]: the pages of s in order; entries beyond its context are never read.
    longest      the most tokens of one sequence, kept beside the tensors so that the GPU need not be asked; 0: unknown.
    states       of a model with recurrent layers: what each sequence reads and leaves, `kernels.delta`.
    counts       the tokens of each sequence, kept as `longest` is; (): unknown.
    """

    cu_seqlens: torch.Tensor
    context_lens: torch.Tensor
    block_table: torch.Tensor
    longest: int = 0
    states: tuple[StateUse, ...] = ()
    counts: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        q_lens: list[int],
        context_lens: list[int],
        tables: list[list[int]],
        states: Sequence[StateUse] = (),
    ) -> PagedBatch:
        width = max((len(pages) for pages in tables), default=0)
        padded = [pages + [0] * (width - len(pages)) for pages in tables]
        starts = torch.tensor([0, *q_lens], dtype=torch.int32).cumsum(0, dtype=torch.int32)
        table = torch.tensor(padded, dtype=torch.int32).reshape(len(tables), width)
        lengths = torch.tensor(context_lens, dtype=torch.int32)
        return cls(starts, lengths, table, max(q_lens, default=0), tuple(states), tuple(q_lens))

    def to(self, device: torch.device | str) -> PagedBatch:
        """The same on another device."""
        starts, lengths, table = (x.to(device) for x in (self.cu_seqlens, self.context_lens, self.block_table))
        return replace(self, cu_seqlens=starts, context_lens=lengths, block_table=table)

    @property
    def tokens(self) -> int:
        return int(self.cu_seqlens[-1])

    def positions(self) -> torch.Tensor:
        """int32 [tokens]: the place of each token in its sequence."""
        lens = self.cu_seqlens.diff()
        shift = torch.repeat_interleave(self.context_lens - self.cu_seqlens[1:], lens)
        return (torch.arange(self.tokens, dtype=torch.int32) + shift).to(torch.int32)

    def slots(self, page_size: int) -> torch.Tensor:
        """int64 [tokens]: page · page_size + place in the page, where each token's key belongs."""
        positions = self.positions().long()
        seq = torch.repeat_interleave(torch.arange(len(self.context_lens)), self.cu_seqlens.diff())
        return self.block_table[seq, positions // page_size].long() * page_size + positions % page_size


class KVCache:
    """Pages of keys and values of all layers.

    k, v: [layers, pages, kv_heads, page_size, head_dim] (int4: head_dim/2 bytes); k_scale, v_scale: float32
    [layers, pages, kv_heads, page_size], unused with fp16. `rotate`: keys (not values) are kept Hadamard-rotated, and
    `paged_attention` rotates the queries. `value_dim`: of a value, where it is not a key's (`konspekt.kernels.latent`).
    """

    def __init__(
        self,
        layers: int,
        pages: int,
        kv_heads: int,
        head_dim: int,
        *,
        page_size: int = 16,
        kind: Kind = "int8",
        rotate: bool | None = None,
        device: torch.device | str | None = None,
        value_dim: int | None = None,
    ) -> None:
        if kind not in _STORAGE:
            raise KernelError(f"a KV cache of kind {kind!r} is unknown; there are {', '.join(_STORAGE)}")
        if page_size % 16:
            raise KernelError(f"page_size must be a multiple of 16, got {page_size}")
        if head_dim % 16 or not 16 <= head_dim <= MAX_HEAD_DIM:
            raise KernelError(f"head_dim must be a multiple of 16 up to {MAX_HEAD_DIM}, got {head_dim}")
        self.value_dim = head_dim if value_dim is None else value_dim
        if self.value_dim % 16 or not 16 <= self.value_dim <= MAX_LATENT:
            raise KernelError(f"value_dim must be a multiple of 16 up to {MAX_LATENT}, got {value_dim}")
        self.layers, self.pages, self.kv_heads, self.head_dim = layers, pages, kv_heads, head_dim
        self.page_size, self.kind = page_size, kind
        self.rotate = kind != "fp16" if rotate is None else rotate
        packed = 2 if kind == "int4" else 1  # numbers in one element
        shape = (layers, pages, kv_heads, page_size)
        self.k = torch.zeros(*shape, head_dim // packed, dtype=_STORAGE[kind], device=device)
        self.v = torch.zeros(*shape, self.value_dim // packed, dtype=_STORAGE[kind], device=device)
        self.k_scale = torch.zeros(shape if kind != "fp16" else (layers, 0), device=device)
        self.v_scale = torch.zeros(shape if kind != "fp16" else (layers, 0), device=device)

    @classmethod
    def of_layer(  # noqa: PLR0917
        cls, k: torch.Tensor, v: torch.Tensor, k_scale: torch.Tensor, v_scale: torch.Tensor, kind: str, rotate: bool
    ) -> KVCache:
        """A cache of one layer over existing pages: k, v [pages, kv_heads, page_size, …], scales alike."""
        made = cls.__new__(cls)
        made.layers, (made.pages, made.kv_heads, made.page_size, width) = 1, k.shape
        packed = 2 if kind == "int4" else 1
        made.head_dim, made.value_dim = packed * width, packed * v.shape[-1]
        made.kind, made.rotate = cast("Kind", kind), rotate
        made.k, made.v, made.k_scale, made.v_scale = k[None], v[None], k_scale[None], v_scale[None]
        return made

    def store(self, layer: int, k: torch.Tensor, v: torch.Tensor, batch: PagedBatch) -> None:
        """Write a step's keys (after rope) and values, [tokens, kv_heads, head_dim], to the places of `batch`."""
        tokens = batch.tokens if answers_at_once(k.device) else len(k)
        want, of_values = (tokens, self.kv_heads, self.head_dim), (tokens, self.kv_heads, self.value_dim)
        if tuple(k.shape) != want or tuple(v.shape) != of_values:
            wanted = str(want) if want == of_values else f"{want} and {of_values}"
            raise KernelError(f"keys {tuple(k.shape)} and values {tuple(v.shape)} must be {wanted}")
        implementation("kv_cache", k.device).store(self, layer, k, v, batch)

    def load(self, layer: int, pages: torch.Tensor, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        """float32 keys (still rotated) and values [kv_heads, length, head_dim or value_dim] of a sequence."""
        out = []
        for stored, scales in ((self.k[layer], self.k_scale[layer]), (self.v[layer], self.v_scale[layer])):
            rows = stored[pages.long()].transpose(0, 1).flatten(1, 2)[:, :length]
            scale = (
                torch.ones(rows.shape[:-1])
                if self.kind == "fp16"
                else scales[pages.long()].transpose(0, 1).flatten(1, 2)[:, :length]
            )
            out.append(reference.dequantize(rows, scale, self.kind))
        return out[0], out[1]


__all__ = ["KVCache", "Kind", "PagedBatch", "hadamard"]
