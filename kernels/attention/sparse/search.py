"""The search behind `attention.tune`: error and share of computed blocks of every head for every threshold.

A head's P·V is summed once for each block of keys. What a choice of blocks would give is then a sum of those parts, so
that a candidate costs a sixty-fourth of an attention.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from konspekt.kernels.attention.sparse.recipe import (
    K_BLOCK,
    Q_BLOCK,
    SparseRecipe,
    Thresholds,
)
from konspekt.kernels.attention.sparse.reference import Blocks, pick, predict

Keys = Literal["each", "mean"]
MASSES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0)
GATES: dict[Keys, tuple[float, ...]] = {
    "each": (1e4, 4.0, 3.0, 2.5, 2.0, 1.75, 1.5, 1.25, 1.0),  # spreads
    "mean": (-1.0, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8),  # mean cosines
}
SKIPS = (-3.0, -4.0, -5.0, -6.0, -8.0, -10.0, -14.0)
Key = tuple[int, int]  # layer, query head
Candidate = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """One head: sums of P·V [q_len, k_blocks, dim], of P and largest scores [q_len, k_blocks], and the dense output."""

    weighted: torch.Tensor
    total: torch.Tensor
    near: torch.Tensor
    dense: torch.Tensor

    @classmethod
    def of(cls, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> Parts:
        """q, k, v: [len, dim] of a causal call, aligned at the bottom right."""
        pad = -len(k) % K_BLOCK
        future = torch.ones(len(q), len(k), dtype=torch.bool, device=q.device).triu(1 + len(k) - len(q))
        s = (q.float() @ k.float().T * scale).masked_fill(future, -torch.inf)
        s = torch.nn.functional.pad(s, (0, pad), value=-torch.inf).reshape(len(q), -1, K_BLOCK)
        near = s.amax(-1)
        p = torch.exp(s - near.amax(-1)[:, None, None])
        values = torch.nn.functional.pad(v.float(), (0, 0, 0, pad)).reshape(-1, K_BLOCK, v.shape[1])
        weighted = torch.einsum("rjk,jkd->rjd", p, values)
        total = p.sum(-1)
        return cls(weighted, total, near, weighted.sum(1) / total.sum(1, keepdim=True))

    def error(self, kept: torch.Tensor, wanted: torch.Tensor | None = None) -> float:
        """Relative L1 when only `kept` blocks are computed and, of these, only `wanted` in P·V. [q_len, k_blocks]."""
        added = kept if wanted is None else kept & wanted
        got = torch.einsum("rjd,rj->rd", self.weighted, added.float())
        out = got / (self.total * kept).sum(1, keepdim=True)
        return float((out - self.dense).abs().sum() / self.dense.abs().sum())

    def near_enough(self, kept: torch.Tensor, whole: torch.Tensor, least: float) -> torch.Tensor:
        """bool [q_len, k_blocks]: not left out by the second skip, walking forwards in groups of Q_BLOCK rows."""
        near = self.near.masked_fill(~kept, -torch.inf)
        gap = (near - near.cummax(1).values).nan_to_num(nan=-torch.inf)
        padded = torch.nn.functional.pad(gap, (0, 0, 0, -len(gap) % Q_BLOCK), value=-torch.inf)
        closest = padded.reshape(-1, Q_BLOCK, gap.shape[1]).amax(1).repeat_interleave(Q_BLOCK, dim=0)[: len(gap)]
        return torch.as_tensor((closest >= least) | ~whole)


def by_row(blocks: torch.Tensor, length: int) -> torch.Tensor:
    """[q_blocks, k_blocks] -> [length, k_blocks]."""
    return blocks.repeat_interleave(Q_BLOCK, dim=0)[:length]


@dataclass(slots=True)
class Search:
    """Feed it every layer's q, k, v for every text; ask for `recipes` at the end."""

    bound: float
    skip_bound: float | None
    masses: tuple[float, ...]
    gates: tuple[float, ...]
    skips: tuple[float, ...]
    keys: Keys = "each"
    step: str = "first"
    worst: dict[Key, dict[Candidate, float]] = field(default_factory=lambda: defaultdict(dict))
    computed: dict[Key, dict[Candidate, float]] = field(default_factory=lambda: defaultdict(dict))
    chosen: dict[Key, Candidate] = field(default_factory=dict)
    chosen_share: dict[Key, float] = field(default_factory=dict)
    looks: dict[Key, int] = field(default_factory=lambda: defaultdict(int))

    def start(self, step: str) -> None:
        """`first`: mass and gate; `second`: the second skip on top of what was found."""
        if step == "second":
            self._settle()
        self.step = step
        for held in (self.worst, self.computed, self.looks):
            held.clear()

    def look(self, layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> None:
        """q [1, heads, q_len, dim], k and v [1, kv_heads, k_len, dim] of a causal layer."""
        heads, each = q.shape[1], self.keys == "each"
        found = predict(q, k, each=each, causal=True, scale=scale)
        if self.step == "first":
            pairs: list[list[Candidate]] = [[c] * heads for c in itertools.product(self.masses, self.gates)]
        else:
            pairs = [[self.chosen[layer, head] for head in range(heads)]]
        picked = [
            pick(found, Thresholds(True, each, tuple(c[0] for c in pair), tuple(c[1] for c in pair), ()))
            for pair in pairs
        ]
        for head in range(heads):
            at = head * k.shape[1] // heads
            parts = Parts.of(q[0, head], k[0, at], v[0, at], scale)
            self.looks[layer, head] += 1
            errors: dict[bytes, float] = {}  # many candidates compute the same blocks
            for pair, blocks in zip(pairs, picked, strict=True):
                if self.step == "first":
                    self._first((layer, head), pair[head], parts, blocks, errors)
                else:
                    self._second((layer, head), pair[head], parts, blocks)

    def _first(self, key: Key, candidate: Candidate, parts: Parts, blocks: Blocks, errors: dict[bytes, float]) -> None:
        kept = blocks.kept[0, key[1]]
        same, share = kept.cpu().numpy().tobytes(), float(blocks.share[0, key[1]])
        if same not in errors:
            errors[same] = parts.error(by_row(kept, len(parts.dense))) if share < 1 else 0.0
        self._note(key, candidate, errors[same], share)

    def _second(self, key: Key, candidate: Candidate, parts: Parts, blocks: Blocks) -> None:
        kept, whole = (by_row(x, len(parts.dense)) for x in (blocks.kept[0, key[1]], blocks.whole))
        for skip in self.skips:
            wanted = parts.near_enough(kept, whole, skip)
            share = float((kept & wanted).sum() / kept.sum())
            self._note(key, (*candidate[:2], skip), parts.error(kept, wanted), share)

    def _note(self, key: Key, candidate: Candidate, error: float, share: float) -> None:
        self.worst[key][candidate] = max(self.worst[key].get(candidate, 0.0), error)
        self.computed[key][candidate] = self.computed[key].get(candidate, 0.0) + share

    def _settle(self) -> None:
        """Of the candidates within the bound the one that computes least; the most cautious among equals."""
        bound = self.bound if self.step == "first" else self.skip_bound or 0.0
        trust = 1.0 if self.keys == "each" else -1.0  # a high spread trusts much, a high cosine little
        for key, shares in self.computed.items():
            fit = [candidate for candidate in shares if self.worst[key][candidate] <= bound]
            best = min(fit, key=lambda c: (shares[c], -c[0], trust * c[1], c[2:]), default=None)
            if self.step == "first":
                self.chosen[key] = best or (1.0, self.gates[0])
                self.chosen_share[key] = shares[best] / self.looks[key] if best else 1.0
            elif best:
                self.chosen[key] = best

    def recipes(self) -> dict[int, SparseRecipe]:
        """A recipe per layer, with a threshold per head."""
        self._settle()
        return {layer: self._recipe(layer) for layer in sorted({layer for layer, _ in self.chosen})}

    def _recipe(self, layer: int) -> SparseRecipe:
        of_heads: list[Any] = [self.chosen[key] for key in sorted(self.chosen) if key[0] == layer]
        skip = None
        if self.skip_bound is not None:
            skip = tuple(c[2] if len(c) > 2 else -1e4 for c in of_heads)  # -1e4: never
        mass, gate = (tuple(c[i] for c in of_heads) for i in range(2))
        if self.keys == "each":
            return SparseRecipe(mass=mass, spread=gate, skip=skip)
        return SparseRecipe(mass=mass, similarity=gate, skip=skip, keys="mean")

    def shares(self) -> dict[int, float]:
        """The share of blocks computed of each layer, mean over heads and texts."""
        of_layers: dict[int, list[float]] = defaultdict(list)
        for (layer, _), share in sorted(self.chosen_share.items()):
            of_layers[layer].append(share)
        return {layer: sum(values) / len(values) for layer, values in of_layers.items()}

    def share(self) -> float:
        """The mean over layers."""
        return sum(self.shares().values()) / max(1, len(self.shares()))
