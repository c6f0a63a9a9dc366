"""The judge on public sets: XQuAD in Russian against other paragraphs of an article, MTRAG-UN's unanswerable tasks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.common.calibration import area
from konspekt.answering.judging.judge import Judge
from konspekt.answering.words.sentences import split_sentences
from konspekt.indexer.passages import Passage
from training.public import Asked, is_tested, mtrag, xquad

RESAMPLES = 100


class Encoder(Protocol):
    """`KeptEncoder` of `judging.py`, as much of it as is used here."""

    def prepare(self, asked: Sequence[tuple[str, Sequence[Passage]]]) -> None: ...


def passage(title: str, text: str) -> Passage:
    return Passage(1, 1.0, "d", 1, title, None, None, "s", text, "", 0)


def on_xquad(judge: Judge, encoder: Encoder, folder: Path, most: int) -> dict[str, Any]:
    questions = [one for one in xquad(folder, "ru") if is_tested(one.title)]
    questions = random.Random(0).sample(questions, min(most, len(questions)))
    draw = random.Random(1)

    def scores(texts: Sequence[str]) -> list[float]:
        asked = [(one.question, [passage(one.title, text)]) for one, text in zip(questions, texts, strict=True)]
        encoder.prepare(asked)
        return [judge.judge(*one).logit for one in asked]

    right = scores([one.paragraph for one in questions])
    other = scores([draw.choice(one.others) for one in questions])
    without = scores([_without(one) for one in questions])
    return {
        "questions": len(questions),
        "another_paragraph": _paired(right, other),
        "without_its_sentence": _paired(right, without),
        "both": _paired(right, other + without),
    }


def _without(one: Asked) -> str:
    return " ".join(s.text for s in split_sentences(one.paragraph) if not s.start <= one.start < s.end)


def on_mtrag(judge: Judge, encoder: Encoder, folder: Path) -> dict[str, Any]:
    """Answerable tasks against the others. Most of these come without any passage, so those with are shown apart."""
    tasks = [one for one in mtrag(folder) if is_tested(one.conversation)]
    asked = [(task.question, [passage(*context) for context in task.contexts]) for task in tasks]
    encoder.prepare(asked)
    scores = [judge.judge(*one).logit for one in asked]
    right = [s for s, t in zip(scores, tasks, strict=True) if t.label == "ANSWERABLE"]
    wrong = [s for s, t in zip(scores, tasks, strict=True) if t.label in ("UNANSWERABLE", "UNDERSPECIFIED")]
    read_wrong = [s for s, t in zip(scores, tasks, strict=True) if t.label == "UNDERSPECIFIED" and t.contexts]
    return {"tasks": len(tasks), "all": _paired(right, wrong), "with_passages": _paired(right, read_wrong)}


def _paired(good: Sequence[float], bad: Sequence[float]) -> dict[str, float]:
    draw = np.random.default_rng(0)
    if not good or not bad:
        return {}
    again = [area(draw.choice(good, len(good)).tolist(), draw.choice(bad, len(bad)).tolist()) for _ in range(RESAMPLES)]
    low, high = np.quantile(again, (0.025, 0.975))
    return {"value": round(area(good, bad), 3), "low": round(float(low), 3), "high": round(float(high), 3)}
