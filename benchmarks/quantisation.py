"""Perplexity against bits: every format of `konspekt quantize` on one small model, and the plot of it.

    python benchmarks/quantisation.py [--only Q4_0 rtn --only Q4_0 gptq] [--model PATH]

Calibrated on some pages of docs/, measured on others (4,096 and 1,536 tokens). Rows are added to
benchmarks/results/quantisation.json one by one, so that a long run may be done in pieces; then the table
(quantisation.md beside it) and docs/pictures/quantisation.png are drawn from all rows there are. The source is itself
quantised (Q4_1 and Q8_0: the only small model at hand), so the "before" is that file's perplexity, not of bf16.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from benchmarks.machine import RESULTS, write_result  # noqa: E402
from quantization.methods import FORMATS  # noqa: E402
from quantization.perplexity import perplexity  # noqa: E402
from quantization.report import bits_of  # noqa: E402
from quantization.run import Job, pack_all  # noqa: E402
from quantization.source import Source, load, tokens_of  # noqa: E402

MODEL = ROOT / "data" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
CALIBRATION = tuple(ROOT / "docs" / name for name in ("indexing.md", "bot.md", "conversion.md"))
TEXT = (ROOT / "docs" / "serving.md", ROOT / "docs" / "operations.md")
GPTQ = ("Q4_0", "int4-g128", "paretoq-4", "paretoq-3", "paretoq-2", "paretoq-1.58")
ALL = [(name, "rtn") for name in FORMATS] + [(name, "gptq") for name in GPTQ]
JOB = Job(MODEL, "", ROOT, calibration=CALIBRATION, text=TEXT, calibration_tokens=4096, text_tokens=1536)


def measure(source: Source, name: str, method: str, ids: torch.Tensor, originals: list[torch.Tensor]) -> dict[str, Any]:
    modules = [module for layer in range(len(source.layers)) for _, module in source.matrices(layer)]
    for module, weight in zip(modules, originals, strict=True):
        module.weight.data = weight
    job = dataclasses.replace(JOB, format=name, method=method)
    began = time.monotonic()
    packed, errors = pack_all(source, FORMATS[name], job, lambda what, done, of: None)
    took = time.monotonic() - began
    weights = torch.tensor(
        [
            float((m.weight.detach() - w).square().sum() / w.square().sum())
            for m, w in zip(modules, originals, strict=True)
        ]
    )
    return {
        "format": name,
        "method": method,
        "bits": round(bits_of(packed.values()), 3),
        "weight_error": float(weights.mean()),
        "output_error": sum(e.error for e in errors) / len(errors) if method == "gptq" else None,
        "perplexity": round(perplexity(source.model, ids), 2),
        "seconds": round(took, 1),
    }


def table(rows: list[dict[str, Any]], before: float) -> str:
    lines = [
        f"Before (the source file itself): perplexity {before:.2f}.\n",
        "| format | method | bits a weight | squared error of weights | perplexity |",
        "|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda r: (r["bits"], r["perplexity"])):
        shown = f"{row['perplexity']:.2f}" if row["perplexity"] < 1e4 else f"{row['perplexity']:.0e}"
        lines.append(f"| {row['format']} | {row['method']} | {row['bits']:.2f} | {row['weight_error']:.2%} | {shown} |")
    return "\n".join(lines) + "\n"


def plot(rows: list[dict[str, Any]], before: float, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5))
    for method, marker in (("rtn", "o"), ("gptq", "^")):
        some = [row for row in rows if row["method"] == method]
        axes.scatter([r["bits"] for r in some], [r["perplexity"] for r in some], marker=marker, label=method)
        for r in some:
            axes.annotate(
                r["format"], (r["bits"], r["perplexity"]), fontsize=7, xytext=(3, 3), textcoords="offset points"
            )
    axes.axhline(before, color="grey", linestyle=":", label="before")
    axes.set(xlabel="bits a weight, scales included", ylabel="perplexity", yscale="log", title="SmolLM2-135M-Instruct")
    axes.legend()
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", action="append", nargs=2, metavar=("FORMAT", "METHOD"), help="may be repeated")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--draw", action="store_true", help="draw table and plot from the rows there are, and leave")
    asked = parser.parse_args()
    kept = RESULTS / "quantisation.json"
    held: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {"rows": []}
    if not asked.draw:
        source = load(asked.model)
        ids = tokens_of(source, TEXT, JOB.text_tokens)
        held["before"] = round(perplexity(source.model, ids), 2)
        held["tokens"] = {"calibration": JOB.calibration_tokens, "text": len(ids)}
        originals = [m.weight.detach() for layer in range(len(source.layers)) for _, m in source.matrices(layer)]
        for name, method in asked.only or ALL:
            row = measure(source, name, method, ids, originals)
            held["rows"] = [r for r in held["rows"] if (r["format"], r["method"]) != (name, method)] + [row]
            held.pop("date", None), held.pop("hardware", None)
            write_result("quantisation", {"model": asked.model.name, **held})
            print(json.dumps(row), flush=True)
    (RESULTS / "quantisation.md").write_text(table(held["rows"], held["before"]), "utf-8")
    plot(held["rows"], held["before"], ROOT / "docs" / "pictures" / "quantisation.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
