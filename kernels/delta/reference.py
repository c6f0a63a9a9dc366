"""The gated delta rule token by token, in float64; states are float32 between steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch

from konspekt.kernels.delta.states import StateUse

if TYPE_CHECKING:
    from konspekt.kernels.delta import DeltaRule

EPS = 1e-6  # under the root, when a query or a key is brought to length 1
# (S, q, k, v, g, beta) -> (o, S after the piece); S [heads, key_dim, value_dim], the others [heads, tokens, …]
Scan = Callable[..., tuple[torch.Tensor, torch.Tensor]]


def delta_rule(  # noqa: PLR0917
    mixed: torch.Tensor,
    decay: torch.Tensor,
    beta: torch.Tensor,
    rule: DeltaRule,
    uses: Sequence[StateUse],
    counts: Sequence[int],
    layer: int,
) -> torch.Tensor:
    return over_sequences(mixed, decay, beta, rule, uses, counts, layer, scan=scan, wide=torch.float64)


def over_sequences(  # noqa: PLR0917
    mixed: torch.Tensor,
    decay: torch.Tensor,
    beta: torch.Tensor,
    rule: DeltaRule,
    uses: Sequence[StateUse],
    counts: Sequence[int],
    layer: int,
    *,
    scan: Scan,
    wide: torch.dtype,
) -> torch.Tensor:
    """Each sequence by itself, cut where a state is to be written."""
    found: list[torch.Tensor] = []
    parts = [torch.split(x.float(), list(counts)) for x in (mixed, decay, beta)]
    for use, one, fades, learns in zip(uses, *parts, strict=True):
        if use.journal is not None:
            first = len(one) - use.journal.shape[1]
            use.journal[layer] = torch.cat([part[first:] for part in (one, fades, learns)], dim=1)
        found.append(_sequence(one, fades, learns, rule, use, layer, scan, wide))
    return torch.cat(found) if found else mixed.new_empty(0, rule.sizes.values, dtype=torch.float32)


def _sequence(  # noqa: PLR0917
    mixed: torch.Tensor,
    decay: torch.Tensor,
    beta: torch.Tensor,
    rule: DeltaRule,
    use: StateUse,
    layer: int,
    scan: Scan,
    wide: torch.dtype,
) -> torch.Tensor:
    s, count = rule.sizes, len(mixed)
    before = torch.zeros(s.state, device=mixed.device) if use.read is None else use.read[layer].clone()
    state = before[: s.memory].view(s.value_heads, s.key_dim, s.value_dim).to(wide)
    seen = torch.cat([before[s.memory :].view(s.taps - 1, s.channels), mixed])  # [taps - 1 + count, channels]
    weights = rule.conv.to(mixed.device, wide)
    conv = sum((seen[i : i + count].to(wide) * weights[:, i] for i in range(s.taps)), torch.zeros((), dtype=wide))
    q, k, v = torch.split(conv * torch.sigmoid(conv), [s.key_heads * s.key_dim] * 2 + [s.values], dim=1)
    q, k = (_by_value_head(unit(x.view(count, s.key_heads, s.key_dim)), rule) for x in (q, k))
    v = v.view(count, s.value_heads, s.value_dim).transpose(0, 1)
    step = torch.nn.functional.softplus(decay.to(wide) + rule.dt_bias.to(decay.device, wide), threshold=40.0)
    g = (rule.decay.to(decay.device, wide) * step).T  # [value_heads, count]
    q, learn = q * s.key_dim**-0.5, torch.sigmoid(beta.to(wide)).T
    out, begin = [], 0
    for end, target in [*use.writes, (count, None)]:
        if end > begin:
            piece = slice(begin, end)
            o, state = scan(state, q[:, piece], k[:, piece], v[:, piece], g[:, piece], learn[:, piece])
            out.append(o)
            begin = end
        if target is not None:
            target[layer, : s.memory] = state.reshape(-1).float()
            target[layer, s.memory :] = seen[end : end + s.taps - 1].reshape(-1)
    whole = torch.cat(out, dim=1) if out else v
    return whole.transpose(0, 1).reshape(count, s.values).float()


def unit(x: torch.Tensor) -> torch.Tensor:
    return x * torch.rsqrt(x.square().sum(-1, keepdim=True) + EPS)


def _by_value_head(x: torch.Tensor, rule: DeltaRule) -> torch.Tensor:
    """[tokens, key_heads, key_dim] -> [value_heads, tokens, key_dim]."""
    times = rule.sizes.value_heads // rule.sizes.key_heads
    return (x.repeat(1, times, 1) if rule.tiled else x.repeat_interleave(times, dim=1)).transpose(0, 1)


def scan(  # noqa: PLR0917
    state: torch.Tensor, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, g: torch.Tensor, beta: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    out = []
    for t in range(q.shape[1]):
        state = state * g[:, t, None, None].exp()
        told = torch.einsum("hk,hkv->hv", k[:, t], state)
        correction = beta[:, t, None] * (v[:, t] - told)
        state = state + k[:, t, :, None] * correction[:, None]
        out.append(torch.einsum("hk,hkv->hv", q[:, t], state))
    return torch.stack(out, dim=1), state
