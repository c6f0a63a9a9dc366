"""`attention`: prefill over contiguous keys and values, exact on the CPU, quantised on a GPU."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.attention import reference
from konspekt.kernels.attention.recipe import recipe_of
from konspekt.kernels.attention.sparse.recipe import SparseRecipe
from konspekt.kernels.attention.support import (
    HEAD_DIMS,
    best_variant,
    packed_fault,
    variant_fault,
    why_not,
)
from konspekt.kernels.backends import backend
from konspekt.kernels.errors import KernelError
from konspekt.kernels.shared.limits import MAX_GROUP, MAX_HEAD_DIM
from konspekt.kernels.triton.available import runs_on

if TYPE_CHECKING:
    from konspekt.kernels.attention.skipping import SparsePlan

_warned: set[str] = set()


@dataclass(frozen=True, slots=True)
class _Call:
    causal: bool
    scale: float | None
    window: int | None
    mask: torch.Tensor | None
    variant: str
    strict: bool
    with_lse: bool
    sparse: SparseRecipe | None


class Attention:
    """`konspekt.kernels.attention(q, k, v)`, and beside it `.varlen(…)` and `.register()`: see their own texts."""

    def __call__(
        self,
        q: torch.Tensor,
        k: torch.Tensor,
        v: torch.Tensor,
        *,
        causal: bool = True,
        scale: float | None = None,
        window: int | None = None,
        mask: torch.Tensor | None = None,
        variant: str = "auto",
        strict: bool = False,
        sparse: SparseRecipe | None = None,
    ) -> torch.Tensor:
        """softmax(q · kᵀ · scale + mask) · v.

        q: [batch, heads, q_len, head_dim]; k, v: [batch, kv_heads, k_len, head_dim]; heads a multiple of kv_heads.
        Causal is aligned at the bottom right, as with cached keys: query i sees keys up to i + k_len - q_len, of these
        the last `window` (itself included). mask: bool (True is seen) or added, broadcastable to [batch, heads, q_len,
        k_len]. scale: 1/sqrt(head_dim) by default. A row that sees nothing yields zeros.

        variant: `auto` computes exactly on the CPU and INT8 on a GPU; `exact`, `int8`, `int8_fp8`, `int4_fp8` force
        one (on the CPU by its float64 reference, slowly). `int8+fp16_sums` sums a block's P·V in half precision,
        `int8+q_group=32+k_group=64` lets rows share scales (`attention.recipe`). What no kernel takes goes to
        PyTorch with one warning; `strict` raises instead.

        sparse: blocks of keys whose weight is predicted to be small are not computed (`SparseRecipe`; needs no mask
        tensor). A mask tensor makes the call dense, with one warning; `strict` raises. Without a GPU the reference
        computes it, slowly.

        -> the shape of q; in float32 from the exact CPU kernels, else in the type of q.
        """
        asked = _Call(causal, scale, window, mask, variant, strict, with_lse=False, sparse=sparse)
        return _attend(q, k, v, asked)[0]

    def with_lse(
        self,
        q: torch.Tensor,
        k: torch.Tensor,
        v: torch.Tensor,
        *,
        causal: bool = True,
        scale: float | None = None,
        window: int | None = None,
        mask: torch.Tensor | None = None,
        variant: str = "auto",
        strict: bool = False,
        sparse: SparseRecipe | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The same, and the natural logarithm of each row's sum of exponentials, float32 [batch, heads, q_len].

        It lets partial results over disjoint keys be merged. A row that sees nothing has -inf. With `sparse` it covers
        only the blocks computed.
        """
        return _attend(q, k, v, _Call(causal, scale, window, mask, variant, strict, with_lse=True, sparse=sparse))

    def varlen(  # noqa: PLR0917 - the arguments of flash_attn_varlen_func
        self,
        q: torch.Tensor,
        k: torch.Tensor,
        v: torch.Tensor,
        cu_seqlens_q: torch.Tensor,
        cu_seqlens_k: torch.Tensor,
        max_q_len: int,
        max_k_len: int,
        *,
        causal: bool = True,
        scale: float | None = None,
        window: int | None = None,
        variant: str = "auto",
        sparse: SparseRecipe | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Sequences of different lengths, packed: no padding is computed.

        q: [tokens, heads, head_dim]; k, v: [tokens, kv_heads, head_dim]; cu_seqlens int32 [sequences + 1] on the same
        device: sequence s is rows cu[s] … cu[s+1]. The longest lengths are asked for so that nothing waits on the GPU.
        -> output like q, log-sum-exp float32 [heads, tokens].

        Raises: KernelError when shapes do not fit, or for what no kernel takes: PyTorch offers no fallback.
        """
        _check_packed(q, k, v, cu_seqlens_q, cu_seqlens_k)
        chosen = variant if variant != "auto" else best_variant(q.device) if runs_on(q.device) else "exact"
        fault = packed_fault(q, k, v, chosen) if recipe_of(chosen).levels else None
        if fault is not None:
            raise KernelError(f"packed attention cannot compute this call: {fault}")
        from konspekt.kernels.attention import ops

        factor = scale if scale is not None else q.shape[-1] ** -0.5
        lengths = (cu_seqlens_q, cu_seqlens_k, max_q_len, max_k_len)
        if sparse is not None:
            from konspekt.kernels.attention import skipping

            fault = skipping.why_dense(q, chosen, None)
            if fault is None:
                return skipping.attend_packed(q, k, v, lengths, sparse, chosen, causal, factor, window)
            _warn_once(f"konspekt.kernels.attention skips nothing here: {fault}")
        out, lse = ops.packed(q, k, v, *lengths, chosen, causal, factor, window, True)
        return out, lse

    @staticmethod
    def register(
        name: str = "konspekt_sage",
        *,
        variant: str = "auto",
        strict: bool = False,
        sparse: SparseRecipe | SparsePlan | str | Path | None = None,
    ) -> str:
        """Make `attn_implementation=name` known to transformers.

        sparse: thresholds for all layers, or those that `konspekt.kernels.attention.tune` wrote for this model.

        Raises: BackendUnavailable when transformers is missing or too old, KernelError for a file that is not one.
        """
        from konspekt.kernels.attention.skipping import SparsePlan
        from konspekt.kernels.attention.transformers_hook import register

        plan = SparsePlan.load(sparse) if isinstance(sparse, (str, Path)) else sparse
        return register(name, variant=variant, strict=strict, sparse=plan)


attention = Attention()


def _attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, asked: _Call) -> tuple[torch.Tensor, torch.Tensor]:
    _check(q, k, v)
    scale = asked.scale if asked.scale is not None else q.shape[-1] ** -0.5
    variant = _variant(q, k, v, asked)
    if asked.sparse is not None:
        from konspekt.kernels.attention import skipping

        fault = skipping.why_dense(q, variant, asked.mask)
        if fault is None:
            shape = (variant, asked.causal, False, scale, asked.window, asked.with_lse)
            return skipping.attend(q, k, v, asked.sparse, *shape)
        if asked.strict:
            raise KernelError(f"every block of keys would be computed: {fault}")
        _warn_once(f"konspekt.kernels.attention skips nothing here: {fault}")
    if variant == "exact" and q.device.type == "cpu" and asked.mask is None and not asked.with_lse:
        if backend() == "cpu":
            from konspekt.kernels.attention import cpu

            return cpu.attention(q, k, v, causal=asked.causal, scale=scale, window=asked.window), q
        return reference.attention(q, k, v, causal=asked.causal, scale=scale, window=asked.window), q
    if variant == "exact" and not asked.with_lse:
        return _pytorch(q, k, v, scale, asked), q
    from konspekt.kernels.attention import ops

    out, lse = ops.dense(q, k, v, asked.mask, variant, asked.causal, False, scale, asked.window, asked.with_lse)
    return out, lse


def _variant(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, asked: _Call) -> str:
    variant = asked.variant if asked.variant != "auto" else best_variant(q.device) if runs_on(q.device) else "exact"
    recipe_of(variant)
    if not runs_on(q.device) or variant == "exact":
        return variant
    fault = why_not(q, k, v, asked.mask) or variant_fault(variant, q.device)
    if fault is None:
        return variant
    if asked.strict:
        raise KernelError(f"quantised attention cannot compute this call: {fault}")
    _warn_once(f"konspekt.kernels.attention leaves this to PyTorch: {fault}")
    return "exact"


def _warn_once(reason: str) -> None:
    if reason not in _warned:
        _warned.add(reason)
        warnings.warn(reason, RuntimeWarning, stacklevel=5)


def _pytorch(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float, asked: _Call) -> torch.Tensor:
    seen = reference.visible(q.shape[2], k.shape[2], causal=asked.causal, window=asked.window).to(q.device)
    if asked.mask is not None:
        boolean = asked.mask.dtype == torch.bool
        seen = seen & asked.mask if boolean else asked.mask.masked_fill(~seen, -torch.inf).to(q.dtype)
    out = torch.nn.functional.scaled_dot_product_attention(q, k, v, seen, scale=scale, enable_gqa=True)
    return torch.nan_to_num(out)


def _check(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> None:
    if q.ndim != 4 or k.ndim != 4 or k.shape != v.shape or q.shape[0] != k.shape[0] or q.shape[3] != k.shape[3]:
        raise KernelError(f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}: want [batch, heads, len, dim]")
    if q.shape[1] % k.shape[1]:
        raise KernelError(f"{q.shape[1]} query heads do not divide into {k.shape[1]} key heads")
    if q.shape[3] % 16 or q.shape[3] > MAX_HEAD_DIM or q.shape[1] // k.shape[1] > MAX_GROUP:
        raise KernelError(
            f"head_dim {q.shape[3]} must be a multiple of 16 up to {MAX_HEAD_DIM}, and at most {MAX_GROUP} query heads "
            f"share a key head, got {q.shape[1] // k.shape[1]}"
        )


def _check_packed(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, cu_q: torch.Tensor, cu_k: torch.Tensor) -> None:
    if q.ndim != 3 or k.ndim != 3 or k.shape != v.shape or q.shape[2] != k.shape[2] or q.shape[1] % k.shape[1]:
        raise KernelError(f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}: want [tokens, heads, dim]")
    if q.shape[2] not in HEAD_DIMS:
        raise KernelError(f"head_dim {q.shape[2]}: packed batches take {', '.join(map(str, HEAD_DIMS))}")
    if cu_q.dtype != torch.int32 or cu_k.dtype != torch.int32 or cu_q.shape != cu_k.shape or cu_q.ndim != 1:
        raise KernelError(
            f"cu_seqlens {cu_q.dtype} {tuple(cu_q.shape)}, {cu_k.dtype} {tuple(cu_k.shape)}: want int32 [sequences + 1]"
        )


__all__ = ["HEAD_DIMS", "Attention", "SparseRecipe", "attention"]
