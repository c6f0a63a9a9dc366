"""Questions in pairs over one post: what it answers, and what it nearly answers (`data/pairs/`).

Two kinds of files. Over an index: `= words` points at a post by words of it, so that nobody's text is copied here.
Posts of our own: `## title`, then the text. In both, `+ question | words of the answer`, or `- question` for what is
told nowhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from konspekt.answering.judging.windows import Window, windows
from konspekt.indexer.evaluation import Question, holds_answer
from training.channels import answers, place
from training.corpus import Document, stems
from training.examples import Example

PAIRS = Path(__file__).with_name("data") / "pairs"
LIKEST = 6  # windows, of which those that do not answer are drawn
OWN, OTHERS = 4, 2  # of them that do not answer, of the post itself and of other posts
AWAY = 0.3  # of the questions also meet a window by lot
ELSEWHERE = 4  # windows that a question about nothing here meets, for sharing a word, and by lot


@dataclass(slots=True)
class Asked:
    """`head` points at a post, or is the title of `text`."""

    head: str
    text: str = ""
    questions: list[Question] = field(default_factory=list)


def read_pairs(file: Path) -> list[Asked]:
    found: list[Asked] = [Asked("")]
    for line in file.read_text("utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark in ("=", "##"):
            found.append(Asked(rest.strip()))
        elif mark == "+":
            question, _, words = rest.partition(" | ")
            found[-1].questions.append(Question(question.strip(), (words.strip(),)))
        elif mark == "-":
            found[-1].questions.append(Question(rest.strip(), ()))
        elif mark != "#" and line.strip():
            found[-1].text += line.strip() + "\n"
    return [one for one in found if one.questions]


def pair_examples(documents: Sequence[Document], name: str, seed: int) -> Iterator[Example]:
    """Over an index's documents, of which each question sees the windows most like it. Groups are documents."""
    draw = random.Random(seed)
    stemmed = [(one, window, stems(window.text)) for one in documents for window in one.windows]
    for question in read_pairs(PAIRS / "elsewhere.txt")[0].questions:
        wanted = stems(question.text)
        for one, window, _ in sorted(stemmed, key=lambda one: -len(wanted & one[2]))[:3]:
            yield Example(question.text, window, None, "pairs", one.id)
    for post in read_pairs(PAIRS / f"{name}.txt"):
        own = {one.id for one in documents if holds_answer(one.text, [post.head])}
        if not own:
            raise ValueError(f"{name}: no document says {post.head!r}")
        for question in post.questions:
            wanted = stems(question.text)
            likest = sorted(stemmed, key=lambda one: -len(wanted & one[2]))
            here = [window for one, window, _ in likest if one.id in own]
            there = [window for one, window, _ in likest[:LIKEST] if one.id not in own]
            yield from _of(question, min(own), here, there, draw)
            if draw.random() < AWAY:
                other, window, _ = draw.choice(stemmed)
                if other.id not in own and not answers(window, question.accept):
                    yield Example(question.text, window, None, "pairs", min(own))


def _of(
    question: Question, group: str, here: Sequence[Window], there: Sequence[Window], draw: random.Random
) -> Iterator[Example]:
    right = [window for window in here if answers(window, question.accept)]
    if question.accept and not right:
        return  # the answer was cut in two
    for window in right[:1]:
        yield Example(question.text, window, place(window, question.accept), "pairs", group)
    most = (1, 1) if right else (OWN, OTHERS)
    for listed, few in ((here[:LIKEST], most[0]), (there, most[1])):
        wrong = [window for window in listed if not answers(window, question.accept)]
        for window in draw.sample(wrong, min(few, len(wrong))):
            yield Example(question.text, window, None, "pairs", group)


def about_nothing_here() -> list[Question]:
    return [one for file in sorted(PAIRS.glob("elsewhere*.txt")) for one in read_pairs(file)[0].questions]


def written_examples(seed: int) -> Iterator[Example]:
    """Over the posts written for training. Groups are their titles."""
    draw = random.Random(seed)
    posts = [post for file in sorted(PAIRS.glob("written*.txt")) for post in read_pairs(file)]
    stemmed = [(post, window, stems(window.text)) for post in posts for window in windows(post.head, post.text)]
    for question in about_nothing_here():
        wanted = stems(question.text)
        likest = sorted(stemmed, key=lambda one: -len(wanted & one[2]))[:ELSEWHERE]
        for post, window, _ in [*likest, *draw.sample(stemmed, ELSEWHERE)]:
            yield Example(question.text, window, None, "elsewhere", post.head)
    for post in posts:
        cut = windows(post.head, post.text)
        for question in post.questions:
            right = [window for window in cut if answers(window, question.accept)]
            if question.accept and not right:
                raise ValueError(f"{post.head}: no answer to {question.text}")
            for window in right[:1]:
                yield Example(question.text, window, place(window, question.accept), "written", post.head)
            wrong = [window for window in cut if window not in right]
            for window in draw.sample(wrong, min(len(wrong), 1 if right else OWN)):
                yield Example(question.text, window, None, "written", post.head)
            if draw.random() < AWAY:
                other, window, _ = draw.choice(stemmed)
                if other is not post:
                    yield Example(question.text, window, None, "written", post.head)
