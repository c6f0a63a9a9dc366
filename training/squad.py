"""Examples out of SQuAD 2.0 (CC BY-SA 4.0): half of its questions were written by people to be nearly answered.

Read from `squad2.json` in the folder of public sets, any part of either split in its own format. XQuAD is a part of its
development split: of those articles only the ones that may be trained on are.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from konspekt.answering.judging.windows import Window, windows
from training.corpus import stems
from training.examples import Example, answering, locate
from training.public import is_tested, xquad

FILE = "squad2.json"
ASKED = 0.55  # of the answerable questions about articles without unanswerable ones: there are too many of them
MISSED = 0.6  # of the answerable questions also meet a window that does not answer
BESIDE = 0.6  # of these windows are of the same paragraph, where it has another
LIKEST = 0.7  # of them are the one most like the question
LOWERED = 0.45  # of the questions are put as readers put them: no capital, no question mark


@dataclass(frozen=True, slots=True)
class Paragraph:
    title: str
    text: str
    questions: tuple[dict[str, Any], ...]
    cut: tuple[Window, ...]


def squad_examples(folder: Path, seed: int) -> Iterator[Example]:
    """Nothing where the file is not there. Groups are articles."""
    if not (folder / FILE).is_file():
        return
    draw = random.Random(seed)
    known = {one.title for one in xquad(folder, "en")}
    for title, paragraphs in _articles(folder / FILE):
        if is_tested(title) or (title not in known and _is_development(paragraphs)):
            continue
        nearly = any(one.get("is_impossible") for paragraph in paragraphs for one in paragraph.questions)
        for paragraph in paragraphs:
            for raw in paragraph.questions:
                if raw.get("is_impossible"):
                    yield from _nearly(raw, paragraph, draw)
                elif nearly or draw.random() < ASKED:
                    yield from _answered(raw, paragraph, paragraphs, draw)


def _articles(file: Path) -> Iterator[tuple[str, list[Paragraph]]]:
    for article in json.loads(file.read_text("utf-8"))["data"]:
        title = article["title"].replace("_", " ")
        yield title, [_paragraph(title, one) for one in article["paragraphs"]]


def _paragraph(title: str, raw: dict[str, Any]) -> Paragraph:
    return Paragraph(title, raw["context"], tuple(raw["qas"]), tuple(windows(title, raw["context"])))


def _is_development(paragraphs: Sequence[Paragraph]) -> bool:
    """Several people answered each question of the development split, one each of the training split."""
    return any(len(one["answers"]) > 1 for paragraph in paragraphs for one in paragraph.questions)


def _nearly(raw: dict[str, Any], paragraph: Paragraph, draw: random.Random) -> Iterator[Example]:
    """The window with the words that are taken for an answer; where they are not told, the two likest."""
    text = raw["question"].strip()
    taken = [answer["text"] for answer in raw.get("plausible_answers") or ()]
    holding = [window for window in paragraph.cut if any(locate(window, words) for words in taken)]
    for window in holding[:1] or _likest(text, paragraph.cut)[:2]:
        yield Example(as_asked(text, draw), window, None, "squad", paragraph.title)


def _answered(
    raw: dict[str, Any], paragraph: Paragraph, paragraphs: Sequence[Paragraph], draw: random.Random
) -> Iterator[Example]:
    text, words = raw["question"].strip(), raw["answers"][0]["text"]
    places = dict(answering(paragraph.title, paragraph.text, [words]))
    right = [window for window in _likest(text, paragraph.cut) if places[window]]
    if not right:
        return
    asked = as_asked(text, draw)
    yield Example(asked, right[0], places[right[0]], "squad", paragraph.title)
    if draw.random() < MISSED:
        others = [one for other in draw.sample(paragraphs, min(6, len(paragraphs))) for one in other.cut]
        pools = [
            [one for one in cut if words.lower() not in one.text.lower()] for cut in (paragraph.cut, tuple(others))
        ]
        pool = pools[0] if pools[0] and draw.random() < BESIDE else pools[1]
        if pool:
            window = _likest(text, pool)[0] if draw.random() < LIKEST else draw.choice(pool)
            yield Example(asked, window, None, "squad", paragraph.title)


def _likest(question: str, cut: Sequence[Window]) -> list[Window]:
    wanted = stems(question)
    return sorted(cut, key=lambda window: -len(wanted & stems(window.text)))


def as_asked(question: str, draw: random.Random) -> str:
    """Some of them as readers put them: without a capital or a question mark."""
    if draw.random() >= LOWERED:
        return question
    bare = question.rstrip("?").rstrip()
    return bare.lower() if draw.random() < 0.5 else bare[:1].lower() + bare[1:]
