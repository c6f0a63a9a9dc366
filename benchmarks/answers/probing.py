"""Does a line through a local language model's state tell what is stated from what is nearly stated?

    python -m benchmarks.answers.probing [--server URL | --file MODEL.gguf] [--seeds DIR] [--write] [--result NAME]

The questions, folds and figures of `judging.py`: today's rule, the line alone, and both. The line was trained on posts
made up for training (`training/probe.py`), and saw neither these questions nor these posts. States are asked of
`konspekt serve` at URL, whose cost is measured, or computed here, and kept: a second run needs neither.

Then the `*_fresh.jsonl` questions, of other writers, which no rule is fitted on: what the rule refuses of them with a
threshold that was chosen without them. `--write` replaces the rule that has the line. Its threshold counts the answers
to both sets, and is one below which no more than 5 % of them lie in four of five resamplings of their documents.
Results: benchmarks/results/NAME.json.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.answers.judging import (
    FALSE_REFUSALS,
    SURE,
    Found,
    KeptEncoder,
    Row,
    fitted,
    found_for,
    held_out,
    judgements,
    told_apart,
)
from benchmarks.common.bootstrap import interval
from benchmarks.common.calibration import area, assured_threshold, write
from benchmarks.common.machine import write_result
from benchmarks.common.paths import ROOT
from konspekt.answering.judging.judge import Judgement, open_judge
from konspekt.answering.judging.probe import Line, likeliest, read_line
from konspekt.answering.judging.refusal import JUDGED, PROBED, WITH_A_MODEL, judged_features, probed_by_kind
from konspekt.llm_client.states import StateServer
from konspekt.serving.model.model import load_model
from training.local import LocalStates
from training.probe import KeptStates

LINE = ROOT / "answering" / "judging" / "probe.safetensors"
FRESH = 6  # windows with a question whose cost is measured, as they are, and again with another question
TIMEOUT = 600.0  # seconds for one text, on a busy machine
ASSURED = 0.8  # of the resamplings of documents keep to the wrong refusals that are allowed
KINDS = ("answerable", "near_miss", "off_topic")
TUNE, FRESH_SET = "strangers_tune", "fresh"
PARTS: Mapping[str, Mapping[str, int]] = {
    "rule of today": JUDGED,
    "the line alone": {"probed": 1},
    "the line and the reader": {"judged": 1, "probed": 1},
    "all twelve": WITH_A_MODEL,
    "all": PROBED,
}


@dataclass(frozen=True, slots=True)
class Asked:
    row: Row
    question: str
    window: str


def asked_of(line: Line, kept: KeptStates, name: str, found: Sequence[Found], read: Sequence[Judgement]) -> list[Asked]:
    """`read`: what the judge makes of each of the questions that were `found`."""
    likely = [likeliest(text, judgement) or "" for (text, *_), judgement in zip(found, read, strict=True)]
    rows = []
    for number, ((text, kind, passages, features), judgement, window) in enumerate(
        zip(found, read, likely, strict=True), start=1
    ):
        print(f"\r{name}: {number} of {len(found)}", end="", file=sys.stderr, flush=True)
        kept.prepare([one[0] for one, at in zip(found, likely, strict=True) if at == window], window)
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


def assured(rows: Sequence[Row], scores: Sequence[float]) -> float:
    good = [(score, one.document) for score, one in zip(scores, rows, strict=True) if one.answerable]
    return assured_threshold([score for score, _ in good], [document for _, document in good], FALSE_REFUSALS, ASSURED)


def on_others(rows: Sequence[Row], others: Sequence[Row], signs: Mapping[str, int]) -> dict[str, Any]:
    """What a rule fitted on `rows` makes of other writers' questions, by a threshold that knows nothing of them."""
    rule = fitted(rows, signs)
    scores = [rule.probability(one.features) for one in others]
    threshold = assured(rows, held_out(rows, signs))
    of = {kind: [s for s, one in zip(scores, others, strict=True) if one.kind == kind] for kind in KINDS}
    refused = {kind: interval([score < threshold for score in found]) for kind, found in of.items()}
    return {"area_near_misses": round(area(of["answerable"], of["near_miss"]), 3), "refused": refused}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", help="address of `konspekt serve`, …/v1")
    parser.add_argument("--key", default="none")
    parser.add_argument("--file", type=Path, help="the model, to compute states here")
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "judging", help="indexes, hits and states, kept")
    parser.add_argument("--line", type=Path, default=LINE)
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
    asked: dict[str, list[Asked]] = {TUNE: [], FRESH_SET: []}
    for name, folder in (("sample", ROOT / "sample"), ("seeds", options.seeds.resolve())):
        for questions in asked if folder.is_dir() else ():
            found = found_for(folder, name, options.work, questions)
            encoder.prepare([(text, passages) for text, _, passages, _ in found])
            read = judgements(judge, f"{name}_{questions}", found, options.work)
            asked[questions] += asked_of(line, kept, name, found, read)
    rows, fresh = ([one.row for one in asked[questions]] for questions in (TUNE, FRESH_SET))
    result: dict[str, Any] = {
        "questions": len(rows),
        "model": line.model,
        "layer": line.layer,
        "parts": {},
        "fresh": {},
    }
    for part, signs in PARTS.items():
        scores = held_out(rows, signs)
        of = {where or "all": told_apart(rows, scores, where) for where in ("", *sorted({r.material for r in rows}))}
        result["parts"][part] = of
        for where, numbers in of.items():
            shown = ", ".join(f"{k} {v['value']:.3f} ({v['low']:.3f}–{v['high']:.3f})" for k, v in numbers.items())
            print(f"{part:26}{where:8}{shown}")
        result["fresh"][part] = on_others(rows, fresh, signs)
        print(f"{part:26}fresh   {result['fresh'][part]}")
    if server is not None:
        result["cost"] = cost_of(server, line, asked[TUNE])
        print(result["cost"])
    rule = fitted(rows, PROBED)
    held = held_out(rows, PROBED)
    both = [*rows, *fresh], [*held, *(rule.probability(one.features) for one in fresh)]
    threshold = assured(*both)
    sure = float(np.quantile([s for one, s in zip(*both, strict=True) if one.answerable], SURE))
    result["threshold"] = {
        questions: {
            kind: round(float(np.mean([s < threshold for one, s in found if one.kind == kind])), 3) for kind in KINDS
        }
        for questions, found in (
            (TUNE, [*zip(rows, held, strict=True)]),
            (FRESH_SET, [*zip(both[0], both[1], strict=True)][len(rows) :]),
        )
    }
    print("refused by the threshold over both sets:", result["threshold"])
    if options.write:
        provenance = {
            "script": "benchmarks/answers/probing.py",
            "questions": ["sample_strangers_tune.jsonl", "seeds_strangers_tune.jsonl"],
            "threshold_also_by": ["sample_fresh.jsonl", "seeds_fresh.jsonl"],
            "cross_validated": result["parts"]["all"]["all"],
            "refused": result["threshold"],
        }
        print("wrote", write("refusal_probed", rule, threshold, provenance, sure))
    print(write_result(options.result, result))


if __name__ == "__main__":
    main()
