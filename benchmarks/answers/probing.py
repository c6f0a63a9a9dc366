"""Does a line through a local language model's state tell what is stated from what is nearly stated?

    python -m benchmarks.answers.probing [--server URL | --file MODEL.gguf] [--seeds DIR] [--sets A,B] [--write]

The questions of `judging.py`; today's rule, the line alone, and both. The line was trained on posts made up for
training (`training/probe.py`), and saw neither these questions nor these posts. Each writer's questions are judged by a
rule that was fitted on the other writers'. States are asked of `konspekt serve` at URL, whose cost is measured, or
computed here, and kept: a second run needs neither. Where neither is named, only questions whose states are all kept
can be asked: `--sets` names them.

`--write` replaces the rule that has the line; its bounds are chosen by leaving writers out (`thresholds.py`).
Results: benchmarks/results/NAME.json, by `--result NAME`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.answers.judging import (
    SETS,
    Found,
    KeptEncoder,
    Row,
    found_for,
    held_out,
    judgements,
    read_by,
    shipped,
    told_apart,
    writer_of,
)
from benchmarks.answers.strangers import QUESTIONS
from benchmarks.common.calibration import area, write
from benchmarks.common.machine import write_result
from benchmarks.common.paths import ROOT
from konspekt.answering.judging.judge import Judgement, open_judge
from konspekt.answering.judging.probe import Line, likeliest, read_line
from konspekt.answering.judging.refusal import JUDGED, PROBED, WITH_A_MODEL, probed_by_kind
from konspekt.llm_client.states import StateServer
from konspekt.serving.model.model import load_model
from training.local import LocalStates
from training.probe import KeptStates

LINE = ROOT / "answering" / "judging" / "probe.safetensors"
FRESH = 6  # windows with a question whose cost is measured, as they are, and again with another question
TIMEOUT = 600.0  # seconds for one text, on a busy machine
PARTS: Mapping[str, Mapping[str, int]] = {
    "rule of today": JUDGED,
    "the line alone": {"probed": 1},
    "the line and the reader": {"judged": 1, "probed": 1},
    "all numbers": WITH_A_MODEL,
    "all": PROBED,
}


@dataclass(frozen=True, slots=True)
class Asked:
    row: Row
    question: str
    window: str


def asked_of(
    line: Line, kept: KeptStates, found: Sequence[Found], rows: Sequence[Row], read: Sequence[Judgement]
) -> list[Asked]:
    """`rows` without what the line says, and what the judge makes of each of the questions that were `found`."""
    likely = [likeliest(text, judgement) or "" for (text, *_), judgement in zip(found, read, strict=True)]
    asked = []
    for number, ((text, *_), row, window) in enumerate(zip(found, rows, likely, strict=True), start=1):
        print(f"\r{row.writer}: {number} of {len(found)}", end="", file=sys.stderr, flush=True)
        kept.prepare([one[0] for one, at in zip(found, likely, strict=True) if at == window], window)
        probed = probed_by_kind(text, window, line.log_odds(kept.of(text, window).tolist()))
        asked.append(Asked(replace(row, features={**row.features, "probed": probed}), text, window))
    print(file=sys.stderr)
    return asked


def cost_of(server: StateServer, line: Line, asked: list[Asked]) -> dict[str, float]:
    """Seconds on this machine, of windows that the server has not read, and of the same with another question."""
    times: list[list[float]] = [[], []]
    for one in asked[:: max(1, len(asked) // FRESH)][:FRESH]:
        for at, question in enumerate((one.question, f"{one.question} ?")):
            begun = time.perf_counter()
            server.states([("Текст:\n", one.window, "\n\nВопрос: ", question)], line.layer)
            times[at].append(time.perf_counter() - begun)
    return {"windows": len(times[0]), "new_s": round(median(times[0]), 2), "known_s": round(median(times[1]), 2)}


def by_writer(rows: Sequence[Row], scores: Sequence[float]) -> dict[str, float]:
    """The area between answerable questions and near misses of each who wrote both."""
    found = {}
    for writer in dict.fromkeys(one.writer for one in rows):
        of = [(score, one.kind) for one, score in zip(rows, scores, strict=True) if one.writer == writer]
        good, near = ([score for score, kind in of if kind == wanted] for wanted in ("answerable", "near_miss"))
        if good and near:
            found[writer] = round(area(good, near), 3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", help="address of `konspekt serve`, …/v1")
    parser.add_argument("--key", default="none")
    parser.add_argument("--file", type=Path, help="the model, to compute states here")
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "judging", help="indexes, hits and states, kept")
    parser.add_argument("--line", type=Path, default=LINE)
    parser.add_argument("--sets", default=",".join(SETS), help="of questions, of these")
    parser.add_argument("--write", action="store_true", help="write answering/calibration/refusal_probed.json")
    parser.add_argument("--result", default="probing")
    options = parser.parse_args()
    if options.write and not options.seeds.is_dir():
        parser.error(f"{options.seeds} is not here: rules are fitted on both materials, or not written")
    torch.set_num_threads(1)
    options.work.mkdir(parents=True, exist_ok=True)
    line = read_line(options.line)
    server = StateServer(options.server, options.key, timeout=TIMEOUT) if options.server else None
    here = LocalStates(load_model(options.file), line.layer) if options.file else None
    kept, encoder = KeptStates(server or here, line.layer, options.work / "states"), KeptEncoder(options.work)
    judge = open_judge(encoder)
    assert judge is not None
    asked: list[Asked] = []
    for name, folder in (("sample", ROOT / "sample"), ("seeds", options.seeds.resolve())):
        for questions in options.sets.split(",") if folder.is_dir() else ():
            if not (QUESTIONS / f"{name}_{questions}.jsonl").is_file():
                continue
            found = found_for(folder, name, options.work, questions)
            encoder.prepare([(text, passages) for text, _, passages, _ in found])
            without = read_by(judge, name, questions, found, options.work)
            read = judgements(judge, f"{name}_{questions}", found, options.work)
            asked += asked_of(line, kept, found, without, read)
    rows = [one.row for one in asked]
    result: dict[str, Any] = {
        "questions": len(rows),
        "model": line.model,
        "layer": line.layer,
        "parts": {},
        "area_by_writer": {},
    }
    for part, signs in PARTS.items():
        scores = held_out(rows, signs, writer_of)
        of = {where or "all": told_apart(rows, scores, where) for where in ("", *sorted({r.material for r in rows}))}
        result["parts"][part] = of
        for where, numbers in of.items():
            shown = ", ".join(f"{k} {v['value']:.3f} ({v['low']:.3f}–{v['high']:.3f})" for k, v in numbers.items())
            print(f"{part:26}{where:8}{shown}")
        result["area_by_writer"][part] = by_writer(rows, scores)
        print(f"{part:26}{result['area_by_writer'][part]}")
    if server is not None:
        result["cost"] = cost_of(server, line, asked)
        print(result["cost"])
    rule, chosen, sure = shipped(rows, PROBED)
    result["bounds"] = {**asdict(chosen), "refused_wrongly": round(chosen.refused_wrongly, 3)}
    print(result["bounds"])
    if options.write:
        provenance = {
            "script": "benchmarks/answers/probing.py",
            "questions": [f"{writer}.jsonl" for writer in dict.fromkeys(one.writer for one in rows)],
            "cross_validated": result["parts"]["all"]["all"],
            "left_out": [asdict(one) for one in chosen.left_out],
        }
        print("wrote", write("refusal_probed", rule, chosen.threshold, provenance, sure, bounds=chosen))
    print(write_result(options.result, result))


if __name__ == "__main__":
    main()
