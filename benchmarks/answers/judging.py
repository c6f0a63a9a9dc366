"""Does the judge tell what is stated from what is nearly stated? Each part of it in its own row.

    python -m benchmarks.answers.judging [--public DIR] [--seeds DIR] [--write] [--result NAME]

Questions: sets (answerable, near misses, off topic) by many writers, asked of the indexed sample and dumps. A
rule is fitted for each part on the other documents (folds divide documents, never the questions of one), and says how
well answerable questions and near misses are told apart, and what is refused when 5 % of the answerable ones are. The
threshold that ships is chosen by leaving writers out (`thresholds.py`): `left_out` says what became of each. The
network itself saw questions over the sample in training (others than these), and none over the dumps: the dumps have
columns of their own. XQuAD in Russian: articles that training left out, a question with its paragraph against one with
another paragraph of the article, and with the paragraph without the sentence that answers. MTRAG-UN: conversations
that training left out. Intervals are of 95 %, by resampling questions. `--write` replaces the shipped rule.
Results: benchmarks/results/NAME.json.
"""

from __future__ import annotations

import argparse
import hashlib
import pickle
import sys
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from torch import Tensor

from benchmarks.answers.judging_public import on_mtrag, on_xquad
from benchmarks.answers.strangers import QUESTIONS, indexed, read
from benchmarks.answers.thresholds import Bounds, Scored, bounds
from benchmarks.common.calibration import area, fit_evenly, write
from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt.answering.finding import SPOKEN_OF
from konspekt.answering.frequencies import IndexFrequencies
from konspekt.answering.judging.judge import Judge, Judgement, open_judge, shipped_depth, windows_read
from konspekt.answering.judging.logistic import LogisticRule
from konspekt.answering.judging.refusal import DIRECTIONS, JUDGED, judged_features, refusal_features, untold
from konspekt.answering.judging.told import tells_by_form
from konspekt.answering.question.limits import rules_out
from konspekt.answering.question.other_words import in_its_words, of_the_course
from konspekt.answering.question.ranking import defined_name
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.vocabulary import Frequencies
from konspekt.answering.writing.likeliest import first_words
from konspekt.answering.writing.ranking import Ranker
from konspekt.answering.writing.wanted import Wanted
from konspekt.app.build import build_database, build_embedder, build_searcher
from konspekt.app.settings import Settings
from konspekt.indexer.embedding.e5.model import E5Model
from konspekt.indexer.embedding.embeddings import DEFAULT_FILE, Side
from konspekt.indexer.passages import Passage
from konspekt.storage.readings import ReadingsFile
from training.states import States

JUDGED_BY = tuple(
    ROOT / "answering" / name
    for name in ("judging/heads.safetensors", "judging/asked.toml", "judging/asked.py", "words/authors.py")
)
SETS = ("strangers_tune", "fresh", "final3", "final4", "final5", "final6", "tune7", "final7", "unseen")
DEPTH, FOLDS, L2 = 8, 5, 2.0
FALSE_REFUSALS = 0.05  # of the answerable questions of the average writer
CURVE = (0.02, 0.1, 0.2)  # of the answerable questions refused: further points of risk against coverage
SURE = 0.2  # of the answerable questions are answered with a doubt, or not at all
RESAMPLES = 500
COSTED = 12  # questions whose cost is measured
PARTS: Mapping[str, Mapping[str, int]] = {
    "eight numbers": DIRECTIONS,
    "with the kind asked for": {**DIRECTIONS, "kind": 1},
    "the reader alone": {"judged": 1, "surely": 1},
    "eight numbers and the reader": {**DIRECTIONS, "judged": 1, "surely": 1},
    "all but what stands beside": {name: JUDGED[name] for name in ("judged", "found", "unknown", "untold")},
    "all but what is shown": {name: sign for name, sign in JUDGED.items() if name != "untold"},
    "all": JUDGED,
}


Found = tuple[str, str, list[Passage], dict[str, float]]  # question, kind, hits, the eight numbers


@dataclass(frozen=True, slots=True)
class Row:
    material: str
    kind: str
    document: str  # of the best passage: folds divide these
    features: dict[str, float]
    writer: str = ""
    settled: bool | None = None  # a yes or no that is said whatever the rule says (`finding.py`)

    @property
    def answerable(self) -> bool:
        return self.kind == "answerable"

    def scored(self, probability: float) -> Scored:
        score = probability if self.settled is None else float(self.settled)
        return Scored(self.writer, self.kind, score, self.features["found"] >= SPOKEN_OF)


def found_for(material: Path, name: str, work: Path, questions: str) -> list[Found]:
    """What search finds for each question of a set, and the eight numbers: kept in `work`, since the reader changes
    neither."""
    file = work / f"{name}_{questions}.pickle"
    if not file.exists():
        if not (work / name).is_dir():
            indexed(material, work / name)
        settings = Settings(konspekt_home=work / name, models_dir=MODEL_FILES)
        embedder, database = build_embedder(settings), build_database(settings)
        searcher = build_searcher(settings, database, embedder)
        readings = ReadingsFile(settings.index_dir)  # the same posts are found for many questions
        frequencies, meaning = IndexFrequencies(database), Meaning(embedder, readings)
        judge = open_judge(embedder, readings)
        assert judge is not None
        ranker = Ranker(frequencies, meaning, judge)
        rows = []
        for question in read(f"{name}_{questions}"):
            understood = searcher.understand(question["question"]).text
            meant = of_the_course(in_its_words(understood, frequencies), frequencies)
            passages = searcher.search(meant, DEPTH)
            if passages:
                features = refusal_features(meant, passages, frequencies, meaning)
                wanted = Wanted(meant, defined_name(meant))
                features["untold"] = untold(meant, first_words(wanted, passages, ranker, frequencies))
                rows.append((meant, kind_in(question), passages, features))
        readings.close()
        database.close()
        file.write_bytes(pickle.dumps(rows))
    kept: list[Found] = pickle.loads(file.read_bytes())
    return kept


def kind_in(question: Mapping[str, Any]) -> str:
    """answerable, near_miss or off_topic, in which other things that no material answers are counted."""
    if question.get("accept"):
        return "answerable"
    return "near_miss" if question.get("kind") in ("near", "near_miss") else "off_topic"


class KeptEncoder:
    """The embedded model, whose token vectors of all texts are computed once and kept in `work`."""

    has_token_states = True

    def __init__(self, work: Path) -> None:
        self._model = E5Model(MODEL_FILES / DEFAULT_FILE)
        self._states = States(self._model, shipped_depth(), work)

    def prepare(self, asked: Sequence[tuple[str, Sequence[Passage]]]) -> None:
        texts = [window.text for question, passages in asked for _, window in windows_read(question, passages)]
        self._states.prepare([question for question, _ in asked], list(dict.fromkeys(texts)))

    def token_states(self, texts: Sequence[str], side: Side, depth: int) -> list[Tensor]:
        kept = self._states.question if side == "query" else self._states.window
        return [kept(text) for text in texts]

    def count_tokens(self, text: str) -> int:
        return self._model.count_tokens(text)


def cost_of(found: Sequence[Found]) -> dict[str, float]:
    """Processor time of judging a few questions, nothing remembered, and again with everything remembered."""
    judge = open_judge(build_embedder(Settings(models_dir=MODEL_FILES)))
    assert judge is not None
    judge.judge("?", found[0][2])  # loads the model
    times: list[list[float]] = []
    for text, _, passages, _ in found:
        times.append([])
        for _ in range(2):
            begun = time.process_time()
            judge.judge(text, passages)
            times[-1].append(1000 * (time.process_time() - begun))
    first, again = zip(*times, strict=True)
    return {"questions": len(found), "new_median": round(median(first)), "remembered_median": round(median(again))}


def judgements(judge: Judge, name: str, found: Sequence[Found], work: Path) -> list[Judgement]:
    """What the judge makes of each question, kept in `work` for these heads and kinds."""
    made_by = hashlib.sha256(b"".join(file.read_bytes() for file in JUDGED_BY)).hexdigest()[:12]
    file = work / f"{name}_{made_by}.pickle"
    if not file.exists():
        made = []
        for number, (text, _, passages, _) in enumerate(found, start=1):
            print(f"\r{name}: {number} of {len(found)}", end="", file=sys.stderr, flush=True)
            made.append(judge.judge(text, passages))
        print(file=sys.stderr)
        file.write_bytes(pickle.dumps(made))
    kept: list[Judgement] = pickle.loads(file.read_bytes())
    return kept


def read_by(judge: Judge, name: str, questions: str, found: Sequence[Found], work: Path) -> list[Row]:
    writer = f"{name}_{questions}"
    read = judgements(judge, writer, found, work)
    database = build_database(Settings(konspekt_home=work / name, models_dir=MODEL_FILES))
    frequencies = IndexFrequencies(database)
    rows = [
        Row(
            name,
            kind,
            passages[0].document_id,
            {**features, **judged_features(text, judgement)},
            writer,
            settled(text, passages, frequencies),
        )
        for (text, kind, passages, features), judgement in zip(found, read, strict=True)
    ]
    database.close()
    return rows


def settled(question: str, passages: Sequence[Passage], frequencies: Frequencies) -> bool | None:
    """What is said of passages whatever the rule says, as in `finding.py`."""
    if tells_by_form(question, passages) or Wanted(question, defined_name(question)).states(passages):
        return True
    return False if rules_out(question, passages, frequencies) else None


def fitted(rows: Sequence[Row], signs: Mapping[str, int]) -> LogisticRule:
    """On answerable questions, near misses and, counting less, what is off topic: the rule refuses both."""
    return fit_evenly([one.features for one in rows], [one.answerable for one in rows], signs=signs, l2=L2)


def fold_of(row: Row) -> Hashable:
    return int(hashlib.sha256(row.document.encode()).hexdigest(), 16) % FOLDS


def writer_of(row: Row) -> Hashable:
    return row.writer


def held_out(rows: Sequence[Row], signs: Mapping[str, int], by: Callable[[Row], Hashable] = fold_of) -> list[float]:
    """Each question's probability by a rule that was fitted without its fold of documents, or without its writer."""
    fold = [by(one) for one in rows]
    found = [0.0] * len(rows)
    for held in dict.fromkeys(fold):
        rule = fitted([one for one, at in zip(rows, fold, strict=True) if at != held], signs)
        for i, one in enumerate(rows):
            if fold[i] == held:
                found[i] = rule.probability(one.features)
    return found


def told_apart(rows: Sequence[Row], scores: Sequence[float], material: str = "") -> dict[str, Any]:
    """Near misses and off-topic questions against the answerable ones, with intervals."""
    chosen = [(s, one) for s, one in zip(scores, rows, strict=True) if material in ("", one.material)]
    good = np.array([s for s, one in chosen if one.answerable])
    near = np.array([s for s, one in chosen if one.kind == "near_miss"])
    off = np.array([s for s, one in chosen if one.kind == "off_topic"])

    def numbers(good: Any, near: Any, off: Any) -> dict[str, float]:
        threshold = threshold_of(good)
        return {
            "area_near_misses": area(good.tolist(), near.tolist()),
            "near_misses_refused": float((near < threshold).mean()),
            "off_topic_refused": float((off < threshold).mean()) if len(off) else float("nan"),
            **{f"near_misses_refused_at_{share}": float((near < threshold_of(good, share)).mean()) for share in CURVE},
        }

    draw = np.random.default_rng(0)
    again = [
        numbers(*(draw.choice(one, len(one)) if len(one) else one for one in (good, near, off)))
        for _ in range(RESAMPLES)
    ]
    result = {}
    for name, value in numbers(good, near, off).items():
        if not np.isnan(value):
            low, high = np.quantile([one[name] for one in again], (0.025, 0.975))
            result[name] = {"value": round(value, 3), "low": round(float(low), 3), "high": round(float(high), 3)}
    return result


def threshold_of(good: Any, share: float = FALSE_REFUSALS) -> float:
    """Below it lies this share of the answerable questions."""
    return float(np.sort(good)[int(len(good) * share)])


def shipped(rows: Sequence[Row], signs: Mapping[str, int]) -> tuple[LogisticRule, Bounds, float]:
    """The rule fitted on everything, its bounds, which were chosen by rules that left writers out, and from what on it
    is sure."""
    held = held_out(rows, signs, writer_of)
    chosen = bounds([one.scored(s) for s, one in zip(held, rows, strict=True)], FALSE_REFUSALS)
    good = [s for s, one in zip(held, rows, strict=True) if one.answerable]
    return fitted(rows, signs), chosen, float(np.quantile(good, SURE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--public", type=Path, default=ROOT.parent / "shared" / "public")
    parser.add_argument("--seeds", type=Path, default=ROOT.parent / "shared" / "seeds")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "judging", help="indexes and hits, kept")
    parser.add_argument("--xquad", type=int, default=200, help="questions of XQuAD, at most")
    parser.add_argument("--write", action="store_true", help="write answering/calibration/refusal_judged.json")
    parser.add_argument("--result", default="judging")
    options = parser.parse_args()
    if options.write and not options.seeds.is_dir():
        parser.error(f"{options.seeds} is not here: rules are fitted on both materials, or not written")
    rows: list[Row] = []
    options.work.mkdir(parents=True, exist_ok=True)
    encoder = KeptEncoder(options.work)
    judge = open_judge(encoder)
    assert judge is not None
    found: list[Found] = []
    for name, folder in (("sample", ROOT / "sample"), ("seeds", options.seeds.resolve())):
        if folder.is_dir():
            for questions in SETS:
                if not (QUESTIONS / f"{name}_{questions}.jsonl").is_file():
                    continue
                of_set = found_for(folder, name, options.work, questions)
                encoder.prepare([(text, passages) for text, _, passages, _ in of_set])
                rows += read_by(judge, name, questions, of_set, options.work)
                found += of_set
    material = ("", *sorted({one.material for one in rows}))
    result: dict[str, Any] = {"questions": len(rows), "parts": {}}
    for part, signs in PARTS.items():
        scores = held_out(rows, signs)
        of = {where or "all": told_apart(rows, scores, where) for where in material}
        result["parts"][part] = of
        for where, numbers in of.items():
            shown = ", ".join(f"{k} {v['value']:.3f} ({v['low']:.3f}–{v['high']:.3f})" for k, v in numbers.items())
            print(f"{part:30}{where:8}{shown}")
    if options.public.is_dir():
        result["xquad_ru"] = on_xquad(judge, encoder, options.public, options.xquad)
        result["mtrag_un"] = on_mtrag(judge, encoder, options.public)
        print(result["xquad_ru"], result["mtrag_un"])
    result["processor_ms"] = cost_of(found[:: len(found) // COSTED])
    print(result["processor_ms"])
    rule, chosen, sure = shipped(rows, JUDGED)
    result["bounds"] = {**asdict(chosen), "refused_wrongly": round(chosen.refused_wrongly, 3)}
    print(result["bounds"])
    if options.write:
        provenance = {
            "script": "benchmarks/answers/judging.py",
            "questions": [f"{writer}.jsonl" for writer in dict.fromkeys(one.writer for one in rows)],
            "cross_validated": result["parts"]["all"]["all"],
            "left_out": [asdict(one) for one in chosen.left_out],
        }
        print("wrote", write("refusal_judged", rule, chosen.threshold, provenance, sure, bounds=chosen))
    print(write_result(options.result, result))


if __name__ == "__main__":
    main()
