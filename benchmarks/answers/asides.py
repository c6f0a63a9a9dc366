"""What no channel answers, told from questions about the material: the rule of `answering/question/asides.py`.

    python -m benchmarks.answers.asides HOME=NAME [HOME=NAME ...] [--public DIR] [--write] [--result NAME]

HOME is a KONSPEKT_HOME in which the material NAME (`sample`, `seeds`) is indexed. Fitted on `training/data/asides.txt`
and the questions that no post is about (their log-odds by lines that were fitted without them), against people's
questions about the material, near misses among them. Reported on what nothing was fitted on: `asides.jsonl` (157 that
were written before the examples for training), the off-topic questions of strangers, and XQuAD's, which ask about an
encyclopaedia. `threshold` takes 1 % of the answerable questions for asides (one that names something of the index is
none), where nothing says that they are answered; `sure` takes 0.4 %. The table is by `threshold` alone.
`--write` replaces `answering/calibration/aside.json`.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers.strangers import read
from benchmarks.common.bootstrap import interval
from benchmarks.common.calibration import fit_evenly, write
from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt.answering.frequencies import IndexFrequencies
from konspekt.answering.question.asides import (
    DIRECTIONS,
    QUESTION,
    RULE,
    Aside,
    aside_features,
    names_a_topic,
    shipped_lines,
)
from konspekt.app.build import build_database, build_embedder
from konspekt.app.settings import Settings
from konspekt.indexer.embedding.embeddings import DEFAULT_MODEL
from konspekt.indexer.query.understanding import understand
from konspekt.indexer.query.vocabulary import Vocabulary
from konspekt.storage.index.chunks import sampled
from konspekt.storage.index.vocabulary import term_counts
from training.asides import Embeds, embedded, examples, left_out
from training.public import xquad

Features = list[dict[str, float]]
OWN = ("", "_fresh", "_unseen", "_strangers_tune")  # question files about a material, none of them held back
CHUNKS, PUBLIC = 20_000, 150
SAME = {"near_miss": "near", "off_topic": "off", "chat": "off", "injection": "off"}
L2 = 1.0
WRONG, HARDLY = 0.01, 0.004


class Material:
    def __init__(self, home: Path, name: str, embedder: Embeds) -> None:
        self.name = name
        self._embedder = embedder
        database = build_database(Settings(konspekt_home=home, models_dir=MODEL_FILES))
        self._frequencies = IndexFrequencies(database)
        with database.read() as session:
            self._chunks = np.stack([vector for _, vector in sampled(session, DEFAULT_MODEL, CHUNKS)])
            self._vocabulary = Vocabulary(term_counts(session))

    def is_kept(self, text: str) -> bool:
        """Whether a question names something of the index and is none of the rule's business."""
        return names_a_topic(understand(text, self._vocabulary).text, self._frequencies)

    def features(self, texts: Sequence[str], odds: Sequence[float] | None = None) -> Features:
        """`odds`: known log-odds of an aside; else those of the shipped lines."""
        texts = [understand(text, self._vocabulary).text for text in texts]
        vectors = embedded(texts, self._embedder)
        cosines = (vectors @ self._chunks.T).max(1)
        found = [shipped_lines().read(vector) for vector in vectors]
        if odds is not None:
            found = [replace(one, log_odds=known) for one, known in zip(found, odds, strict=True)]
        return [self._of(*one) for one in zip(texts, found, cosines, strict=True)]

    def _of(self, text: str, aside: Aside, cosine: Any) -> dict[str, float]:
        return aside_features(text, aside, float(cosine), self._frequencies)

    def questions(self) -> dict[str, list[str]]:
        """By kind: `answerable`, `near`, `off`."""
        kinds: dict[str, list[str]] = {"answerable": [], "near": [], "off": []}
        for suffix in OWN:
            for row in read(f"{self.name}{suffix}"):
                kind = str(row.get("kind") or ("answerable" if row["accept"] else ""))
                kind = SAME.get(kind, kind)
                if kind in kinds:
                    kinds[kind].append(row["question"])
        return kinds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("homes", nargs="+", metavar="HOME=NAME")
    parser.add_argument("--public", type=Path, default=ROOT.parent / "shared" / "public")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--result", default="asides")
    options = parser.parse_args()
    embedder: Embeds = build_embedder(Settings(models_dir=MODEL_FILES))
    labelled = examples()
    odds = left_out(embedded([text for text, _ in labelled], embedder), [kind for _, kind in labelled])
    strays = [(text, known) for (text, kind), known in zip(labelled, odds, strict=True) if kind != QUESTION]
    reported = {"asides": [row["question"] for row in read("asides")]}
    if options.public.is_dir():
        for language in ("ru", "en"):
            asked = [one.question for one in xquad(options.public, language)]
            reported[f"xquad_{language}"] = random.Random(0).sample(asked, PUBLIC)
    rows: Features = []
    labels: list[bool] = []
    of_answerable: list[tuple[dict[str, float], bool]] = []
    found: dict[str, Features] = {}
    for home, name in (one.rsplit("=", 1) for one in options.homes):
        material = Material(Path(home), name, embedder)
        kinds = material.questions()
        here = {kind: material.features(texts) for kind, texts in kinds.items()}
        asides = material.features([text for text, _ in strays], [known for _, known in strays])
        rows += [*asides, *here["answerable"], *here["near"]]
        labels += [True] * len(asides) + [False] * (len(here["answerable"]) + len(here["near"]))
        kept = map(material.is_kept, kinds["answerable"])
        of_answerable += zip(here["answerable"], kept, strict=True)
        found |= {f"{kind}, {name}": of for kind, of in here.items() if of}
        found |= {f"{group}, {name}": material.features(texts) for group, texts in reported.items()}
    rule = fit_evenly(rows, labels, signs=DIRECTIONS, l2=L2)
    taken = [0.0 if kept else rule.probability(one) for one, kept in of_answerable]
    threshold, sure = (float(np.quantile(taken, 1 - share)) for share in (WRONG, HARDLY))
    result = {
        group: {
            "aside": interval([rule.probability(one) >= threshold for one in of]),
            "surely": interval([rule.probability(one) >= sure for one in of]),
        }
        for group, of in found.items()
    }
    for group, of_group in result.items():
        means = "  ".join(f"{name} {of['mean']:.3f}" for name, of in of_group.items())
        print(f"{group:24}n {of_group['aside']['n']:4}  {means}")
    if options.write:
        provenance = {"script": "benchmarks/answers/asides.py", "asides": len(strays), "answerable": len(taken)}
        print("wrote", write(RULE, rule, threshold, provenance, sure))
    print(write_result(options.result, {"threshold": threshold, "sure": sure, "groups": result}))


if __name__ == "__main__":
    main()
