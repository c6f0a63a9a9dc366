"""Does a line through a local language model's state tell what is stated from what is nearly stated?

    python -m benchmarks.answers.probing [--server URL] [--seeds DIR] [--write]

The questions, folds and figures of `judging.py`: today's rule, the line alone, and both. The line was trained on posts
made up for training (`training/probe.py`), and saw neither these questions nor these posts. States are asked of
`konspekt serve` at URL and kept, so that a second run needs no server. `--write` replaces the rule that has the line.
Results: benchmarks/results/probing.json.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.answers.judging import (
    KeptEncoder,
    Row,
    found_for,
    held_out,
    shipped,
    told_apart,
)
from benchmarks.common.calibration import write
from benchmarks.common.machine import write_result
from benchmarks.common.paths import ROOT
from konspekt.answering.judging.judge import Judge, open_judge
from konspekt.answering.judging.probe import Line, likeliest, read_line
from konspekt.answering.judging.refusal import JUDGED, PROBED, judged_features, probed_by_kind
from konspekt.indexer.passages import Passage
from konspekt.llm_client.states import StateServer
from training.probe import TIMEOUT, KeptStates

LINE = ROOT / "answering" / "judging" / "probe.safetensors"
FRESH = 6  # windows with a question whose cost is measured, as they are, and again with another question
PARTS: Mapping[str, Mapping[str, int]] = {
    "rule of today": JUDGED,
    "the line alone": {"probed": 1},
    "the line and the reader": {"judged": 1, "probed": 1},
    "all": PROBED,
}


@dataclass(frozen=True, slots=True)
class Asked:
    row: Row
    question: str
    window: str


def asked_of(
    judge: Judge, line: Line, kept: KeptStates, name: str, found: list[tuple[str, str, list[Passage], dict[str, float]]]
) -> list[Asked]:
    rows = []
    for number, (text, kind, passages, features) in enumerate(found, start=1):
        print(f"\r{name}: {number} of {len(found)}", end="", file=sys.stderr, flush=True)
        judgement = judge.judge(text, passages)
        window = likeliest(text, judgement)
        assert window is not None
        probed = probed_by_kind(text, window, line.log_odds(kept.of(text, window).tolist()))
        whole = {**features, **judged_features(text, judgement), "probed": probed}
        rows.append(Asked(Row(name, kind, passages[0].document_id, whole), text, window))
    print(file=sys.stderr)
    return rows


def cost_of(server: StateServer, line: Line, asked: list[Asked]) -> dict[str, float]:
    """Seconds on this machine, of windows that the server has not read, and of the same with another question."""
    times: list[list[float]] = [[], []]
    for one in asked[:: max(1, len(asked) // FRESH)][:FRESH]:
        for at, question in enumerate((one.question, f"{one.question} ?")):
            begun = time.perf_counter()
            server.states([("Текст:\n", one.window, "\n\nВопрос: ", question)], line.layer)
            times[at].append(time.perf_counter() - begun)
    return {"windows": len(times[0]), "new_s": round(median(times[0]), 2), "known_s": round(median(times[1]), 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", help="address of `konspekt serve`, …/v1")
    parser.add_argument("--key", default="none")
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "judging", help="indexes, hits and states, kept")
    parser.add_argument("--line", type=Path, default=LINE)
    parser.add_argument("--write", action="store_true", help="write answering/calibration/refusal_probed.json")
    parser.add_argument("--result", default="probing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.work.mkdir(parents=True, exist_ok=True)
    line = read_line(options.line)
    server = StateServer(options.server, options.key, timeout=TIMEOUT) if options.server else None
    kept, encoder = KeptStates(server, line.layer, options.work / "states"), KeptEncoder(options.work)
    judge = open_judge(encoder)
    assert judge is not None
    asked: list[Asked] = []
    for name, folder in (("sample", ROOT / "sample"), ("seeds", options.seeds.resolve())):
        if folder.is_dir():
            found = found_for(folder, name, options.work)
            encoder.prepare([(text, passages) for text, _, passages, _ in found])
            asked += asked_of(judge, line, kept, name, found)
    rows = [one.row for one in asked]
    result: dict[str, Any] = {"questions": len(rows), "model": line.model, "layer": line.layer, "parts": {}}
    for part, signs in PARTS.items():
        scores = held_out(rows, signs)
        of = {where or "all": told_apart(rows, scores, where) for where in ("", *sorted({r.material for r in rows}))}
        result["parts"][part] = of
        for where, numbers in of.items():
            shown = ", ".join(f"{k} {v['value']:.3f} ({v['low']:.3f}–{v['high']:.3f})" for k, v in numbers.items())
            print(f"{part:26}{where:8}{shown}")
    if server is not None:
        result["cost"] = cost_of(server, line, asked)
        print(result["cost"])
    if options.write:
        provenance = {
            "script": "benchmarks/answers/probing.py",
            "questions": ["sample_strangers_tune.jsonl", "seeds_strangers_tune.jsonl"],
            "cross_validated": result["parts"]["all"]["all"],
        }
        rule, threshold, sure = shipped(rows, PROBED)
        print("wrote", write("refusal_probed", rule, threshold, provenance, sure))
    print(write_result(options.result, result))


if __name__ == "__main__":
    main()
