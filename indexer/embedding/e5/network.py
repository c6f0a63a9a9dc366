"""The network of multilingual-e5-small: a BERT encoder, post-norm, on the weights of the packed file.

BERT: https://arxiv.org/abs/1810.04805. The word embeddings stay in their 4-bit form and only the rows of a text are
unpacked: that saves 330 MB and most of the loading time. The other 21 million weights are unpacked to `dtype`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from konspekt.indexer.embedding.e5.file import E5File, Q4Rows


def fastest_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it in hardware; elsewhere it would be slower than float32."""
    supported = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if supported else torch.float32


class PackedEmbedding(nn.Module):
    """An embedding table in Q4_0 blocks, uint8 [vocabulary, hidden / 32, 18]."""

    def __init__(self, packed: Q4Rows, rows: int) -> None:
        super().__init__()
        self.register_buffer("blocks", torch.from_numpy(packed.blocks).view(rows, -1, packed.blocks.shape[-1]), False)

    blocks: Tensor

    def forward(self, ids: Tensor) -> Tensor:
        """ids [B, S] -> float32 [B, S, hidden]."""
        blocks = self.blocks[ids]  # [B, S, groups, 18]
        scales = blocks[..., :2].contiguous().view(torch.float16).float()  # [B, S, groups, 1]
        codes = blocks[..., 2:]
        weights = torch.cat((codes & 0x0F, codes >> 4), dim=-1).float() - 8  # [B, S, groups, 32]
        return (weights * scales).flatten(-2)


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of one layer; `w` are [out, in]."""

    qkv_w: Tensor
    qkv_b: Tensor
    out_w: Tensor
    out_b: Tensor
    norm_w: Tensor
    norm_b: Tensor
    up_w: Tensor
    up_b: Tensor
    down_w: Tensor
    down_b: Tensor
    last_norm_w: Tensor
    last_norm_b: Tensor


class E5Network(nn.Module):
    def __init__(self, file: E5File, dtype: torch.dtype) -> None:
        super().__init__()
        self.hidden, self.heads, self.epsilon = file.hidden, file.heads, file.epsilon
        self.positions, self.pad, self.dtype = file.positions, file.pad, dtype
        word = file.tensors["emb.word"]
        assert isinstance(word, Q4Rows)
        self.words = PackedEmbedding(word, file.vocabulary)

        def get(*names: str, shape: tuple[int, ...]) -> Tensor:
            parts = [file.unpack(name).reshape(shape) for name in names]
            return torch.from_numpy(np.concatenate(parts)).to(dtype)

        h, up = file.hidden, file.feed_forward
        places = file.unpack("emb.pos").reshape(-1, h) + file.unpack("emb.type").reshape(-1, h)[0]
        self.places = torch.from_numpy(places)  # [positions, hidden], float32
        self.first_norm = get("emb.ln.w", shape=(h,)), get("emb.ln.b", shape=(h,))
        self.layers = [
            Layer(
                get(f"{n}.q.w", f"{n}.k.w", f"{n}.v.w", shape=(h, h)),
                get(f"{n}.q.b", f"{n}.k.b", f"{n}.v.b", shape=(h,)),
                get(f"{n}.ao.w", shape=(h, h)),
                get(f"{n}.ao.b", shape=(h,)),
                get(f"{n}.aln.w", shape=(h,)),
                get(f"{n}.aln.b", shape=(h,)),
                get(f"{n}.fi.w", shape=(up, h)),
                get(f"{n}.fi.b", shape=(up,)),
                get(f"{n}.fo.w", shape=(h, up)),
                get(f"{n}.fo.b", shape=(h,)),
                get(f"{n}.oln.w", shape=(h,)),
                get(f"{n}.oln.b", shape=(h,)),
            )
            for n in (f"l{number}" for number in range(file.layers))
        ]

    @torch.inference_mode()
    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B, S] -> float32 [B, S, hidden]."""
        return self.states(ids, mask, len(self.layers)).float()

    @torch.inference_mode()
    def states(self, ids: Tensor, mask: Tensor, depth: int) -> Tensor:
        """What the first `depth` layers make of the tokens: [B, S, hidden] in the network's own type."""
        x = (self.words(ids) + self.places[: ids.shape[1]]).to(self.dtype)
        x = F.layer_norm(x, (self.hidden,), *self.first_norm, self.epsilon)
        seen = None if bool(mask.all()) else mask[:, None, None, :].bool()  # [B, 1, 1, S]
        for layer in self.layers[:depth]:
            x = self.through(layer, x, seen)
        return x

    @torch.inference_mode()
    def packed(self, texts: Sequence[Sequence[int]], depth: int) -> list[Tensor]:
        """What the first `depth` layers make of the ids of each text: [S, hidden] each, in the network's own type.

        Nothing is padded: all tokens are rows of one matrix, and each looks only at those of its own text.
        """
        ids = torch.tensor([one for text in texts for one in text])
        places = torch.cat([self.places[: len(text)] for text in texts])
        x = (self.words(ids) + places).to(self.dtype)  # [T, hidden]
        x = F.layer_norm(x, (self.hidden,), *self.first_norm, self.epsilon)
        runs = [(length, len(list(run))) for length, run in groupby(map(len, texts))]
        for layer in self.layers[:depth]:
            context = self._within(F.linear(x, layer.qkv_w, layer.qkv_b), runs)
            x = self._after(layer, x, context)
        return list(torch.split(x, [len(text) for text in texts]))

    def _within(self, qkv: Tensor, runs: Sequence[tuple[int, int]]) -> Tensor:
        """[T, 3 · hidden] -> [T, hidden]; `runs`: length and number of texts of one length that follow each other."""
        found, start = [], 0
        for length, number in runs:
            end = start + length * number
            found.append(self._context(qkv[start:end].view(number, length, 3, self.heads, -1), None).flatten(0, 1))
            start = end
        return torch.cat(found)

    def through(self, layer: Layer, x: Tensor, seen: Tensor | None) -> Tensor:
        """One layer: [B, S, hidden] -> [B, S, hidden]. `seen` is True where a token may be looked at."""
        batch, length, _ = x.shape
        qkv = F.linear(x, layer.qkv_w, layer.qkv_b).view(batch, length, 3, self.heads, -1)
        return self._after(layer, x, self._context(qkv, seen))

    def _context(self, qkv: Tensor, seen: Tensor | None) -> Tensor:
        """Attention: [B, S, 3, heads, head_dim] -> [B, S, hidden]."""
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each [B, heads, S, head_dim]
        context = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        return context.transpose(1, 2).reshape(*qkv.shape[:2], self.hidden)

    def _after(self, layer: Layer, x: Tensor, context: Tensor) -> Tensor:
        """The rest of a layer: what it makes of its input and of what attention found, both [..., hidden]."""
        x = x + F.linear(context, layer.out_w, layer.out_b)
        x = F.layer_norm(x, (self.hidden,), layer.norm_w, layer.norm_b, self.epsilon)
        inner = F.gelu(F.linear(x, layer.up_w, layer.up_b))
        x = x + F.linear(inner, layer.down_w, layer.down_b)
        return F.layer_norm(x, (self.hidden,), layer.last_norm_w, layer.last_norm_b, self.epsilon)
