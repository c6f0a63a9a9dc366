"""Examples from an index and questions that people wrote over it: hits of our own search that answer, or nearly do."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from konspekt.answering.judging.windows import Window, windows
from konspekt.indexer.evaluation import Question, holds_answer, read_questions
from konspekt.indexer.passages import Passage
from konspekt.indexer.searching.search import Searcher
from training.examples import Example, locate

DEPTH = 4


def channel_examples(searcher: Searcher, files: Sequence[Path], seed: int) -> Iterator[Example]:
    """Of each question the window that holds the answer, and the windows of wrong hits that are most like it.

    Groups are the documents found first.
    """
    draw = random.Random(seed)
    for file in files:
        for question in read_questions(file) if file.suffix == ".jsonl" else read_lines(file):
            hits = searcher.search(question.text, DEPTH)
            yield from _of(question, hits, draw)


def read_lines(file: Path) -> list[Question]:
    """`+ question | words of the answer`, or `- question` for what the material does not say."""
    found = []
    for line in file.read_text("utf-8").splitlines():
        if line.startswith(("+ ", "- ")):
            question, _, accept = line[2:].partition(" | ")
            found.append(Question(question.strip(), (accept.strip(),) if accept else ()))
    return found


def _of(question: Question, hits: Sequence[Passage], draw: random.Random) -> Iterator[Example]:
    group = hits[0].document_id if hits else ""
    cut = [(hit, window) for hit in hits for window in windows(hit.title, hit.text)]
    right = [window for _, window in cut if not question.must_be_refused and answers(window, question.accept)]
    for window in right[:1]:
        yield Example(question.text, window, place(window, question.accept), "channel", group)
    wrong = [window for _, window in cut if not answers(window, question.accept)]
    near = wrong[:6] if question.must_be_refused else wrong[:3]
    for window in draw.sample(near, min(len(near), 3 if question.must_be_refused else 1)):
        yield Example(question.text, window, None, "channel", group)


def answers(window: Window, accept: Sequence[str]) -> bool:
    """Whether the window holds one of the phrases."""
    return bool(accept) and holds_answer(window.text, accept)


def place(window: Window, accept: Sequence[str]) -> tuple[int, int]:
    """The phrase's own stretch; where it is spelt otherwise, the sentence that holds it."""
    for phrase in accept:
        if found := locate(window, phrase):
            return found
    for start, end in window.spans:
        if holds_answer(window.text[start:end], accept):
            return start, end
    return window.spans[0][0], len(window.text)
