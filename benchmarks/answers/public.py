"""Public sets: does search find the paragraph of XQuAD, in the question's language and across; does the judge know it?

    python -m benchmarks.answers.public [--public DIR] [--questions N] [--result NAME]

Retrieval: each paragraph of XQuAD becomes a file, all of a language are indexed as a user would (`konspekt reindex`),
and each question is searched ten deep: recall@1, and nDCG@10 with the one paragraph that answers as what is relevant.
Russian questions over Russian and over English paragraphs, English over English.

Answerability, on articles and conversations that the judge's training left out: an XQuAD question with its paragraph
against one with another paragraph of the article, and against its own without the sentence that answers; the answerable
tasks of MTRAG-UN against the unanswerable and underspecified ones. All with 95 % bootstrap intervals, by question.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers.strangers import indexed
from benchmarks.common.bootstrap import interval
from benchmarks.common.calibration import area_under_curve
from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt.answering.judging.judge import Judge, open_judge
from konspekt.answering.words.sentences import split_sentences
from konspekt.app.build import build_database, build_embedder, build_searcher
from konspekt.app.settings import Settings
from konspekt.indexer.evaluation import normalise
from konspekt.indexer.passages import Passage
from training.public import Asked, is_tested, mtrag, xquad

DEPTH = 10
RESAMPLES = 500
DIRECTIONS = (("ru", "ru"), ("ru", "en"), ("en", "en"))  # language of the questions, of the paragraphs


def write_paragraphs(asked: Sequence[Asked], folder: Path) -> None:
    """One file per paragraph, headed by its article's title."""
    folder.mkdir(parents=True)
    for one in asked:
        article, paragraph, _ = one.number
        path = folder / f"{article:03}-{paragraph:02}.md"
        path.write_text(f"# {one.title}\n\n{one.paragraph}\n", "utf-8")


def rank_of(paragraph: str, passages: Sequence[Passage]) -> int | None:
    """The place, from 1, of the first passage that is of this paragraph."""
    wanted = normalise(paragraph)
    for rank, passage in enumerate(passages, 1):
        lines = [normalise(line) for line in passage.text.splitlines() if len(line) > 40]
        if any(line in wanted for line in lines) or wanted in normalise(passage.text):
            return rank
    return None


def gain(rank: int | None) -> float:
    """nDCG with one relevant document: 1 when it is first, less the further down it is, 0 when it is not there."""
    return 1 / math.log2(rank + 1) if rank is not None else 0.0


def retrieval(asked: Sequence[Asked], read: Sequence[Asked], home: Path) -> dict[str, Any]:
    """`asked` questions over the paragraphs of `read`, which are the same in one of the languages."""
    settings = Settings(konspekt_home=home, models_dir=MODEL_FILES)
    database = build_database(settings)
    searcher = build_searcher(settings, database, build_embedder(settings))
    paragraphs = {one.number: one.paragraph for one in read}
    ranks = [rank_of(paragraphs[one.number], searcher.search(one.question, DEPTH)) for one in asked]
    database.close()
    return {
        "recall@1": interval([rank == 1 for rank in ranks]),
        "recall@5": interval([rank is not None and rank <= 5 for rank in ranks]),
        "ndcg@10": interval([gain(rank) for rank in ranks]),
    }


def area(good: Sequence[float], bad: Sequence[float]) -> dict[str, float]:
    """Chance that an answerable one scores higher, with its interval."""

    def value(of_good: Sequence[float], of_bad: Sequence[float]) -> float:
        return area_under_curve([*of_good, *of_bad], [True] * len(of_good) + [False] * len(of_bad))

    draw = np.random.default_rng(0)
    again = [
        value(draw.choice(good, len(good)).tolist(), draw.choice(bad, len(bad)).tolist()) for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(again, (0.025, 0.975))
    numbers = {"mean": value(good, bad), "low": float(low), "high": float(high)}
    return {name: round(number, 3) for name, number in numbers.items()} | {"n": len(good) + len(bad)}


def of_paragraph(title: str, text: str) -> list[Passage]:
    return [Passage(1, 1.0, "d", 1, title, None, None, "s", text, "", 0)]


def without_its_sentence(one: Asked) -> str:
    return " ".join(s.text for s in split_sentences(one.paragraph) if not s.start <= one.start < s.end)


def answerability(judge: Judge, asked: Sequence[Asked], read: Sequence[Asked]) -> dict[str, Any]:
    """Of `asked` questions, with the paragraphs of `read`."""
    draw = random.Random(1)
    texts = {one.number: one for one in read}

    def scores(text_of: Callable[[Asked], str]) -> list[float]:
        there = [texts[one.number] for one in asked]
        pairs = [
            (one.question, of_paragraph(para.title, text_of(para))) for one, para in zip(asked, there, strict=True)
        ]
        return [judge.judge(*pair).logit for pair in pairs]

    right = scores(lambda one: one.paragraph)
    return {
        "another_paragraph": area(right, scores(lambda one: draw.choice(one.others))),
        "without_its_sentence": area(right, scores(without_its_sentence)),
    }


def tasks(judge: Judge, folder: Path) -> dict[str, Any]:
    held = [task for task in mtrag(folder) if is_tested(task.conversation)]
    scores = [judge.judge(task.question, [of_paragraph(*one)[0] for one in task.contexts]).logit for task in held]
    right = [score for score, task in zip(scores, held, strict=True) if task.label == "ANSWERABLE"]
    wrong = [s for s, task in zip(scores, held, strict=True) if task.label in {"UNANSWERABLE", "UNDERSPECIFIED"}]
    return {"answerable_or_not": area(right, wrong)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--public", type=Path, default=ROOT.parent / "shared" / "public")
    parser.add_argument("--questions", type=int, default=0, help="of each direction, drawn once; 0: all")
    parser.add_argument("--result", default="public")
    options = parser.parse_args()
    if not options.public.is_dir():
        parser.exit(3, f"{options.public} is not here: the public sets are not part of this repository\n")
    held = {lang: xquad(options.public, lang) for lang in ("ru", "en")}
    numbers = [one.number for one in held["ru"]]
    chosen = set(random.Random(0).sample(numbers, options.questions) if options.questions else numbers)
    result: dict[str, Any] = {"xquad": {}, "mtrag_un": {}}
    with tempfile.TemporaryDirectory(prefix="konspekt-public-") as folder:
        for lang, asked in held.items():
            write_paragraphs(asked, Path(folder) / f"paragraphs-{lang}")
            indexed(Path(folder) / f"paragraphs-{lang}", Path(folder) / lang)
        for ask, read in DIRECTIONS:
            asked = [one for one in held[ask] if one.number in chosen]
            result["xquad"][f"{ask}-{read}"] = retrieval(asked, held[read], Path(folder) / read)
            print(ask, read, json.dumps(result["xquad"][f"{ask}-{read}"]), flush=True)
    judge = open_judge(build_embedder(Settings(models_dir=MODEL_FILES)))
    assert judge is not None
    for ask, read in DIRECTIONS:
        asked = [one for one in held[ask] if is_tested(held["en"][numbers.index(one.number)].title)]
        result["xquad"][f"{ask}-{read}"] |= answerability(judge, asked, held[read])
        print(ask, read, json.dumps(result["xquad"][f"{ask}-{read}"]), flush=True)
    result["mtrag_un"] = tasks(judge, options.public)
    print(f"written to {write_result(options.result, result).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
