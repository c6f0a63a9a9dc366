"""Calibrate when a question is refused (`answering/judging/refusal.py`), and report how often that is right.

    python -m benchmarks.answers.calibrate_refusal [--write] [--errors] [--seeds DIR] [HOME=QUESTIONS.jsonl …]

Indexes the sample and the dumps into homes of their own and reads every file of `benchmarks/questions/`; or takes the
indexes and question files it is given. All splits but `fresh` are fitted together, since each of them has once decided
something; what they reach is measured by cross-validation, by rules that were fitted without the question at hand, and
the threshold is chosen there: at most 5 % false refusals. `fresh` is only reported on.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common.calibration import (
    area_under_curve,
    fit_evenly,
    out_of_fold,
    precision_recall,
    write,
)
from benchmarks.common.paths import MODEL_FILES, ROOT
from benchmarks.index.retrieval import QUESTIONS, konspekt
from konspekt.answering.frequencies import IndexFrequencies
from konspekt.answering.judging.refusal import DIRECTIONS, refusal_features
from konspekt.answering.words.meaning import Meaning
from konspekt.app.build import build_database, build_embedder, build_searcher
from konspekt.app.settings import Settings
from konspekt.indexer.evaluation import read_questions

WORDS_ONLY = {name: sign for name, sign in DIRECTIONS.items() if name != "sentence"}
DEPTH = 8  # passages, as an answer asks for
FALSE_REFUSALS = 0.05  # at most, in cross-validation
L2 = 2.0
NEVER_FITTED = "fresh"


@dataclass(frozen=True)
class Example:
    where: str  # name of the material: the question file's, up to its first `_`
    question: str
    split: str
    kind: str  # of a question that must be refused: near, off, chat, injection, private, or unnamed
    answerable: bool
    features: dict[str, float]


def indexed(folder: Path, seeds: Path, models: Path) -> list[tuple[Path, Path]]:
    """A home for each material, with the question files that were written for it."""
    pairs = []
    for name, material in (("sample", ROOT / "sample"), ("seeds", seeds.resolve())):
        konspekt(folder / name, models, "reindex", str(material))
        pairs += [(folder / name, file) for file in sorted(QUESTIONS.glob(f"{name}*.jsonl"))]
    return pairs


def examples(pairs: Sequence[tuple[Path, Path]], models: Path) -> list[Example]:
    found = []
    embedder = build_embedder(Settings(models_dir=models))
    meaning = Meaning(embedder)
    for home, file in pairs:
        settings = Settings(konspekt_home=home)
        database = build_database(settings)
        searcher = build_searcher(settings, database, embedder)
        frequencies = IndexFrequencies(database)
        questions, kinds = read_questions(file), kinds_of(file)
        for number, question in enumerate(questions, start=1):
            print(f"\r{file.name}: {number} of {len(questions)}", end="", file=sys.stderr, flush=True)
            passages = searcher.search(question.text, DEPTH)
            features = refusal_features(question.text, passages, frequencies, meaning)
            where, kind = file.stem.partition("_")[0], kinds.get(question.text, "")
            found.append(Example(where, question.text, question.split, kind, not question.must_be_refused, features))
        print(file=sys.stderr)
    return found


def kinds_of(file: Path) -> dict[str, str]:
    rows = [json.loads(line) for line in file.read_text("utf-8-sig").splitlines() if line.strip()]
    return {row["question"].strip(): row["kind"] for row in rows if "kind" in row}


def threshold_of(chosen: Sequence[Example], scores: Sequence[float]) -> float:
    """Refuses as much as the allowed false refusals permit, then moves down to the middle of the next free stretch."""
    good = sorted(p for p, e in zip(scores, chosen, strict=True) if e.answerable)
    bad = sorted(p for p, e in zip(scores, chosen, strict=True) if not e.answerable)
    allowed = good[int(len(good) * FALSE_REFUSALS)]
    highest = max((p for p in bad if p < allowed), default=0.0)
    return (highest + min(p for p in [*good, *bad] if p > highest)) / 2


def scores_of(chosen: Sequence[Example], scores: Sequence[float], threshold: float) -> dict[str, Any]:
    """For all, for each material and for each kind of question that must be refused."""
    pairs = list(zip(chosen, scores, strict=True))
    report: dict[str, Any] = {"all": _numbers(pairs, threshold)}
    for where in sorted({e.where for e in chosen}):
        report[where] = _numbers([pair for pair in pairs if pair[0].where == where], threshold)
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for e, p in pairs:
        if not e.answerable:
            by_kind[e.kind or "unnamed"].append(p < threshold)
    report["refused_by_kind"] = {kind: f"{sum(by_kind[kind])} of {len(by_kind[kind])}" for kind in sorted(by_kind)}
    return report


def _numbers(pairs: Sequence[tuple[Example, float]], threshold: float) -> dict[str, float | int]:
    refused = [p < threshold for _, p in pairs]
    precision, recall = precision_recall(refused, [not e.answerable for e, _ in pairs])
    wrongly = [r for r, (e, _) in zip(refused, pairs, strict=True) if e.answerable]
    return {
        "answerable": len(wrongly),
        "unanswerable": len(pairs) - len(wrongly),
        "refusal_precision": round(precision, 3),
        "refusal_recall": round(recall, 3),
        "false_refusals": round(sum(wrongly) / max(1, len(wrongly)), 3),
        "area_under_curve": round(area_under_curve([p for _, p in pairs], [e.answerable for e, _ in pairs]), 3),
    }


def calibrate(
    name: str, found: Sequence[Example], signs: Mapping[str, int], files: Sequence[str], options: argparse.Namespace
) -> None:
    pool = [e for e in found if e.split != NEVER_FITTED]
    rows, labels = [e.features for e in pool], [e.answerable for e in pool]
    groups = [(e.where, e.kind) for e in pool]
    held_out = out_of_fold(rows, labels, groups, signs=signs, l2=L2)
    threshold = threshold_of(pool, held_out)
    rule = fit_evenly(rows, labels, signs=signs, l2=L2)
    report = {"cross_validated": scores_of(pool, held_out, threshold)}
    if options.errors:
        print_errors(pool, held_out, threshold)
    if fresh := [e for e in found if e.split == NEVER_FITTED]:
        report[NEVER_FITTED] = scores_of(fresh, [rule.probability(e.features) for e in fresh], threshold)
    print(name, {k: round(v, 2) for k, v in rule.weights.items()}, f"threshold {threshold:.3f}")
    print(json.dumps(report, indent=2))
    if options.write:
        provenance = {"script": "benchmarks/answers/calibrate_refusal.py", "questions": list(files), **report}
        print("wrote", write(name, rule, threshold, provenance))


def print_errors(chosen: Sequence[Example], scores: Sequence[float], threshold: float) -> None:
    for e, p in sorted(zip(chosen, scores, strict=True), key=lambda pair: pair[1]):
        if (p >= threshold) != e.answerable:
            print(f"  {'REFUSED' if e.answerable else 'ANSWERED'} WRONGLY {p:.2f} [{e.where}] {e.question}")
            print(f"      { {k: round(v, 2) for k, v in e.features.items()} }")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write answering/calibration/refusal*.json")
    parser.add_argument("--errors", action="store_true", help="name every wrong decision of cross-validation")
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument("--models", type=Path, default=MODEL_FILES)
    parser.add_argument("pairs", nargs="*", metavar="HOME=QUESTIONS")
    options = parser.parse_args()
    given = [(Path(home), Path(file)) for home, _, file in (pair.partition("=") for pair in options.pairs)]
    with tempfile.TemporaryDirectory(prefix="konspekt-calibrate-") as folder:
        pairs = given or indexed(Path(folder), options.seeds, options.models)
        found = examples(pairs, options.models)
    files = [file.name for _, file in pairs]
    calibrate("refusal", found, DIRECTIONS, files, options)
    calibrate("refusal_words", found, WORDS_ONLY, files, options)


if __name__ == "__main__":
    main()
