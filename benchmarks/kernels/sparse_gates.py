"""Which blocks of queries may be predicted from their mean: gates of sparse attention on a real model's activations.

    python -m benchmarks.kernels.sparse_gates --model smollm2-135m --tokens 2048

Every gate lets the mean query choose blocks of keys until they hold a mass, and has the rest computed: in every sixth
layer, on the text marked "seen". Printed are the share of blocks computed, the attention weight lost, and the squared
error of the output, mean over heads and worst. cosine: as published; centred: less the mean of all queries; spread: as
`SparseRecipe` has it; known: the true weights (an ideal). Writes benchmarks/results/sparse_gates_<model>.json.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator

import torch

from benchmarks.common.machine import write_result
from benchmarks.kernels.sparse_perplexity import (
    MODELS,
    TEXTS,
    Looking,
    Model,
    joined,
)
from konspekt.kernels.attention.sparse.recipe import K_BLOCK, Q_BLOCK
from konspekt.kernels.attention.sparse.reference import (
    pool,
    smallest_share,
    spread,
    stretches,
)
from konspekt.kernels.attention.sparse.search import Parts

EVERY = 6  # layers looked at
MASSES = (0.99, 0.995, 0.998, 0.999)
COSINES, CENTRED, SPREADS = (0.7, 0.85), (0.3, 0.5), (1.5, 1.75, 2.0, 2.5, 3.0)


class Watch(Looking):
    def __init__(self) -> None:
        super().__init__(EVERY)
        self.found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)

    def look(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> None:
        """q, k, v: [len, dim]; the length a multiple of Q_BLOCK."""
        parts = Parts.of(q, k, v, scale)
        seen, whole = stretches(len(q), len(k), q.device, causal=True, top_left=False, window=None)
        weight = (parts.total / parts.total.sum(1, keepdim=True)).view(len(seen), Q_BLOCK, -1)
        sums = (parts.weighted / parts.total.sum(1)[:, None, None]).view(len(seen), Q_BLOCK, len(k) // K_BLOCK, -1)
        dense = parts.dense.view(len(seen), Q_BLOCK, -1)
        for name, chosen in self.chosen(q, k, scale, seen, weight.mean(1)):
            kept = seen & (chosen | ~whole)
            lost = (weight * ~kept[:, None]).sum(-1)
            out = torch.einsum("brjd,bj->brd", sums, kept.float()) / (1 - lost).clamp(min=1e-6)[..., None]
            error = (out - dense).square().sum() / dense.square().sum()
            self.found[name].append((float(kept.sum() / seen.sum()), float(lost.mean()), float(error)))

    @staticmethod
    def chosen(
        q: torch.Tensor, k: torch.Tensor, scale: float, seen: torch.Tensor, known: torch.Tensor
    ) -> Iterator[tuple[str, torch.Tensor]]:
        """Each gate's name, and the blocks it chooses or leaves to be computed."""
        smooth = k - k.mean(0)
        means, alike = pool(q, Q_BLOCK)
        _, centred = pool(q - q.mean(0), Q_BLOCK)
        hidden = spread(q, smooth, scale)
        scores = (means @ smooth.T * scale).view(len(means), -1, K_BLOCK).logsumexp(-1)
        predicted = scores.masked_fill(~seen, -torch.inf).softmax(-1)
        for mass in MASSES:
            keep = torch.tensor([mass])
            picked = smallest_share(predicted, seen, keep, by_mass=True)
            for name, what, limits in (
                ("cosine", alike, COSINES),
                ("centred", centred, CENTRED),
                ("spread", hidden, SPREADS),
            ):
                for limit in limits:
                    trusted = what < limit if name == "spread" else what >= limit
                    yield f"{name} {limit:g}, mass {mass:g}", picked | ~trusted[:, None]
            yield f"known, mass {mass:g}", smallest_share(known, seen, keep, by_mass=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default=MODELS[0])
    parser.add_argument("--tokens", type=int, default=2048, help="a multiple of 128")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    if asked.tokens % Q_BLOCK:
        parser.error(f"--tokens {asked.tokens} is not a multiple of {Q_BLOCK}")
    torch.set_num_threads(asked.threads)
    watch = Watch()
    Model(asked.model, watch).row(joined(TEXTS["en, seen"]), asked.tokens, ("exact", None))
    rows = {}
    for name, heads in watch.found.items():
        share, lost, error = (sum(head[i] for head in heads) / len(heads) for i in range(3))
        worst = max(head[2] for head in heads)
        rows[name] = {"computed": round(share, 4), "lost": round(lost, 5), "error": round(error, 6),
                      "worst_error": round(worst, 5)}  # fmt: skip
        print(f"{name:26} computed {share:.3f}  weight lost {lost:.4f}  squared error {error:.5f}, worst {worst:.4f}")
    found = {"model": asked.model, "tokens": asked.tokens, "rows": rows}
    print(f"written: {write_result(f'sparse_gates_{asked.model}', found).name}")


if __name__ == "__main__":
    main()
