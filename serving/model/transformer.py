"""From token ids to logits: the embedding, the decoder of `kernels`, the final norm and the output matrix.

Nothing here but torch, `kernels` and the model's weights, so that a machine with those alone can run it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from konspekt.kernels import (
    Decoder,
    KVCache,
    PagedBatch,
    QuantizedTensor,
    functional,
)
from konspekt.kernels.backends import backend_on
from konspekt.kernels.kv_cache import Kind
from konspekt.serving.model.architectures import ModelConfig


@dataclass(frozen=True, slots=True)
class PredictionHead:
    """Weights that guess one token further than the model itself (multi-token prediction), as MiMo-7B has them: what
    the model made of a place and the embedding of the token that follows, each normed, joined and brought to the
    model's width by `join` [hidden, 2 · hidden], go through one more decoder layer; embedding and output matrix are
    the model's own."""

    hidden_norm: torch.Tensor
    token_norm: torch.Tensor
    join: QuantizedTensor
    decoder: Decoder  # of one layer
    output_norm: torch.Tensor


@dataclass(frozen=True, slots=True)
class Transformer:
    """Weights ready to compute on `device`. `forward` keeps no state beyond the cache it is given."""

    config: ModelConfig
    embedding: QuantizedTensor
    decoder: Decoder
    output_norm: torch.Tensor
    output: QuantizedTensor
    device: torch.device
    head: PredictionHead | None

    def forward(
        self,
        ids: Sequence[int] | torch.Tensor,
        cache: KVCache,
        batch: PagedBatch,
        rows: Sequence[int] | torch.Tensor,
    ) -> torch.Tensor:
        """Compute the tokens `ids` of `batch`, write their keys and values, and give the logits after some of them.

        ids: [tokens]; rows: the places in `ids` whose next token is wanted -> float32 [len(rows), vocab]. `cache` and
        `batch` are on the model's device.
        """
        return self.logits(self.hidden(ids, cache, batch), rows)

    def hidden(self, ids: Sequence[int] | torch.Tensor, cache: KVCache, batch: PagedBatch) -> torch.Tensor:
        """The first part of `forward`: float32 [tokens, hidden] after the last layer, before the final norm."""
        return self.decoder.forward(self.embedded(ids), cache, batch)

    def logits(self, hidden: torch.Tensor, rows: Sequence[int] | torch.Tensor) -> torch.Tensor:
        """The second part of `forward`."""
        if len(rows) == 0:
            return torch.empty(0, self.output.out_features, device=self.device)
        wanted = hidden if len(rows) == len(hidden) else hidden[self._on_device(rows)]
        return functional.linear(self._normed(wanted, self.output_norm), self.output)

    def hidden_ahead(self, hidden: torch.Tensor, ids: Sequence[int], cache: KVCache, batch: PagedBatch) -> torch.Tensor:
        """What the prediction head makes of `hidden` [tokens, hidden] and of the token that follows each, after its
        last norm; the same shape. `cache` has one layer and holds the head's own keys and values."""
        assert self.head is not None
        known = self._normed(hidden, self.head.hidden_norm)
        following = self._normed(self.embedded(ids), self.head.token_norm)
        joined = functional.linear(torch.cat([known, following], dim=1), self.head.join)
        ahead = self.head.decoder.forward(joined, cache, batch)
        return functional.rms_norm(ahead, self.head.output_norm, self.config.norm_eps)

    def logits_ahead(self, hidden: torch.Tensor) -> torch.Tensor:
        """float32 [tokens, vocab] after rows of `hidden_ahead`: of the token after the one that follows."""
        return functional.linear(self._as_factor(hidden), self.output)

    def embedded(self, ids: Sequence[int] | torch.Tensor) -> torch.Tensor:
        """float32 [tokens, hidden], as the first layer takes them."""
        hidden = functional.embedding(self._on_device(ids), self.embedding)  # [tokens, hidden]
        return hidden if self.config.embedding_scale == 1.0 else hidden * self.config.embedding_scale

    def normed(self, hidden: torch.Tensor) -> torch.Tensor:
        """Rows of `hidden` after the final norm; the same shape."""
        return functional.rms_norm(hidden, self.output_norm, self.config.norm_eps)

    def _normed(self, hidden: torch.Tensor, norm: torch.Tensor) -> torch.Tensor:
        return self._as_factor(functional.rms_norm(hidden, norm, self.config.norm_eps))

    def _as_factor(self, x: torch.Tensor) -> torch.Tensor:
        return x.to(self.decoder.products) if backend_on(self.device) == "triton" else x

    def _on_device(self, numbers: Sequence[int] | torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(numbers, dtype=torch.int64, device=self.device)

    def new_state(self) -> torch.Tensor:
        """What one sequence leaves in the recurrent layers: float32 [layers, …], whose content does not matter yet."""
        assert self.config.delta is not None
        return torch.empty(len(self.config.recurrent), self.config.delta.state, device=self.device)

    def new_cache(self, pages: int, page_size: int = 16, kind: Kind = "int8", layers: int | None = None) -> KVCache:
        """`layers` None: as many as of the model's attend."""
        c = self.config
        sizes = (c.attending if layers is None else layers, pages, c.kv_heads, c.head_dim)
        return KVCache(*sizes, page_size=page_size, kind=kind, device=self.device, value_dim=c.value_dim)
