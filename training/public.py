"""Examples out of public sets: XQuAD (ru and en, CC BY-SA 4.0) and MTRAG-UN (Apache-2.0), read from a folder."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from konspekt.answering.judging.windows import Window, windows
from konspekt.answering.words.sentences import split_sentences
from training.corpus import stems
from training.examples import Example, answering

TESTED = 0.25  # of the articles and conversations: never trained on
_NAME_OR_NUMBER = re.compile(r"(?<=\s)(?:[A-ZА-ЯЁ][\w’'-]+(?:\s[A-ZА-ЯЁ][\w’'-]+)*|\d[\d.,]*)")


def is_tested(group: str) -> bool:
    return int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) / 2**32 < TESTED


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of XQuAD with the paragraph that answers it; `others` are paragraphs of the same article."""

    question: str
    answer: str
    start: int  # of the answer in the paragraph
    title: str
    paragraph: str
    others: tuple[str, ...]
    lang: str
    number: tuple[int, int, int]  # article, paragraph, question: the same in both languages


def xquad(folder: Path, lang: str) -> list[Asked]:
    articles = json.loads((folder / f"xquad.{lang}.json").read_text("utf-8"))["data"]
    found = []
    for a, article in enumerate(articles):
        title = article["title"].replace("_", " ")
        paragraphs = [one["context"] for one in article["paragraphs"]]
        for p, paragraph in enumerate(article["paragraphs"]):
            others = tuple(text for i, text in enumerate(paragraphs) if i != p)
            for q, asked in enumerate(paragraph["qas"]):
                answer = asked["answers"][0]
                found.append(
                    Asked(
                        asked["question"],
                        answer["text"],
                        answer["answer_start"],
                        title,
                        paragraph["context"],
                        others,
                        lang,
                        (a, p, q),
                    )
                )
    return found


def xquad_examples(folder: Path, seed: int) -> Iterator[Example]:
    """Of each question: the window that answers; one of the same paragraph; one of another paragraph, by lot or the one
    with most of its words; the window without the sentence that answers; and the window that would answer if a name or
    a number in the question were not another one of the same article. A third of the questions meet the paragraph in
    the other language.
    """
    draw = random.Random(seed)
    tongues = {lang: {one.number: one for one in xquad(folder, lang)} for lang in ("ru", "en")}
    for lang, asked in tongues.items():
        other = tongues["en" if lang == "ru" else "ru"]
        names = _names_by_article(list(asked.values()))
        for number, one in asked.items():
            read = other[number] if draw.random() < 0.3 else one
            cut = answering(read.title, read.paragraph, [read.answer])
            group = one.title
            right = [(window, place) for window, place in cut if place]
            wrong = [window for window, place in cut if not place]
            if not right:
                continue
            window, place = right[0]
            yield Example(one.question, window, place, "xquad", group)
            yield Example(one.question, _elsewhere(one.question, read, draw), None, "xquad", group)
            if less := _without_answer(read, window):
                yield Example(one.question, less, None, "xquad", group)
            if wrong:
                yield Example(one.question, draw.choice(wrong), None, "xquad", group)
            if corrupted := _corrupted(one.question, names[number[0]], read.paragraph, draw):
                yield Example(corrupted, window, None, "xquad", group)


def _elsewhere(question: str, read: Asked, draw: random.Random) -> Window:
    """Of another paragraph: as often the window that is most like the question as any."""
    if draw.random() < 0.5:
        return draw.choice(windows(read.title, draw.choice(read.others)))
    wanted = stems(question)
    cut = [one for text in read.others for one in windows(read.title, text) if read.answer not in one.text]
    return max(cut, key=lambda window: len(wanted & stems(window.text)))


def _without_answer(read: Asked, window: Window) -> Window | None:
    """The window most like the one that answers, once the paragraph has lost the sentence that answers."""
    rest = " ".join(s.text for s in split_sentences(read.paragraph) if not s.start <= read.start < s.end)
    cut = [one for one in windows(read.title, rest) if read.answer not in one.text] if rest else []
    return max(cut, key=lambda one: _shared(window.text, one.text)) if cut else None


def _names_by_article(asked: list[Asked]) -> dict[int, list[str]]:
    found: dict[int, set[str]] = {}
    for one in asked:
        found.setdefault(one.number[0], set()).update(_NAME_OR_NUMBER.findall(one.question))
    return {article: sorted(names) for article, names in found.items()}


def _corrupted(question: str, names: list[str], paragraph: str, draw: random.Random) -> str | None:
    """The question about somebody or some number that the paragraph does not speak of."""
    inside = _NAME_OR_NUMBER.findall(question)
    if not inside:
        return None
    gone = draw.choice(inside)
    fitting = [one for one in names if one[0].isdigit() == gone[0].isdigit() and one not in question]
    fitting = [one for one in fitting if one not in paragraph]
    return question.replace(gone, draw.choice(fitting)) if fitting else None


@dataclass(frozen=True, slots=True)
class Task:
    """A task of MTRAG-UN: the last thing said, what was said before it, and what was found for it."""

    question: str
    contexts: tuple[tuple[str, str], ...]  # title, text
    answer: str
    label: str  # ANSWERABLE, PARTIAL, UNANSWERABLE, UNDERSPECIFIED
    conversation: str


def mtrag(folder: Path) -> list[Task]:
    lines = (folder / "mtrag-un.jsonl").read_text("utf-8").splitlines()
    return [_task(json.loads(line)) for line in lines if line.strip()]


def _task(raw: dict[str, Any]) -> Task:
    said = [turn["text"].strip() for turn in raw["input"] if turn["speaker"] == "user"]
    question = said[-1]
    if len(said) > 1 and len(question.split()) < 9:  # a follow-up leans on the question before it
        question = f"{said[-2]} {question}"
    contexts = tuple((str(one.get("title") or ""), one["text"]) for one in raw["contexts"])
    return Task(question[:300], contexts, raw["targets"][0]["text"], raw["answerability"][0], raw["conversation_id"])


def mtrag_examples(folder: Path, seed: int) -> Iterator[Example]:
    """Of an answerable task: the window most like the reference answer, and one of another task of its kind."""
    draw = random.Random(seed)
    tasks = mtrag(folder)
    told = [task for task in tasks if task.contexts]
    for task in tasks:
        if task.label in ("ANSWERABLE", "PARTIAL") and task.contexts:
            cut = [window for title, text in task.contexts for window in windows(title, text)]
            best = max(cut, key=lambda window: _shared(task.answer, window.text))
            start, end = max(best.spans, key=lambda span: _shared(task.answer, best.text[slice(*span)]))
            if _shared(task.answer, best.text) >= 6:
                yield Example(task.question, best, (start, end), "mtrag", task.conversation)
        other = draw.choice([one for one in told if one.conversation != task.conversation])
        window = draw.choice(windows(*draw.choice(other.contexts)))
        yield Example(task.question, window, None, "mtrag", task.conversation)
        if task.label == "UNDERSPECIFIED" and task.contexts:
            yield Example(task.question, windows(*task.contexts[0])[0], None, "mtrag", task.conversation)


def _shared(answer: str, text: str) -> int:
    words = set(re.findall(r"\w{4,}", answer.lower()))
    return len(words & set(re.findall(r"\w{4,}", text.lower())))
