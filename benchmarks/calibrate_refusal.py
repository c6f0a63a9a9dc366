"""Calibrate when a question is refused (`answering/refusal.py`), and report how often that is right.

    python benchmarks/calibrate_refusal.py [--write] HOME=QUESTIONS.jsonl …

Each HOME is a KONSPEKT_HOME whose index the questions were written for. The rule is fitted on the `tune` split of all
of them together; its threshold keeps false refusals at or under 4 % there. `heldout` and `unseen` are only reported on:
give the `*_unseen.jsonl` files as pairs of their own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from answering.frequencies import IndexFrequencies
from answering.logistic import LogisticRule
from answering.meaning import Meaning
from answering.refusal import refusal_features
from benchmarks.calibration import fit, precision_recall, write
from cli.build import build_database, build_embedder, build_searcher
from cli.settings import Settings
from indexer.evaluation import read_questions

WORDS_ONLY = {"cosine": 1, "words": 1, "window": 1, "names_missing": -1, "unknown": -1}
SIGNS = {"sentence": 1, **WORDS_ONLY}
DEPTH = 8  # passages, as an answer asks for
FALSE_REFUSALS = 0.04  # at most, on the tuning questions; the goal on others is 0.05


@dataclass(frozen=True)
class Example:
    where: str
    question: str
    split: str
    answerable: bool
    features: dict[str, float]


def examples(pairs: Sequence[str]) -> list[Example]:
    found = []
    embedder = build_embedder(Settings())
    meaning = Meaning(embedder)
    for pair in pairs:
        home, _, file = pair.partition("=")
        settings = Settings(konspekt_home=Path(home))
        database = build_database(settings)
        searcher = build_searcher(settings, database, embedder)
        frequencies = IndexFrequencies(database)
        for question in read_questions(Path(file)):
            passages = searcher.search(question.text, DEPTH)
            features = refusal_features(question.text, passages, frequencies, meaning)
            answerable = not question.must_be_refused
            found.append(Example(Path(file).stem, question.text, question.split, answerable, features))
    return found


def threshold_of(rule: LogisticRule, tune: Sequence[Example]) -> float:
    """Refuses as much as the allowed false refusals permit, then moves down to the middle of the next free stretch."""
    good = sorted(rule.probability(e.features) for e in tune if e.answerable)
    bad = sorted(rule.probability(e.features) for e in tune if not e.answerable)
    allowed = good[int(len(good) * FALSE_REFUSALS)]
    highest = max((p for p in bad if p < allowed), default=0.0)
    return (highest + min(p for p in [*good, *bad] if p > highest)) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write answering/calibration/refusal.json")
    parser.add_argument("--features", action="store_true", help="print the features of every question")
    parser.add_argument("pairs", nargs="+", metavar="HOME=QUESTIONS")
    options = parser.parse_args()
    found = examples(options.pairs)
    files = [Path(pair.partition("=")[2]).name for pair in options.pairs]
    calibrate("refusal", found, SIGNS, files, options)
    calibrate("refusal_words", found, WORDS_ONLY, files, options)


def calibrate(
    name: str, found: Sequence[Example], signs: dict[str, int], files: list[str], options: argparse.Namespace
) -> None:
    tune = [e for e in found if e.split == "tune"]
    # As many answerable as unanswerable questions in effect: the files hold more of the former.
    share = sum(e.answerable for e in tune) / len(tune)
    weights = [0.5 / share if e.answerable else 0.5 / (1 - share) for e in tune]
    rule = fit([e.features for e in tune], [e.answerable for e in tune], signs=signs, sample_weights=weights, l2=2.0)
    threshold = threshold_of(rule, tune)
    report = {}
    for split in ("tune", "heldout", "unseen"):
        chosen = [e for e in found if e.split == split]
        if not chosen:
            continue
        refused = [rule.probability(e.features) < threshold for e in chosen]
        precision, recall = precision_recall(refused, [not e.answerable for e in chosen])
        false = sum(r and e.answerable for r, e in zip(refused, chosen, strict=True))
        report[split] = {
            "answerable": sum(e.answerable for e in chosen),
            "unanswerable": sum(not e.answerable for e in chosen),
            "refusal_precision": round(precision, 3),
            "refusal_recall": round(recall, 3),
            "false_refusals": round(false / max(1, sum(e.answerable for e in chosen)), 3),
        }
        for e, r in zip(chosen, refused, strict=True):
            if (r == e.answerable and split == "tune") or options.features:
                kind = "REFUSED WRONGLY" if r and e.answerable else "ANSWERED WRONGLY" if r == e.answerable else ""
                print(f"  {split} {kind} {rule.probability(e.features):.2f} [{e.where}] {e.question}")
                print(f"      { {k: round(v, 2) for k, v in e.features.items()} }")
    print(name, {k: round(v, 2) for k, v in rule.weights.items()}, f"threshold {threshold:.3f}")
    print(json.dumps(report, indent=2))
    if options.write:
        provenance = {"script": "benchmarks/calibrate_refusal.py", "questions": files, **report}
        print("wrote", write(name, rule, threshold, provenance))


if __name__ == "__main__":
    main()
