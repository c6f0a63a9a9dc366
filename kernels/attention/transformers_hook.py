"""`attn_implementation="konspekt_sage"` for models of the `transformers` library."""

from __future__ import annotations

from typing import Any

import torch

from konspekt.kernels.attention import ops
from konspekt.kernels.attention.sdpa import sdpa
from konspekt.kernels.attention.skipping import SparsePlan, attend, why_dense
from konspekt.kernels.attention.sparse.recipe import SparseRecipe
from konspekt.kernels.attention.support import best_variant, variant_fault, why_not
from konspekt.kernels.errors import BackendUnavailable, KernelError

NAME = "konspekt_sage"


def register(
    name: str = NAME, *, variant: str = "auto", strict: bool = False, sparse: SparseRecipe | SparsePlan | None = None
) -> str:
    """Make `attn_implementation=name` known to transformers; returns the name. sparse: of all layers, or of each.

    Raises: BackendUnavailable when transformers is not installed or is older than 4.53.
    """
    try:
        from transformers import AttentionInterface
        from transformers.masking_utils import AttentionMaskInterface, sdpa_mask
    except ImportError as missing:
        raise BackendUnavailable(f"transformers 4.53 or newer is needed to register {name!r}: {missing}") from missing

    def forward(  # noqa: PLR0917
        module: torch.nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: torch.Tensor | None,
        dropout: float = 0.0,
        scaling: float | None = None,
        is_causal: bool | None = None,
        **_: Any,
    ) -> tuple[torch.Tensor, None]:
        """query [batch, heads, q_len, dim], key, value [batch, kv_heads, k_len, dim] -> [batch, q_len, heads, dim]."""
        wanted = getattr(module, "is_causal", True) if is_causal is None else is_causal
        causal = bool(wanted) and attention_mask is None and query.shape[2] > 1
        scale = scaling if scaling is not None else query.shape[-1] ** -0.5
        chosen = best_variant(query.device) if variant == "auto" else variant
        fault = why_not(query, key, value, attention_mask, dropout) or variant_fault(chosen, query.device)
        skipping = sparse.of(getattr(module, "layer_idx", None)) if isinstance(sparse, SparsePlan) else sparse
        if fault is None and skipping is not None and why_dense(query, chosen, attention_mask) is None:
            out, _lse = attend(query, key, value, skipping, chosen, causal, True, scale, None, False)
        elif fault is None:
            out, _lse = ops.dense(query, key, value, attention_mask, chosen, causal, True, scale, None, False)
        elif strict:
            raise KernelError(f"quantised attention cannot compute this call: {fault}")
        else:
            gqa = query.shape[1] != key.shape[1]
            out = sdpa(query, key, value, attention_mask, dropout, causal, scale, gqa, variant=variant)
        return out.transpose(1, 2), None

    AttentionInterface.register(name, forward)
    AttentionMaskInterface.register(name, sdpa_mask)
    return name
