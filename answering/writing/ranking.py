"""Which sentence of the found passages answers: a share for each, learnt from the questions of strangers.

The shares of all sentences of one question add up to 1 and are meant as they are: of posts that had .9 of them and more
96 of 100 held what was asked (benchmarks/NOTES.md, "Sentences by learnt weights").
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.judging.judge import Judge
from konspekt.answering.judging.logistic import LogisticRule, load_rule
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.vocabulary import Frequencies
from konspekt.answering.writing.evidence import Evidence, Question, gather
from konspekt.answering.writing.units import Unit
from konspekt.answering.writing.wanted import Wanted
from konspekt.indexer.passages import Passage

READ = 3  # passages that an answer is chosen from
_REMEMBERED = 16  # questions: whether there is an answer is judged by what would be shown, and then it is shown


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage's units, the share of each in the answer, and a plain score by which corrections are compared."""

    passage: Passage
    units: tuple[Unit, ...]
    shares: tuple[float, ...]
    worth: float


class Ranker:
    """Safe to share between threads. Made for the embedder and the judge that are built in; others have none."""

    def __init__(self, frequencies: Frequencies, meaning: Meaning, judge: Judge) -> None:
        self._frequencies, self._meaning, self._judge = frequencies, meaning, judge
        self._rule = load_rule("sentences")
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[object, ...], list[Ranked]] = OrderedDict()

    def rank(self, question: str, passages: Sequence[Passage], wanted: Wanted) -> list[Ranked]:
        """In the order of the passages, the first `READ` of them and what corrects these."""
        read = first_read(passages)
        key = (question, wanted, *read)
        with self._lock:
            if key in self._known:
                return self._known[key]
        asked = Question.of(question, self._frequencies)
        found = ranked(gather(asked, read, self._meaning, self._judge, wanted), self._rule)
        with self._lock:
            self._known[key] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found


def first_read(passages: Sequence[Passage]) -> list[Passage]:
    """The first `READ` passages, and what corrects these: that takes no other one's place, unless it is as near."""
    correcting = {passage.corrected_by for passage in passages}
    best_behind = [
        max((one.score for one in passages[i + 1 :]), default=passage.score) for i, passage in enumerate(passages)
    ]
    read: list[Passage] = []
    counted = 0
    for passage, behind in zip(passages, best_behind, strict=True):
        comes_along = passage.document_id in correcting and passage.score < behind
        if comes_along and any(passage.document_id == one.corrected_by for one in read):
            read.append(passage)
        elif counted < READ:
            read.append(passage)
            counted += 1
    named = {passage.corrected_by for passage in read} - {passage.document_id for passage in read}
    return read + [passage for passage in passages if passage.document_id in named]


def ranked(evidence: Sequence[Evidence], rule: LogisticRule) -> list[Ranked]:
    """Shares over all units of all passages: the softmax of what the rule makes of each."""
    scores = [[rule.log_odds(one) + more for one, more in zip(of.features, of.offsets, strict=True)] for of in evidence]
    highest = max((score for row in scores for score in row), default=0.0)
    total = sum(math.exp(score - highest) for row in scores for score in row)
    return [
        Ranked(
            of.passage,
            of.units,
            tuple(math.exp(score - highest) / total for score in row),
            max(of.plain_worth, default=0.0),
        )
        for of, row in zip(evidence, scores, strict=True)
        if of.units
    ]
