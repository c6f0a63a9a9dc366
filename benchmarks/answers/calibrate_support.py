"""Calibrate the check of sentences (`answering/judging/support.py`) on labelled sentences, and report how well it does.

    python -m benchmarks.answers.calibrate_support [--write]

Fits three rules on the `tune` split of `benchmarks/answers/support_sentences.json`: words and meaning in one language,
across languages, and words alone (no embedding model). The `heldout` split is only reported on. Sentences come from two
sources: written for it (true paraphrases, false ones with a changed number, name or "not"), and what the embedded 1.5B
model wrote when asked about the sample, with its question, labelled by hand; the latter are reported apart as well.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common.calibration import fit, precision_recall, write
from konspekt.answering.judging.logistic import LogisticRule
from konspekt.answering.judging.support import SupportChecker, vetoed
from konspekt.answering.words.citations import without_marks
from konspekt.answering.words.meaning import Encoder, Meaning, Vectors
from konspekt.answering.words.sentences import split_sentences
from konspekt.app.build import build_embedder
from konspekt.app.settings import Settings
from konspekt.indexer.language import detect_language

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
    by_model: bool


class EmbeddedOnce:
    """An encoder that embeds all sentences in one batch beforehand: each is asked for many times."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        passages = json.loads(DATA.read_text("utf-8"))
        parts = [part.text for passage in passages for part in split_sentences(passage["passage"])]
        texts = sorted({*parts, *(without_marks(row[0]) for passage in passages for row in passage["sentences"])})
        self._vectors = dict(zip(texts, encoder.embed_passages(texts), strict=True))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors[text] for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.embed_queries(texts)


def examples(meaning: Meaning | None) -> list[Example]:
    passages = json.loads(DATA.read_text("utf-8"))
    checker = SupportChecker(meaning)
    found = []
    for passage in passages:
        by_model = "writer" in passage
        for text, supported, *asked in passage["sentences"]:
            question = asked[0] if asked else ""

            def example(about: dict[str, Any], split: str, says: bool, weight: float) -> Example:
                across = detect_language(text) != detect_language(about["passage"])  # noqa: B023
                features, _ = checker.features(text, about["passage"], about["title"], question)  # noqa: B023
                return Example(split, across, features, says, weight, text, by_model)  # noqa: B023

            found.append(example(passage, passage["split"], bool(supported), 1.0))
            if supported and passage["split"] == "tune":
                others = (p for p in passages if p is not passage and p["split"] == "tune" and "writer" not in p)
                found += [example(other, "tune", False, FOREIGN_WEIGHT) for other in others]
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
        report[split] = _scores(labelled, says)
        by_model = [e for e in labelled if e.by_model]
        report[f"{split}, by the model"] = _scores(by_model, says)
        for e in labelled:
            if says(e) != e.supported:
                kind = "kept though unsupported" if says(e) else "removed though supported"
                print(f"    {split}: {kind} ({rule.probability(e.features):.2f}): {e.sentence}")
    print(name, {k: round(v, 2) for k, v in rule.weights.items()}, f"threshold {threshold:.2f}")
    print(json.dumps(report, indent=2))
    if save:
        print("wrote", write(name, rule, threshold, {"script": "benchmarks/answers/calibrate_support.py", **report}))


def _scores(labelled: Sequence[Example], says: Callable[[Example], bool]) -> dict[str, float]:
    said = [says(e) for e in labelled]
    precision, recall = precision_recall(said, [e.supported for e in labelled])
    removed, missed = precision_recall([not s for s in said], [not e.supported for e in labelled])
    return {
        "sentences": len(labelled),
        "supported_precision": round(precision, 3),
        "supported_recall": round(recall, 3),
        "unsupported_precision": round(removed, 3),
        "unsupported_recall": round(missed, 3),
    }


def _threshold(rule: LogisticRule, tune: list[Example]) -> float:
    """Where F is best on the tuning sentences, in the middle of the stretch where it is.

    In it precision counts twice: a true sentence removed costs little, for the post is quoted in its place; a false one
    kept is what this check is for.
    """
    scored = sorted({rule.probability(e.features) for e in tune})
    steps = [(low + high) / 2 for low, high in pairwise(scored)]

    def f_measure(threshold: float) -> float:
        said = [rule.probability(e.features) >= threshold for e in tune]
        precision, recall = precision_recall(said, [e.supported for e in tune])
        return 1.5 * precision * recall / max(1e-9, 0.5 * precision + recall)

    best = max(f_measure(step) for step in steps)
    good = [step for step in steps if f_measure(step) >= best - 1e-9]
    return good[len(good) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write answering/calibration/support*.json")
    save = parser.parse_args().write
    found = examples(Meaning(EmbeddedOnce(build_embedder(Settings()))))
    calibrate("support", [e for e in found if not e.across], SIGNS, save)
    calibrate("support_across", [e for e in found if e.across], ACROSS, save)
    calibrate("support_words", [e for e in examples(None) if not e.across], WORDS_ONLY, save)


if __name__ == "__main__":
    main()
