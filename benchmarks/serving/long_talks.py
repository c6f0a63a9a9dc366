"""What a model makes of a text far longer than its window: with attention sinks, without, and with all of it in sight.

    python -m benchmarks.serving.long_talks [--model smollm2-135m] [--window 512] [--tokens 16384] [--threads 2]

The text is our documentation, in pieces of a quarter of the window. Three ways: the first 16 tokens and the latest stay
(`serve --sinks`), the latest alone stay, and nothing is forgotten, as far as the model's own context reaches. Where
something is forgotten the keys that stay are turned back, nothing is computed again. Perplexity of every 512 tokens.
Writes benchmarks/results/long_talks.json and docs/pictures/long_talks.png after each way.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, RESULTS, ROOT
from konspekt import kernels, modelhub
from konspekt.kernels import PagedBatch
from konspekt.serving.engine.sliding import turn_back
from konspekt.serving.model.model import Model, load_model

PAGE, SINKS, BUCKET = 16, 16, 512
PICTURE = ROOT / "docs" / "pictures" / "long_talks.png"
WAYS = ("first 16 and latest", "latest alone", "nothing forgotten")


def text() -> str:
    """Our documentation, English, the longest pages first so that it reads as text for long."""
    files = sorted((ROOT / "docs").rglob("*.md"), key=lambda file: (-file.stat().st_size, file.name))
    return "\n\n".join(file.read_text("utf-8") for file in (ROOT / "benchmarks" / "NOTES.md", *files))


def losses(model: Model, ids: list[int], way: str, window: int) -> list[float]:
    """Nats of each token but the first, its predecessors being what `way` keeps of them."""
    piece = window // 4
    room = len(ids) if way == WAYS[2] else window
    cache = model.new_cache(-(-room // PAGE))
    pages, kept, found = list(range(cache.pages)), 0, list[float]()
    first = SINKS // PAGE if way == WAYS[0] else 0
    for start in range(0, len(ids) - 1, piece):
        now = ids[start : start + piece]
        if kept + len(now) > room:
            gone, staying = pages[first : first + piece // PAGE], pages[first + piece // PAGE :]
            turn_back(cache, model.decoder, staying[: -(-kept // PAGE) - first - len(gone)], piece)
            pages, kept = [*pages[:first], *staying, *gone], kept - piece
        kept += len(now)
        batch = PagedBatch.of([len(now)], [kept], [pages])
        logits = model.forward(now, cache, batch, range(len(now)))
        following = torch.tensor(ids[start + 1 : start + 1 + len(now)])
        found += torch.nn.functional.cross_entropy(logits[: len(following)], following, reduction="none").tolist()
    return found


def buckets(nats: list[float]) -> list[float]:
    """Perplexity of every 512 tokens."""
    return [
        round(math.exp(sum(part) / len(part)), 2)
        for part in (nats[at : at + BUCKET] for at in range(0, len(nats), BUCKET))
        if len(part) == BUCKET or len(nats) < BUCKET
    ]


def known(what: dict[str, Any]) -> dict[str, Any]:
    """The ways that were measured before, of the same model and window."""
    file = RESULTS / "long_talks.json"
    held = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return dict(held["ways"]) if {name: held.get(name) for name in what} == what else {}


def against_first(ways: dict[str, Any]) -> None:
    """Note of each way how its perplexity compares with the first one's, over the places behind the window that both
    read."""
    base: list[float] = ways.get(WAYS[0], {}).get("buckets", [])
    for row in ways.values():
        pairs = list(zip(row["buckets"], base, strict=False))[1:]
        if pairs:
            row["against_first"] = round(math.exp(sum(math.log(a / b) for a, b in pairs) / len(pairs)), 2)


def plot(result: dict[str, Any], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 4.5))
    for way, row in result["ways"].items():
        places = [BUCKET * (i + 0.5) for i in range(len(row["buckets"]))]
        beside = f": {row['against_first']} times the first" if row.get("against_first", 1.0) != 1.0 else ""
        axes.plot(places, row["buckets"], marker=".", label=way + beside)
    axes.axvline(result["window"], color="#999999", linestyle=":", label=f"window of {result['window']}")
    axes.set(yscale="log", xlabel="tokens read", ylabel="perplexity of 512 tokens")
    axes.set_title(f"{result['model']}, int8 keys, a text longer than the window")
    axes.legend()
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--window", type=int, default=512, help="tokens in sight, a multiple of 64")
    parser.add_argument("--tokens", type=int, default=16_384)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--way", choices=WAYS, action="append", help="this one alone; what is known of others stays")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    kernels.set_threads(asked.threads)
    model = load_model(modelhub.ensure(asked.model, MODEL_FILES))
    ids = model.tokenizer.encode(text())[: asked.tokens]
    what = {"model": asked.model, "window": asked.window, "sinks": SINKS}
    result: dict[str, Any] = {**what, "ways": known(what) if asked.way else {}}
    for way in asked.way or WAYS:
        seen = ids[: model.config.context_length] if way == WAYS[2] else ids
        begun = time.perf_counter()
        nats = losses(model, seen, way, asked.window)
        behind = nats[asked.window :]  # what stands before is the same for all
        perplexity = round(math.exp(sum(behind) / max(1, len(behind))), 2)
        result["ways"][way] = {"tokens": len(seen), "perplexity": perplexity, "buckets": buckets(nats)}
        print(f"{way}: {perplexity} over {len(seen)} tokens, {time.perf_counter() - begun:.0f} s", flush=True)
        against_first(result["ways"])
        write_result("long_talks", result)
        plot(result, PICTURE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
