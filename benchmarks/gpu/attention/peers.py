"""What we are compared with, in the same run: each makes a function to be timed, or says why it is missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from konspekt.kernels.attention import launch as gpu
from konspekt.kernels.attention.configs import Tile
from konspekt.kernels.attention.recipe import RECIPES, Variant

Call = Callable[[], Any]
FLASH = "SDPA flash (FlashAttention-2)"
FLEX_LENGTHS = (1024, 8192, 32768)


def ours(  # noqa: PLR0917
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, variant: Variant, causal: bool, tile: Tile | None = None
) -> tuple[Call, Call]:
    """The whole call, and the attention kernel alone over K and V quantised before."""
    rows, recipe = (gpu.rows_of(q), gpu.rows_of(k), gpu.rows_of(v)), RECIPES[variant]
    ready = gpu.quantize_keys(rows[1], recipe, rows[0]), gpu.quantize_values(rows[2], recipe)
    options: dict[str, Any] = {"causal": causal, "scale": q.shape[-1] ** -0.5, "tile": tile}
    return (
        lambda: gpu.attend(*rows, recipe, **options),
        lambda: gpu.attend(*rows, recipe, quantized=ready, **options),
    )


def sdpa(backend: SDPBackend) -> Callable[..., Call]:
    def make(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool) -> Call:
        def call() -> torch.Tensor:
            with sdpa_kernel(backend):
                return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)

        return call

    return make


@cache
def _compiled_flex() -> Any:
    from torch.nn.attention.flex_attention import flex_attention

    return torch.compile(flex_attention, dynamic=False)


def flex(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool) -> Call:
    from torch.nn.attention.flex_attention import create_block_mask

    length = q.shape[2]
    if length not in FLEX_LENGTHS:
        raise ValueError("not measured at this length: it is compiled anew for each")
    block = (
        create_block_mask(lambda b, h, i, j: i >= j, None, None, length, length, device=q.device.type)
        if causal
        else None
    )
    return lambda: _compiled_flex()(q, k, v, block_mask=block)


def sage(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool) -> Call:
    from sageattention import sageattn

    return lambda: sageattn(q, k, v, is_causal=causal)


def flash_3(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool) -> Call:
    from flash_attn_interface import flash_attn_func  # type: ignore[import-not-found]

    rows = [x.transpose(1, 2).contiguous() for x in (q, k, v)]  # [batch, length, heads, dim]
    return lambda: flash_attn_func(*rows, causal=causal)


BUILT_IN: dict[str, Callable[..., Call]] = {
    FLASH: sdpa(SDPBackend.FLASH_ATTENTION),
    "SDPA cuDNN": sdpa(SDPBackend.CUDNN_ATTENTION),
}
OTHERS: dict[str, Callable[..., Call]] = {  # not there, as a rule, or compiled first: timed apart from us
    "FlashAttention-3": flash_3,
    "sageattention package": sage,
    "FlexAttention": flex,
}
PEERS = BUILT_IN | OTHERS


def peer(name: str, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool) -> Call | str:
    """A call that ran once, or the reason why it cannot."""
    try:
        call = PEERS[name](q, k, v, causal)
        call()
        torch.cuda.synchronize()
    except Exception as reason:  # a package or a C compiler that is not there, another version's signature
        return f"{type(reason).__name__}: {str(reason).splitlines()[0][:120] if str(reason) else 'no reason given'}"
    return call
