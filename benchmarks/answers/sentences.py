"""Which sentence answers? Fits the weights of `answering/writing/ranking.py` and says what they reach.

    python -m benchmarks.answers.sentences [--homes sample=DIR seeds=DIR] [--write] [--result NAME]

Answerable questions with accepted phrases, by several writers, are asked of the indexed sample and dumps; a sentence
is right when it holds a phrase (sentences in a row, where a phrase runs over several). The weights are fitted so that
right sentences have the largest share of all sentences of the first three passages. Rows are cross-validated: folds
divide documents, and each question is judged by weights fitted on the others. `by_a_rule` is what other embedders get:
words and cosines added up, no judge. Results: benchmarks/results/NAME.json; `--write` replaces
answering/calibration/sentences.json, fitted on all of them, so that these sets test nothing in this respect any more.
"""

from __future__ import annotations

import argparse
import pickle
import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.answers.strangers import indexed, read
from benchmarks.common.bootstrap import interval
from benchmarks.common.calibration import write
from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt.answering.frequencies import IndexFrequencies
from konspekt.answering.judging.judge import open_judge
from konspekt.answering.judging.logistic import LogisticRule
from konspekt.answering.question.ranking import defined_name
from konspekt.answering.reading import RuleReader
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.vocabulary import content_terms, rarity
from konspekt.answering.writing.evidence import Evidence, Question, gather
from konspekt.answering.writing.likeliest import likeliest
from konspekt.answering.writing.quoting import Excerpt, excerpts
from konspekt.answering.writing.ranking import READ, ranked
from konspekt.answering.writing.wanted import Wanted
from konspekt.app.build import build_database, build_embedder, build_searcher
from konspekt.app.settings import Settings
from konspekt.indexer.evaluation import holds_answer
from konspekt.indexer.passages import Passage

SETS = ("final4", "final3", "strangers_tune", "fresh", "unseen", "")
FOUND, FOLDS, SEED = 8, 5, 1
STRENGTHS = (0.005, 0.01, 0.02)  # of the penalty on weights
LONGEST = 4  # sentences in a row that an accepted phrase may run over
BUILD = ROOT / "build" / "sentences"


@dataclass(slots=True)
class Asked:
    group: str
    material: str
    question: str
    accept: tuple[str, ...]
    passages: list[Passage]
    weights: dict[str, float]
    wanted: Wanted
    evidence: list[Evidence]
    by_rule: list[Excerpt]

    @property
    def right(self) -> list[bool]:
        return [one for evidence in self.evidence for one in right_units(evidence, self.accept)]


def right_units(evidence: Evidence, accept: Sequence[str]) -> list[bool]:
    units, text = evidence.units, evidence.passage.text
    for row in range(1, LONGEST + 1):
        found = [False] * len(units)
        for first in range(len(units) - row + 1):
            if holds_answer(text[units[first].start : units[first + row - 1].end], accept):
                found[first : first + row] = [True] * row
        if any(found):
            return found
    return [False] * len(units)


def ask(material: str, home: Path) -> list[Asked]:
    """Questions of all sets over one material, with what is found and what speaks for each sentence."""
    settings = Settings(konspekt_home=home, models_dir=MODEL_FILES)
    embedder = build_embedder(settings)
    database = build_database(settings)
    searcher = build_searcher(settings, database, embedder)
    frequencies, meaning, judge = IndexFrequencies(database), Meaning(embedder), open_judge(embedder)
    assert judge is not None
    reader = RuleReader(frequencies, meaning)
    rows: list[Asked] = []
    for group in SETS:
        for row in read("_".join(filter(None, (material, group)))):
            accept = tuple(row.get("accept", ()))
            if not accept or row.get("kind", "answerable") != "answerable":
                continue
            question = searcher.understand(row["question"]).text
            wanted = Wanted(question, defined_name(question))
            passages = wanted.ordered(searcher.search(row["question"], FOUND))
            if not passages:
                continue
            weights = dict(rarity(content_terms(question), frequencies))
            evidence = gather(Question.of(question, frequencies), passages[:READ], meaning, judge, wanted)
            by_rule = excerpts(question, passages, weights, reader, partial(meaning.within, question), wanted)
            rows.append(
                Asked(group or "first", material, question, accept, passages, weights, wanted, evidence, by_rule)
            )
    database.close()
    return rows


class Fit:
    """Standardised numbers of every question's sentences, and weights for them."""

    def __init__(self, rows: Sequence[Asked]) -> None:
        self.names = sorted({name for row in rows for of in row.evidence for one in of.features for name in one})
        raw = [
            torch.tensor([[one[name] for name in self.names] for of in row.evidence for one in of.features])
            for row in rows
        ]
        everything = torch.cat(raw)
        self.means, self.scales = everything.mean(0), everything.std(0) + 1e-6
        self.numbers = [(one - self.means) / self.scales for one in raw]
        self.offsets = [torch.tensor([more for of in row.evidence for more in of.offsets]) for row in rows]
        self.right = [torch.tensor(row.right) for row in rows]

    def weights(self, chosen: Sequence[int], strength: float) -> Tensor:
        """[F], that give the right sentences of the chosen questions the largest share (cross-entropy, L-BFGS)."""
        weights = torch.zeros(len(self.names), requires_grad=True)
        counted = [i for i in chosen if bool(self.right[i].any())]
        optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            optimiser.zero_grad()
            total = torch.stack([self.surprise(i, weights) for i in counted]).mean() + strength * (weights**2).sum()
            total.backward()  # type: ignore[no-untyped-call]
            return total

        optimiser.step(loss)  # type: ignore[no-untyped-call]
        return weights.detach()

    def surprise(self, i: int, weights: Tensor) -> Tensor:
        scores = self.numbers[i] @ weights + self.offsets[i]
        return torch.logsumexp(scores, 0) - torch.logsumexp(scores[self.right[i]], 0)

    def rule(self, weights: Tensor) -> LogisticRule:
        named = [
            {name: round(float(value), 5) for name, value in zip(self.names, values, strict=True)}
            for values in (weights, self.means, self.scales)
        ]
        return LogisticRule(0.0, 0.5, named[0], named[1], named[2], {})


def shown(chosen: Sequence[Excerpt], accept: Sequence[str]) -> tuple[bool, bool, int]:
    """Whether the sentences chosen hold the answer, whether they or the passages below do; characters of the first."""
    own = "\n".join(one.quote.text[start:end] for one in chosen for start, end in one.spans)
    folded = "\n".join(one.quote.text for one in chosen)
    return holds_answer(own, accept), holds_answer(f"{own}\n{folded}", accept), len(own)


def told(rows: Sequence[Asked], rules: Sequence[LogisticRule] | None) -> dict[str, Any]:
    found = []
    calibration: list[tuple[float, bool]] = []
    for i, row in enumerate(rows):
        if rules is None:
            found.append(shown(row.by_rule, row.accept))
            continue
        ordered = ranked(row.evidence, rules[i])
        found.append(shown(likeliest(row.question, ordered, row.weights, row.wanted), row.accept))
        first = max(ordered, key=lambda one: sum(one.shares))
        calibration.append((sum(first.shares), holds_answer(first.passage.text, row.accept)))
    result: dict[str, Any] = {
        "in_its_own_sentences": interval([own for own, _, _ in found]),
        "in_them_or_the_passages_below": interval([any_ for _, any_, _ in found]),
        "characters": round(float(np.mean([length for _, _, length in found]))),
        "by_set": {
            group: interval([one[0] for one, row in zip(found, rows, strict=True) if row.group == group])
            for group in dict.fromkeys(row.group for row in rows)
        },
    }
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)) if calibration else ():
        result[f"right_post_at_{low}"] = interval([right for share, right in calibration if low <= share < high])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument("--homes", nargs="*", default=[], metavar="NAME=DIR", help="indexed already: sample, seeds")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--again", action="store_true", help="with what was read in the last run")
    parser.add_argument("--result", default="sentences")
    options = parser.parse_args()
    if options.write and not options.seeds.is_dir():
        parser.error(f"{options.seeds} is not here: rules are fitted on both materials, or not written")
    homes = dict(one.split("=", 1) for one in options.homes)
    rows: list[Asked] = []
    for material, folder in (("sample", ROOT / "sample"), ("seeds", options.seeds.resolve())):
        kept = BUILD / f"{material}.pickle"
        if not folder.is_dir():
            print(f"{material}: left out, its material is not here")
            continue
        if not (options.again and kept.exists()):
            with tempfile.TemporaryDirectory(prefix="konspekt-sentences-") as made:
                home = Path(homes.get(material, made))
                if material not in homes:
                    indexed(folder, home)
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(pickle.dumps(ask(material, home)))
        rows += pickle.loads(kept.read_bytes())
    fit = Fit(rows)
    documents = sorted({row.passages[0].document_id for row in rows})
    random.Random(SEED).shuffle(documents)
    fold = {document: i % FOLDS for i, document in enumerate(documents)}
    of = [fold[row.passages[0].document_id] for row in rows]
    validated: dict[float, tuple[float, list[LogisticRule]]] = {}
    for strength in STRENGTHS:
        weights = [fit.weights([i for i, k in enumerate(of) if k != left_out], strength) for left_out in range(FOLDS)]
        surprise = float(np.mean([float(fit.surprise(i, weights[k])) for i, k in enumerate(of) if fit.right[i].any()]))
        validated[strength] = surprise, [fit.rule(weights[k]) for k in of]
        print(f"penalty {strength}: surprise {surprise:.3f}")
    strength = min(validated, key=lambda one: validated[one][0])
    result: Mapping[str, Any] = {
        "questions": len(rows),
        "answer_among_three_passages": interval([any(row.right) for row in rows]),
        "by_a_rule": told(rows, None),
        "by_learnt_weights": told(rows, validated[strength][1]),
    }
    for name in ("by_a_rule", "by_learnt_weights"):
        of_it = result[name]
        print(f"{name}: own {of_it['in_its_own_sentences']['mean']}, with passages "
              f"{of_it['in_them_or_the_passages_below']['mean']}, {of_it['characters']} characters")  # fmt: skip
    print(f"written to {write_result(options.result, dict(result)).relative_to(ROOT)}")
    if options.write:
        rule = fit.rule(fit.weights(range(len(rows)), strength))
        sets = [f"{'_'.join(filter(None, (m, s)))}.jsonl" for m in ("sample", "seeds") for s in SETS]
        reached = {"questions": sets, "cross_validated": result["by_learnt_weights"]}
        write("sentences", rule, 0.5, {"script": "benchmarks/answers/sentences.py", **reached})


if __name__ == "__main__":
    main()
