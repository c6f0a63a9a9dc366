"""The gated delta rule in chunks, in float32: matrix products instead of a walk over tokens, on any device of torch.

Within a chunk the corrections depend on one another through a triangular system (the WY form of Yang et al. 2024,
arXiv 2412.06464, section 3.3): with decays D[i, j] = exp(g_j+1 + … + g_i),

    (I + tril(β k kᵀ ⊙ D, -1)) U = β (v - exp(g_1 + … + g_i) k S)
    o = exp(g_1 + … + g_i) q S + tril(q kᵀ ⊙ D) U;  S ← exp(g_1 + … + g_n) S + (D[n, :] k)ᵀ U
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.delta import reference
from konspekt.kernels.delta.states import StateUse

if TYPE_CHECKING:
    from konspekt.kernels.delta import DeltaRule

CHUNK = 64


def delta_rule(  # noqa: PLR0917
    mixed: torch.Tensor,
    decay: torch.Tensor,
    beta: torch.Tensor,
    rule: DeltaRule,
    uses: Sequence[StateUse],
    counts: Sequence[int],
    layer: int,
) -> torch.Tensor:
    return reference.over_sequences(mixed, decay, beta, rule, uses, counts, layer, scan=scan, wide=torch.float32)


def scan(  # noqa: PLR0917
    state: torch.Tensor, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, g: torch.Tensor, beta: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    out = []
    for begin in range(0, q.shape[1], CHUNK):
        part = slice(begin, begin + CHUNK)
        o, state = _chunk(state, q[:, part], k[:, part], v[:, part], g[:, part], beta[:, part, None])
        out.append(o)
    return torch.cat(out, dim=1), state


def _chunk(  # noqa: PLR0917
    state: torch.Tensor, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, g: torch.Tensor, beta: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    total = g.cumsum(1)  # [heads, n]
    since = total[:, :, None] - total[:, None]  # log D, good below the diagonal
    within = torch.ones(q.shape[1], q.shape[1], dtype=torch.bool, device=q.device).tril()
    faded = since.masked_fill(~within, -torch.inf).exp()
    begun = total.exp()[:, :, None]
    system = (beta * (k @ k.mT) * faded).tril(-1)
    wanted = beta * (v - begun * (k @ state))
    corrections = torch.linalg.solve_triangular(system, wanted, upper=False, unitriangular=True)
    out = begun * (q @ state) + (q @ k.mT * faded) @ corrections
    left = (total[:, -1:] - total).exp()[:, :, None]
    return out, begun[:, -1:] * state + (left * k).mT @ corrections
