"""Before any time is taken: each format against float64 on the machine that will be timed."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.gpu.linear import weights
from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.formats.rowwise import Rowwise
from konspekt.kernels.linear import reference
from konspekt.kernels.linear.gpu import codes as gpu_codes

# relative error of a product: float32 alone, x's own type, activations in 8 or 4 bits that may fall on either level
BOUNDS = {"few": 6e-6, torch.float16: 2e-3, torch.bfloat16: 1.2e-2, "codes": 4e-3}
SHAPE = (203, 1280)  # no multiple of a tile; groups of 128 and blocks of 256 fit
SMALL = (67, 512)
QUICK = 8  # the first of the list of formats: each kind of kernel is among them


def plan(*, small: bool, quick: bool = False) -> list[tuple[str, dict[str, Any]]]:
    return [("check", {"name": name, "small": small}) for name in weights.NAMES[: QUICK if quick else None]]


def check(device: torch.device, name: str, *, small: bool) -> dict[str, Any]:
    """Every regime of a format: the greatest relative error of each, and whether all are within their bounds."""
    w = weights.small(name, *(SMALL if small else SHAPE))
    found: dict[str, Any] = {"what": name, "good": True}
    for rows, dtype in ((1, torch.float16), (4, torch.bfloat16), (17, torch.float16), (150, torch.bfloat16)):
        if small and rows > 17:
            continue
        generator = torch.Generator().manual_seed(rows)
        x = torch.randn(rows, w.shape[1], generator=generator).to(dtype)
        with kernels.use("triton"):
            got = functional.linear(x.to(device), w).cpu()
        want = wanted(x, w, device)
        kind = "codes" if coded(name, rows) else "few" if rows <= 4 else dtype
        error = float((got.double() - want).norm() / want.norm())
        found[f"{rows} rows"] = error
        found["good"] = bool(found["good"] and torch.isfinite(got).all() and error <= BOUNDS[kind])
    return found


def coded(name: str, rows: int) -> bool:
    """Are activations quantised: then a rounding may put some on another level."""
    return name.startswith("quest") or (name in ("int8", "fp8") and rows > 4)


def wanted(x: torch.Tensor, w: Any, device: torch.device) -> torch.Tensor:
    if isinstance(w, Rowwise) and w.codes.dtype != torch.int8 and not gpu_codes.has_fp8(device):
        return x.double() @ w.dequantize().double().T  # no FP8 products here: x stays as it is
    return reference.linear(x, w).double()


def graph(device: torch.device) -> dict[str, Any]:
    """Captured calls, with rotations, codes and gathers in them, replay to the same bits."""
    good = True
    for name in ("Q4_K", "quest 4", "int8", "e8p 2"):
        w = weights.small(name, *SHAPE)
        for rows in (1, 16):
            x = torch.randn(rows, SHAPE[1], device=device, dtype=torch.float16)
            want = functional.linear(x, w).clone()
            torch.cuda.synchronize()
            captured = torch.cuda.CUDAGraph()
            with torch.cuda.graph(captured):
                out = functional.linear(x, w)
            out.zero_()
            captured.replay()
            torch.cuda.synchronize()
            good = good and bool(torch.equal(out, want))
    return {"what": "CUDA graphs", "good": good}
