"""LDLQ for the lattice codebooks (QuIP#, arXiv 2402.04396): GPTQ eight columns at a time, in rotated coordinates."""

from __future__ import annotations

import torch

from konspekt.kernels.formats.e8p import (
    E8P,
    check_e8p,
    rotate,
    round_eights,
    row_scales,
    values,
)
from konspekt.kernels.hadamard import randomised
from konspekt.quantization.rounding.hessian import Hessian, inverse_factor

BLOCK = 128  # columns whose errors are spread at once


def ldlq(weight: torch.Tensor, hessian: Hessian, bits: int, seed: int = 0) -> E8P:
    """Eight columns become a point of the lattice; the columns that follow make up for their error.

    weight float32 [out, in]. With H the inputs' second moments, rotated like the columns, and Uᵀ U = H⁻¹, the error
    e of a block b spreads to later columns as e · U_bb⁻¹ · U_b,later (the columns' own triangular part).

    Raises: KernelError for what `quantize_e8p` refuses, or inputs that leave no inverse.
    """
    out, columns = weight.shape
    check_e8p(bits, columns)
    h = hessian.damped.float()
    h = randomised(randomised(h, seed).T.contiguous(), seed).double()
    spread = inverse_factor((h + h.T) / 2)
    w = rotate(weight, seed)
    scales = row_scales(w)
    w = (w / scales[:, None]).T.contiguous()  # [in, out], in units of the codebook
    codes: list[torch.Tensor] = []
    residuals: list[torch.Tensor] = []
    for start in range(0, columns, BLOCK):
        end = min(start + BLOCK, columns)
        errors = torch.empty(end - start, out)
        for at in range(start, end, 8):
            eight = slice(at, at + 8)
            code, residual = round_eights(w[eight].T.contiguous(), bits)
            codes.append(code)
            if residual is not None:
                residuals.append(residual)
            error = w[eight] - values(code, residual).T
            own = torch.linalg.solve_triangular(spread[eight, eight].T, error, upper=False)
            w[at + 8 : end].addmm_(spread[eight, at + 8 : end].T, own, alpha=-1)
            errors[at - start : at - start + 8] = own
        w[end:].addmm_(spread[start:end, end:].T, errors, alpha=-1)
    return E8P(torch.stack(codes, 1), torch.stack(residuals, 1) if residuals else None, scales, seed)
