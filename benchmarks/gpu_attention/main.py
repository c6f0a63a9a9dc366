"""`python benchmarks/gpu.py attention`: checks, then times, then the table."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu_attention import checks, timing
from kernels.attention.configs import TUNED, gpu_name
from kernels.triton.available import installed, interpreting

RESULTS = Path(__file__).resolve().parents[1] / "results"


def run(*, quick: bool, tune: bool, check_only: bool) -> int:
    """0: checked (and timed); 1: a check failed, nothing is timed; 2: no GPU, or no Triton."""
    here = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not installed() or (here.type == "cpu" and not (check_only and interpreting())):
        print(
            "No GPU or no Triton here. Checks alone: TRITON_INTERPRET=1 python benchmarks/gpu.py attention --check-only"
        )
        return 2
    small = here.type == "cpu"
    checked = checks.check_prefill(here, small=small) + checks.check_decode(here, small=small)
    checked += [] if small else checks.check_graph(here)
    for row in checked:
        numbers = " ".join(f"{key} {value:.6f}" for key, value in row.items() if isinstance(value, float))
        print("good" if row["good"] else "BAD ", row["what"], numbers, flush=True)
    if not all(row["good"] for row in checked):
        print("A check failed: nothing is timed.")
        return 1
    if check_only:
        return 0
    result: dict[str, Any] = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"), "gpu": torch.cuda.get_device_name(here),
        "torch": torch.__version__, "triton": _triton_version(), "checks": checked,
    }  # fmt: skip
    if tune:
        result["tuning"] = timing.tune(here, quick=quick)
        TUNED.mkdir(exist_ok=True)
        (TUNED / f"{gpu_name(here)}.json").write_text(json.dumps(result["tuning"], indent=1) + "\n", "utf-8")
        timing_cache_clear()
    for part, measure in (("prefill", timing.prefill), ("decode", timing.decode)):
        result[part] = measure(here, quick=quick)
        _write(result, gpu_name(here))
    return 0


def timing_cache_clear() -> None:
    """The times that follow use the tiles just found."""
    from kernels.attention import configs

    configs._tuned.cache_clear()


def _triton_version() -> str:
    import triton

    return str(triton.__version__)


def _write(result: dict[str, Any], gpu: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"gpu_attention_{gpu}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    path.with_suffix(".md").write_text(table(result), "utf-8")
    print(f"written: {path.name}", flush=True)


def table(result: dict[str, Any]) -> str:
    """Markdown: tera-operations a second of prefill, share of bandwidth of decode."""
    lines = [f"{result['gpu']}, torch {result['torch']}, Triton {result['triton']}, {result['date']}", ""]
    names = list(dict.fromkeys(name for row in result.get("prefill", []) for name in row["tops"]))
    lines += ["| head_dim | mask | tokens | " + " | ".join(names) + " |", "|---" * (3 + len(names)) + "|"]
    for row in result.get("prefill", []):
        cells = [row["tops"].get(name, "") for name in names]
        shown = ["–" if isinstance(cell, str) else f"{cell:.0f}" for cell in cells]
        lines.append(
            f"| {row['dim']} | {'causal' if row['causal'] else 'full'} | {row['length']} | {' | '.join(shown)} |"
        )
    lines += ["", "Prefill in tera-operations a second (causal: half of the products are counted).", ""]
    if "decode" in result:
        lines += ["| pages | batch | context | µs | share of bandwidth |", "|---|---|---|---|---|"]
        for row in result["decode"][1:]:
            share = f"{100 * row['share_of_bandwidth']:.0f} %"
            lines.append(f"| {row['kind']} | {row['batch']} | {row['context']} | {row['microseconds']} | {share} |")
    return "\n".join(lines) + "\n"
