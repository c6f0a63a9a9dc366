"""The results of attention_accuracy.py as tables."""

from __future__ import annotations

import json
import math
from typing import Any

from benchmarks.common.paths import RESULTS

TABLE = RESULTS / "attention_accuracy.json"
TEXTS = {
    "ru": ("sample/course/03-flow-matching.md", "sample/course/04-guidance.md", "sample/course/02-samplers.md",
           "sample/course/06-ptq.md"),
    "en": ("docs/bot.md", "sample/course/07-attention.md", "docs/sources.md", "docs/operations.md"),
}  # fmt: skip
AIMS = "INT8 mean cosine 0.9998, worst layer 0.998, relative L1 0.02; FP8 0.999; INT4 0.994; int8 pages 0.9995"


def accuracy() -> str:
    """As the results stand now."""
    return table(json.loads(TABLE.read_text("utf-8"))).rstrip()


def table(held: dict[str, Any]) -> str:
    lines = [f"Aims on activations: {AIMS}. Perplexity: INT8 within 0.2 %, FP8 within 1 %.", ""]
    for name, result in held.items():
        lines += [f"**{name}**, {result['date'][:10]}, {result['hardware']['cpu']}", ""]
        lines += _activations(result["activations"]) + _perplexity(result["nll"])
    return "\n".join(lines)


def _activations(texts: dict[str, Any]) -> list[str]:
    if not texts:
        return []
    lines = [f"Activations of {len(texts)} texts, 256 tokens; cosine of a row (a query) and of a layer's output:"]
    heads = ("attention", "mean", "worst layer", "worst row", "rows < 0.998", "whole, mean", "whole, worst layer")
    lines += ["", f"| {' | '.join(heads)} | relative L1 |", "|---" * (len(heads) + 1) + "|"]
    for variant in next(iter(texts.values())):
        rows = [text[variant] for text in texts.values() if variant in text]
        mean = {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}
        least = {key: min(row[key] for row in rows) for key in rows[0]}
        cells = (
            f"{mean['mean_cosine']:.5f}",
            f"{least['worst_layer_mean_cosine']:.5f}",
            f"{least['worst_row_cosine']:.3f}",
            f"{100 * mean['rows_under_0.998']:.3f} %",
            f"{mean['whole_cosine']:.5f}",
            f"{least['worst_whole_cosine']:.5f}",
            f"{mean['mean_relative_l1']:.4f}",
        )
        lines.append(f"| {' | '.join((variant, *cells))} |")
    return [*lines, ""]


def _perplexity(sums: dict[str, dict[str, tuple[float, int]]]) -> list[str]:
    """Change against exact attention, over the texts that every variant has."""
    if len(sums) < 2:
        return []
    common = sorted(set.intersection(*(set(texts) for texts in sums.values())))
    chosen = {name: [key for key in common if key.split()[0] in paths] for name, paths in TEXTS.items()}
    chosen = {name: keys for name, keys in chosen.items() if keys}
    heads, cells = [], {variant: [variant] for variant in sums}
    for name, keys in chosen.items():
        tokens = sum(sums["exact"][key][1] for key in keys)
        base = sum(sums["exact"][key][0] for key in keys) / tokens
        heads.append(f"{name}, {len(keys)} texts, {tokens} tokens")
        cells["exact"].append(f"{math.exp(base):.3f}")
        for variant in [variant for variant in sums if variant != "exact"]:
            change = math.expm1(sum(sums[variant][key][0] for key in keys) / tokens - base)
            cells[variant].append(f"{100 * change:+.2f} %")
    lines = [f"| perplexity | {' | '.join(heads)} |", "|---" * (1 + len(heads)) + "|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in cells.values()), ""]
