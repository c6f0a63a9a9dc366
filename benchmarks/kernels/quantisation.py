"""Perplexity against bits: every format and method of `konspekt quantize` on a small model, and the plot of it.

    python -m benchmarks.kernels.quantisation --minutes 2.5             # rows that are still missing
    python -m benchmarks.kernels.quantisation --only Q4_0 gptq          # this one, again if need be
    python -m benchmarks.kernels.quantisation --model FILE --rows short --minutes 2.5
    python -m benchmarks.kernels.quantisation --draw

Calibrated on some pages of Python's own documentation, measured on others (`pydoc_data.topics`, English; the SHA-256
of the text stands in the result). Rows go into benchmarks/results/quantisation.json one by one, so that the list may
be done in pieces; table (quantisation.md beside it), docs/quantisation.md between its markers and
docs/pictures/quantisation.png are drawn from all rows there are.

The sources are quantised themselves (SmolLM2 to Q4_1, Qwen to Q5_0 and more: what the package index has), so "before"
is the perplexity of that file, not of bf16; and a format whose grid is the source's own gives it back unharmed.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.common.frame import COMPLETE, TIME_OVER, Deadline, Results, measured
from benchmarks.common.paths import MODEL_FILES, RESULTS, ROOT
from benchmarks.kernels.quantisation_plot import draw
from konspekt.quantization.methods import CALIBRATED, FORMATS
from konspekt.quantization.perplexity import perplexity
from konspekt.quantization.report import bits_of
from konspekt.quantization.rounding.rotate import rotate
from konspekt.quantization.run import Job, pack_all
from konspekt.quantization.source import Source, load, tokens_of

MODEL = MODEL_FILES / "SmolLM2-135M-Instruct.Q4_1.gguf"
SHORT = [
    (name, method) for name in ("Q4_0", "Q4_1", "Q4_K", "IQ4_NL", "int4-g128") for method in ("rtn", "mse", "gptq")
]
SHORT += [("paretoq-3", "gptq"), ("paretoq-3", "lsq"), ("Q8_0", "rtn")]
TELLING = (
    *((name, "rtn") for name in ("Q8_0", "int4-g64", "Q5_0", "paretoq-3", "paretoq-2", "e8p-2", "Q4_K_M", "Q3_K")),
    *(("e8p-2", "ldlq"), ("paretoq-2", "lsq"), ("Q4_0", "rtn"), ("Q4_0", "gptq"), ("paretoq-2", "gptq")),
    *(("int4-g64", "gptq"), ("paretoq-3", "gptq"), ("paretoq-3", "lsq"), ("e8p-3", "ldlq"), ("paretoq-1.58", "lsq")),
)
FILE = RESULTS / "quantisation.json"
TOKENS = {"calibration": 2048, "text": 1024}
ROTATED = " rotated"  # a method of this ending: the model was rotated before
TURNED = [(name, method + ROTATED) for name in ("Q4_0", "int4-g64", "paretoq-4", "paretoq-3", "paretoq-2")
          for method in ("rtn", "gptq")]  # fmt: skip
SPARED = ("Q8_0", "Q6_K", "Q5_1", "Q5_0", "Q5_K")  # little to gain by calibration: rtn and mse are enough


def all_rows() -> list[tuple[str, str]]:
    """What tells most first, so that a list cut short is of use."""
    rows = [(name, "rtn") for name in FORMATS]
    for name, form in reversed(FORMATS.items()):
        if name not in SPARED:
            rows += [(name, m) for m in form.methods if m in CALIBRATED and (m != "lsq" or "paretoq" in name)]
    rows += [(name, "mse") for name, form in reversed(FORMATS.items()) if "mse" in form.methods and form.gguf]
    return [*TELLING, *(row for row in rows if row not in TELLING), *TURNED]


def texts(folder: Path) -> tuple[Job, str]:
    """A job with both texts as files, and the SHA-256 of their source. Every other page is for calibration."""
    from pydoc_data.topics import topics

    pages = [topics[name] for name in sorted(topics)]
    for name, some in (("calibration", pages[::2]), ("text", pages[1::2])):
        (folder / name).write_text("\n\n".join(some), "utf-8")
    digest = hashlib.sha256("\n\n".join(pages).encode()).hexdigest()
    made = Job(
        MODEL,
        "",
        folder,
        calibration=(folder / "calibration",),
        text=(folder / "text",),
        calibration_tokens=TOKENS["calibration"],
        text_tokens=TOKENS["text"],
    )
    return made, digest


def measure(source: Source, job: Job, ids: torch.Tensor, originals: list[torch.Tensor]) -> dict[str, Any]:
    modules = [module for layer in range(len(source.layers)) for _, module in source.matrices(layer)]
    for module, weight in zip(modules, originals, strict=True):
        module.weight.data = weight
    began = time.monotonic()
    packed, errors = pack_all(source, FORMATS[job.format], job, lambda what, done, of: None)
    took = time.monotonic() - began
    weights = [
        float((m.weight.detach() - w).square().sum() / w.square().sum())
        for m, w in zip(modules, originals, strict=True)
    ]
    return {
        "format": job.format,
        "method": job.method,
        "bits": round(bits_of(packed.values()), 3),
        "weight_error": sum(weights) / len(weights),
        "output_error": sum(e.error for e in errors) / len(errors) if job.method in CALIBRATED else None,
        "perplexity": round(perplexity(source.model, ids), 2),
        "seconds": round(took, 1),
    }


def kept() -> dict[str, Any]:
    """What was measured so far; nothing of it if it was measured on other texts."""
    held = Results(FILE).held
    return held if held.get("tokens") == TOKENS and "models" in held else {"tokens": TOKENS, "models": []}


def keep(held: dict[str, Any]) -> None:
    results = Results(FILE)
    results.held = held
    results.write()


def rows_of(held: dict[str, Any], model: str) -> dict[str, Any]:
    """The entry of a model, made where there is none."""
    if all(entry["model"] != model for entry in held["models"]):
        held["models"].append({"model": model, "before": None, "rows": []})
    return next(entry for entry in held["models"] if entry["model"] == model)


def work(asked: argparse.Namespace) -> bool:
    """Measures rows; each is kept at once, beside what others kept. False: time was over before the last."""
    deadline, model = Deadline(asked.minutes), asked.model.name
    done = {(row["format"], row["method"]) for row in rows_of(kept(), model)["rows"]}
    wanted = asked.only or [pair for pair in (SHORT if asked.rows == "short" else all_rows()) if pair not in done]
    if not wanted:
        print("nothing is missing")
        return True
    with tempfile.TemporaryDirectory() as folder:
        job, digest = texts(Path(folder))
        for rotated in (False, True):
            pairs = [pair for pair in wanted if pair[1].endswith(ROTATED) == rotated]
            if not pairs:
                continue
            if deadline.over:
                return False
            source = load(asked.model)
            ids = tokens_of(source, job.text, job.text_tokens)
            before = rows_of(kept(), model)["before"] or round(perplexity(source.model, ids), 2)
            if rotated:
                rotate(source)
            originals = [m.weight.detach() for layer in range(len(source.layers)) for _, m in source.matrices(layer)]
            wide = {weight.shape[1] for weight in originals}
            for name, method in pairs:
                if any(FORMATS[name].divides(n) for n in wide):
                    continue
                if deadline.over:
                    return False
                one = dataclasses.replace(job, format=name, method=method.removesuffix(ROTATED))
                row = {**measure(source, one, ids, originals), "method": method}
                held = kept()
                mine = rows_of(held, model)
                mine["before"] = before
                mine["rows"] = [r for r in mine["rows"] if (r["format"], r["method"]) != (name, method)] + [row]
                keep(
                    {
                        **measured(),
                        **{k: v for k, v in held.items() if k not in ("date", "hardware")},
                        "text_sha256": digest,
                    }
                )
                print(json.dumps(row), flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", action="append", nargs=2, metavar=("FORMAT", "METHOD"), help="may be repeated")
    parser.add_argument("--rows", choices=("all", "short"), default="all", help="which rows a model gets")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no row after this long")
    parser.add_argument("--draw", action="store_true", help="draw table and plot from the rows there are, and leave")
    asked = parser.parse_args()
    complete = asked.draw or work(asked)
    draw(kept(), ROOT)
    return COMPLETE if complete else TIME_OVER


if __name__ == "__main__":
    raise SystemExit(main())
