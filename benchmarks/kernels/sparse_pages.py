"""Which summary of a page of 16 keys finds the pages that a single token attends to, on a real model's activations.

    python -m benchmarks.kernels.sparse_pages --model smollm2-135m --tokens 2048

For tokens late in a text, in every third layer: pages are picked until their predicted weights hold a mass, first and
last always; printed is the share of pages read and how far the output is off (relative L1, mean over tokens and heads).
mean: as SpargeAttention predicts; bound: Quest's, which no key exceeds; between: half way, what `PageSummaries` keeps;
known: the true weights (an ideal). Writes benchmarks/results/sparse_pages_<model>.json.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import torch

from benchmarks.common.machine import write_result
from benchmarks.kernels.sparse_perplexity import (
    MODELS,
    TEXTS,
    Looking,
    Model,
    joined,
)
from konspekt.kernels.attention.sparse.reference import smallest_share

PAGE = 16
MASSES = (0.9, 0.95, 0.98, 0.99, 0.995)
EVERY = 3  # layers looked at
TOKENS = range(64, 704, 64)  # places before the end


class Watch(Looking):
    def __init__(self) -> None:
        super().__init__(EVERY)
        self.found: dict[str, dict[float, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))

    def look(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> None:
        """q, k, v: [len, dim]."""
        pages = k[: len(k) // PAGE * PAGE].view(-1, PAGE, k.shape[1])
        means, reaches = pages.mean(1), (pages.amax(1) - pages.amin(1)) / 2
        centres = (pages.amax(1) + pages.amin(1)) / 2
        for back in TOKENS:
            count = (len(k) - back) // PAGE
            row, keys = q[count * PAGE - 1], count * PAGE
            scores = k[:keys] @ row * scale
            p = scores.softmax(0)
            dense = p @ v[:keys]
            mean, reach = means[:count] @ row * scale, reaches[:count] @ row.abs() * scale
            predicted = {
                "mean": mean, "bound": centres[:count] @ row * scale + reach, "between": mean + reach / 2,
                "known": scores.view(-1, PAGE).logsumexp(1),
            }  # fmt: skip
            for name, weights in predicted.items():
                for mass in MASSES:
                    there, keep = torch.ones(count, dtype=torch.bool), torch.tensor([mass])
                    kept = smallest_share(weights.softmax(0), there, keep, by_mass=True)
                    kept[0] = kept[-1] = True
                    seen = p * kept.repeat_interleave(PAGE)
                    off = (seen @ v[:keys] / seen.sum() - dense).abs().sum() / dense.abs().sum()
                    self.found[name][mass].append((float(kept.float().mean()), float(off)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default=MODELS[0])
    parser.add_argument("--tokens", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    watch = Watch()
    model = Model(asked.model, watch)
    model.row(joined(TEXTS["en"]), asked.tokens, ("exact", None))
    rows = {}
    for name, masses in watch.found.items():
        for mass, pairs in masses.items():
            share, off = (sum(pair[i] for pair in pairs) / len(pairs) for i in range(2))
            rows[f"{name}, mass {mass:g}"] = {"pages_read": round(share, 4), "relative_l1": round(off, 4)}
            print(f"{name:8} mass {mass:<6g} pages read {share:.3f}  relative L1 {off:.3f}")
    found = {"model": asked.model, "tokens": asked.tokens, "rows": rows}
    print(f"written: {write_result(f'sparse_pages_{asked.model}', found).name}")


if __name__ == "__main__":
    main()
