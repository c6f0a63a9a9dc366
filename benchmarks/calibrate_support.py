"""Calibrate the check of sentences (`answering/support.py`) on labelled sentences, and report how well it does.

    python benchmarks/calibrate_support.py [--write]

Fits three rules on the `tune` split of `benchmarks/support_sentences.json`: words and meaning in one language,
across languages, and words alone (no embedding model). The `held-out` split is only reported on.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from answering.logistic import LogisticRule
from answering.meaning import Meaning
from answering.support import SupportChecker, vetoed
from benchmarks.calibration import fit, precision_recall, write
from cli.build import build_embedder
from cli.settings import Settings
from indexer.language import detect_language

DATA = Path(__file__).resolve().parent / "support_sentences.json"
SIGNS = {"words": 1, "window": 1, "negation": -1, "cosine": 1}
WORDS_ONLY = {name: sign for name, sign in SIGNS.items() if name != "cosine"}
ACROSS = {"cosine": 1}
FOREIGN_WEIGHT = 0.05  # a supported sentence against another passage is an easy no; there are many of them


@dataclass(frozen=True)
class Example:
    split: str
    across: bool
    features: dict[str, float]
    supported: bool
    weight: float
    sentence: str


def examples(meaning: Meaning | None) -> list[Example]:
    passages = json.loads(DATA.read_text("utf-8"))
    checker = SupportChecker(meaning)
    found = []
    for passage in passages:
        for text, supported in passage["sentences"]:
            across = detect_language(text) != detect_language(passage["passage"])
            features, _ = checker.features(text, passage["passage"], passage["title"])
            found.append(Example(passage["split"], across, features, bool(supported), 1.0, text))
            if not supported or passage["split"] != "tune":
                continue
            for other in passages:
                if other is not passage and other["split"] == "tune":
                    across = detect_language(text) != detect_language(other["passage"])
                    features, _ = checker.features(text, other["passage"], other["title"])
                    found.append(Example("tune", across, features, False, FOREIGN_WEIGHT, text))
    return found


def calibrate(name: str, chosen: list[Example], signs: dict[str, int], save: bool) -> None:
    tune = [example for example in chosen if example.split == "tune" and not vetoed(example.features)]

    def says(example: Example) -> bool:
        return not vetoed(example.features) and rule.probability(example.features) >= threshold

    rule = fit(
        [e.features for e in tune],
        [e.supported for e in tune],
        signs=signs,
        sample_weights=[e.weight for e in tune],
        l2=2.0,
    )
    threshold = _threshold(rule, [e for e in tune if e.weight == 1.0])
    report = {}
    for split in ("tune", "heldout"):
        labelled = [e for e in chosen if e.split == split and e.weight == 1.0]
        said = [says(e) for e in labelled]
        precision, recall = precision_recall(said, [e.supported for e in labelled])
        removed, missed = precision_recall([not s for s in said], [not e.supported for e in labelled])
        report[split] = {
            "sentences": len(labelled),
            "supported_precision": round(precision, 3),
            "supported_recall": round(recall, 3),
            "unsupported_precision": round(removed, 3),
            "unsupported_recall": round(missed, 3),
        }
        for e, s in zip(labelled, said, strict=True):
            if s != e.supported:
                kind = "kept though unsupported" if s else "removed though supported"
                print(f"    {split}: {kind} ({rule.probability(e.features):.2f}): {e.sentence}")
    print(name, {k: round(v, 2) for k, v in rule.weights.items()}, f"threshold {threshold:.2f}")
    print(json.dumps(report, indent=2))
    if save:
        print("wrote", write(name, rule, threshold, {"script": "benchmarks/calibrate_support.py", **report}))


def _threshold(rule: LogisticRule, tune: list[Example]) -> float:
    """Where F1 is best on the tuning sentences, in the middle of the stretch where it is."""
    scored = sorted({rule.probability(e.features) for e in tune})
    steps = [(low + high) / 2 for low, high in pairwise(scored)]

    def f_one(threshold: float) -> float:
        said = [rule.probability(e.features) >= threshold for e in tune]
        precision, recall = precision_recall(said, [e.supported for e in tune])
        return 2 * precision * recall / max(1e-9, precision + recall)

    best = max(f_one(step) for step in steps)
    good = [step for step in steps if f_one(step) >= best - 1e-9]
    return good[len(good) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write answering/calibration/support*.json")
    save = parser.parse_args().write
    found = examples(Meaning(build_embedder(Settings())))
    calibrate("support", [e for e in found if not e.across], SIGNS, save)
    calibrate("support_across", [e for e in found if e.across], ACROSS, save)
    calibrate("support_words", [e for e in examples(None) if not e.across], WORDS_ONLY, save)


if __name__ == "__main__":
    main()
