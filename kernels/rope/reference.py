"""Rotary position embedding (Su et al. 2021), angles in float64."""

from __future__ import annotations

import torch


def rope(x: torch.Tensor, positions: torch.Tensor, inv_freq: torch.Tensor, style: str) -> torch.Tensor:
    dims = 2 * len(inv_freq)
    angle = positions.double()[:, None, None] * inv_freq.double()  # [tokens, 1, dims/2]
    cos, sin = angle.cos(), angle.sin()
    wide = x.double()
    rotated = wide.clone()
    if style == "neox":
        a, b = wide[..., : dims // 2], wide[..., dims // 2 : dims]
        rotated[..., : dims // 2], rotated[..., dims // 2 : dims] = a * cos - b * sin, b * cos + a * sin
    else:
        a, b = wide[..., 0:dims:2], wide[..., 1:dims:2]
        rotated[..., 0:dims:2], rotated[..., 1:dims:2] = a * cos - b * sin, b * cos + a * sin
    return rotated.float()
