"""Which sentence answers? Fits the weights of `answering/writing/ranking.py` and says what they reach.

    python -m benchmarks.answers.sentences [--homes sample=DIR seeds=DIR] [--write] [--result NAME]

Answerable questions with accepted phrases, by several writers, are asked of the indexed sample and dumps; a sentence
is right when it holds a phrase (sentences in a row, where a phrase runs over several). The weights are fitted so that
right sentences have the largest share of all sentences of the first three passages, and the rules beside them count by
weights of their own where that helps. Rows are cross-validated: each question is judged by weights fitted on the
questions of other writers. `by_a_rule` is what other embedders get:
words and cosines added up, no judge. Results: benchmarks/results/NAME.json; `--write` replaces
answering/calibration/sentences.json, fitted on all of them, so that these sets test nothing in this respect any more.
"""

from __future__ import annotations

import argparse
import pickle
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

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
from konspekt.answering.writing.kinds.units import Unit
from konspekt.answering.writing.likeliest import likeliest
from konspekt.answering.writing.quoting import Excerpt, excerpts
from konspekt.answering.writing.ranking import READ, ranked
from konspekt.answering.writing.wanted import Wanted
from konspekt.app.build import build_database, build_embedder, build_searcher
from konspekt.app.settings import Settings
from konspekt.indexer.evaluation import holds_answer
from konspekt.indexer.passages import Passage

SETS = ("tune8", "tune7", "final6", "final5", "final4", "final3", "strangers_tune", "fresh", "unseen", "")
FOUND = 8
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
        return [one for of in self.evidence for one in right_units(of.passage.text, of.units, self.accept)]


def right_units(text: str, units: Sequence[Unit], accept: Sequence[str]) -> list[bool]:
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
    """Weights for the numbers of every question's sentences, and for the rules beside them.

    Numbers are standardised and their weights drawn towards 0; a rule's log-odds are drawn towards counting as they
    are, and `learning` lets them move: what no question speaks of stays as it was given.
    """

    def __init__(self, rows: Sequence[Asked]) -> None:
        self.names = sorted({name for row in rows for of in row.evidence for one in of.features for name in one})
        self.rules = sorted({name for row in rows for of in row.evidence for one in of.rules for name in one})
        raw = [
            torch.tensor(
                [
                    [*(one[name] for name in self.names), *(beside[name] for name in self.rules)]
                    for of in row.evidence
                    for one, beside in zip(of.features, of.rules, strict=True)
                ]
            )
            for row in rows
        ]
        everything = torch.cat(raw)
        numbers = len(self.names)
        self.means, self.scales = everything.mean(0), everything.std(0) + 1e-6
        self.means[numbers:] = 0.0
        self.given = torch.cat([torch.zeros(numbers), self.scales[numbers:]])  # each rule's log-odds as they are
        self.numbers = pad_sequence([(one - self.means) / self.scales for one in raw], batch_first=True)  # [Q, U, F]
        self.right = pad_sequence([torch.tensor(row.right) for row in rows], batch_first=True)  # [Q, U]
        here = pad_sequence([torch.ones(len(one)) for one in raw], batch_first=True)
        self.absent = torch.where(here > 0, 0.0, float("-inf"))  # [Q, U]

    def weights(self, chosen: Sequence[int], strength: float, *, learning: bool) -> Tensor:
        """[F], that give the right sentences of the chosen questions the largest share (cross-entropy, L-BFGS)."""
        counted = torch.tensor([i for i in chosen if bool(self.right[i].any())])
        moves = torch.ones(len(self.given))
        if not learning:
            moves[len(self.names) :] = 0.0
        more = torch.zeros(len(self.given), requires_grad=True)
        optimiser = torch.optim.LBFGS([more], max_iter=200, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            optimiser.zero_grad()
            surprise = self.surprise(counted, self.given + moves * more).mean()
            total = surprise + strength * (more**2).sum()
            total.backward()  # type: ignore[no-untyped-call]
            return total

        optimiser.step(loss)  # type: ignore[no-untyped-call]
        return self.given + moves * more.detach()

    def surprise(self, chosen: Tensor, weights: Tensor) -> Tensor:
        """[Q], of each of the chosen questions, which have a right sentence."""
        scores = self.numbers[chosen] @ weights + self.absent[chosen]
        of_right = scores.masked_fill(~self.right[chosen], float("-inf"))
        return torch.logsumexp(scores, 1) - torch.logsumexp(of_right, 1)

    def rule(self, weights: Tensor) -> LogisticRule:
        """A rule's weight is how much of its log-odds counts."""
        numbers = len(self.names)
        counts = torch.cat([weights[:numbers], weights[numbers:] / self.scales[numbers:]])
        scales = torch.cat([self.scales[:numbers], torch.ones(len(self.rules))])
        named = [
            {name: round(float(value), 5) for name, value in zip([*self.names, *self.rules], values, strict=True)}
            for values in (counts, self.means, scales)
        ]
        return LogisticRule(0.0, 0.5, named[0], named[1], named[2], {})


@dataclass(frozen=True, slots=True)
class Shown:
    """`own`: the sentences chosen hold the answer; `any`: they or the passages below do; `first`: the first of them
    does, or begins it. Of their `characters`, `noise` stand in paragraphs that hold none of it."""

    own: bool
    any: bool
    first: bool
    characters: int
    noise: int


def shown(chosen: Sequence[Excerpt], accept: Sequence[str]) -> Shown:
    own = "\n".join(one.quote.text[start:end] for one in chosen for start, end in one.spans)
    folded = "\n".join(one.quote.text for one in chosen)
    first, noise = False, 0
    for place, one in enumerate(chosen):
        right = right_units(one.quote.text, one.units, accept)
        first = first or (place == 0 and right[one.chosen[0]])
        noise += sum(len(told) for told, says in paragraphs(one, right) if not says)
    return Shown(holds_answer(own, accept), holds_answer(f"{own}\n{folded}", accept), first, len(own), noise)


def paragraphs(one: Excerpt, right: Sequence[bool]) -> list[tuple[str, bool]]:
    """What is shown of a passage, divided at blank lines and where something is left out; whether each says it."""
    found: list[tuple[str, bool]] = []
    before: int | None = None
    for i in one.chosen:
        text = one.quote.text[one.units[i].start : one.units[i].end]
        gap = "" if before is None else one.quote.text[one.units[before].end : one.units[i].start]
        if before == i - 1 and gap.count("\n") < 2:
            told, says = found.pop()
            found.append((told + gap + text, says or right[i]))
        else:
            found.append((text, right[i]))
        before = i
    return found


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
        **_means(found),
        "by_set": {
            group: _means([one for one, row in zip(found, rows, strict=True) if row.group == group])
            for group in dict.fromkeys(row.group for row in rows)
        },
    }
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)) if calibration else ():
        result[f"right_post_at_{low}"] = interval([right for share, right in calibration if low <= share < high])
    return result


def _means(found: Sequence[Shown]) -> dict[str, Any]:
    characters = sum(one.characters for one in found)
    return {
        "in_its_own_sentences": interval([one.own for one in found]),
        "in_them_or_the_passages_below": interval([one.any for one in found]),
        "in_the_first_sentence": interval([one.first for one in found]),
        "noise": round(sum(one.noise for one in found) / max(1, characters), 3),
        "characters": round(characters / max(1, len(found))),
    }


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
    writers = [row.group for row in rows]
    counted = [i for i, row in enumerate(rows) if any(row.right)]
    validated: dict[tuple[float, bool], tuple[float, list[LogisticRule]]] = {}
    for strength, learning in product(STRENGTHS, (False, True)):
        weights = {
            out: fit.weights([i for i, one in enumerate(writers) if one != out], strength, learning=learning)
            for out in dict.fromkeys(writers)
        }
        of_each = [fit.surprise(torch.tensor([i]), weights[writers[i]]).item() for i in counted]
        rules = {out: fit.rule(of) for out, of in weights.items()}
        validated[strength, learning] = float(np.mean(of_each)), [rules[one] for one in writers]
        learnt = "learnt" if learning else "as given"
        print(f"penalty {strength}, rules {learnt}: surprise {np.mean(of_each):.3f}")
    chosen = min(validated, key=lambda one: validated[one][0])
    strength, learning = chosen
    result: Mapping[str, Any] = {
        "questions": len(rows),
        "rules_learnt": learning,
        "answer_among_three_passages": interval([any(row.right) for row in rows]),
        "by_a_rule": told(rows, None),
        "by_learnt_weights": told(rows, validated[chosen][1]),
    }
    for name in ("by_a_rule", "by_learnt_weights"):
        of_it = result[name]
        print(f"{name}: own {of_it['in_its_own_sentences']['mean']}, with passages "
              f"{of_it['in_them_or_the_passages_below']['mean']}, first {of_it['in_the_first_sentence']['mean']}, "
              f"noise {of_it['noise']}, {of_it['characters']} characters")  # fmt: skip
    print(f"written to {write_result(options.result, dict(result)).relative_to(ROOT)}")
    if options.write:
        rule = fit.rule(fit.weights(range(len(rows)), strength, learning=learning))
        sets = [f"{'_'.join(filter(None, (m, s)))}.jsonl" for m in ("sample", "seeds") for s in SETS]
        reached = {"questions": sets, "cross_validated": result["by_learnt_weights"]}
        write("sentences", rule, 0.5, {"script": "benchmarks/answers/sentences.py", **reached})


if __name__ == "__main__":
    main()
