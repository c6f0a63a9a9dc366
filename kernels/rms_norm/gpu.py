"""`rms_norm` through Triton, and the addition before it in the same pass."""

from __future__ import annotations

import torch

from konspekt.kernels.rms_norm.gpu_kernel import norm_kernel
from konspekt.kernels.triton.available import require


def warps_for(width: int) -> int:
    return 1 if width <= 256 else 4 if width <= 4096 else 8


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """x [..., n] of any float type -> [..., n] in `dtype`."""
    require(x.device)
    rows = x.reshape(-1, x.shape[-1])
    out = torch.empty(rows.shape, dtype=dtype, device=x.device)
    _launch(rows, None, None, weight, out, eps)
    return out.reshape(x.shape)


def add_rms_norm(  # noqa: PLR0917
    stream: torch.Tensor,
    added: torch.Tensor,
    added_weight: torch.Tensor | None,
    weight: torch.Tensor | None,
    eps: float,
    dtype: torch.dtype,
) -> torch.Tensor:
    """stream += added (normed first where it has a weight of its own), in place -> norm(stream) [rows, n] in `dtype`.

    stream: float32 [rows, n]. `weight` None: only the addition, and the stream comes back.
    """
    out = stream if weight is None else torch.empty(stream.shape, dtype=dtype, device=stream.device)
    _launch(stream, added, added_weight, weight, out, eps)
    return out


def _launch(  # noqa: PLR0917
    x: torch.Tensor,
    added: torch.Tensor | None,
    added_weight: torch.Tensor | None,
    weight: torch.Tensor | None,
    out: torch.Tensor,
    eps: float,
) -> None:
    rows, n = x.shape
    if not rows:
        return
    width = 1 << (n - 1).bit_length()
    norm_kernel[(rows,)](
        x, x if added is None else added, x if added_weight is None else added_weight, x if weight is None else weight,
        out, n, eps, x.stride(0), x.stride(0) if added is None else added.stride(0),
        ADD=added is not None, NORM_ADDED=added_weight is not None, NORM=weight is not None, BLOCK=width,
        num_warps=warps_for(width),
    )  # fmt: skip
