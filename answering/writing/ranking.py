"""Which sentence of the found passages answers: a share for each, learnt from the questions of strangers.

The shares of all sentences of one question add up to 1 and are meant as they are: of posts that had .9 of them and more
96 of 100 held what was asked (benchmarks/NOTES.md, "Sentences by learnt weights").
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from konspekt.answering.judging.judge import Judge
from konspekt.answering.judging.logistic import LogisticRule, load_rule
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.shown import Shown
from konspekt.answering.words.vocabulary import Frequencies, content_terms, names
from konspekt.answering.writing.evidence import Evidence, Question, gather
from konspekt.answering.writing.going_on import is_bare_why, of_what_was_named, remedies
from konspekt.answering.writing.kinds.units import Unit
from konspekt.answering.writing.picking import brings_about, concludes, gives_reason
from konspekt.answering.writing.quoting import is_explaining
from konspekt.answering.writing.wanted import Wanted
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

READ = 3  # passages that an answer is chosen from
TYPED = 0.7  # of a follow-up's two readings, the weight of the one as it was typed
AGAIN = 1.0  # log-odds that a sentence loses which the reader has just been told
AGAIN_WHOLLY = 4.0  # the same where a follow-up has no word of its own: nothing that was told answers «а почему?»
BEHIND = 0.7  # log-odds for the sentence behind such a one, where «а почему?» is all that is asked
REASON = 1.0  # and for one that gives a reason
ELSEWHERE = -4.0  # and for what another post says, which was not spoken of
OF_NAMED = 2.5  # and for the item on what the last answer named, against those on others
CURE = -6.0  # and for a remedy, which no «почему?» asks for
CITED = 0.5  # log-odds for the sentences of what was just cited, and so many more for what was cited first
NAMELESS = 1.2  # the same where a follow-up hardly says of what it asks
FEW = 3  # content terms of such a one
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
        """In the order of the passages, the first `READ` of them and what corrects these.

        A follow-up is read twice, as it was typed and with the question that it goes on from, and a passage more.
        """
        asked = wanted.shown.asked
        read = first_read(passages, READ + 1 if asked else READ)
        key = (question, wanted, *read)
        with self._lock:
            if key in self._known:
                return self._known[key]
        evidence = self._gathered(question, read, wanted)
        scores = scored(evidence, self._rule)
        if asked:
            alone = asked == question
            typed = evidence if alone else self._gathered(asked, read, replace(wanted, question=asked))
            scores = gone_on(evidence, scored(typed, self._rule), scores, wanted.shown)
        found = shared(evidence, scores)
        with self._lock:
            self._known[key] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _gathered(self, question: str, read: Sequence[Passage], wanted: Wanted) -> list[Evidence]:
        return gather(Question.of(question, self._frequencies), read, self._meaning, self._judge, wanted)


def scored(evidence: Sequence[Evidence], rule: LogisticRule) -> list[list[float]]:
    """Log-odds of each unit of each passage."""
    return [
        [rule.log_odds({**one, **beside}) for one, beside in zip(of.features, of.rules, strict=True)] for of in evidence
    ]


def gone_on(
    evidence: Sequence[Evidence], typed: Sequence[Sequence[float]], whole: Sequence[Sequence[float]], shown: Shown
) -> list[list[float]]:
    """Log-odds of each unit for a follow-up: as it was `typed` and as a `whole` question, less for what was told.

    One without a word of its own («а почему?») asks for what stands behind what was told, or gives a reason.
    """
    bare = not content_terms(shown.asked)
    why = is_explaining(shown.asked)
    only_why = is_bare_why(shown.asked)
    again_costs = AGAIN_WHOLLY if only_why else AGAIN
    found = []
    at_hand = NAMELESS if _says_not_of_what(evidence, shown) else CITED
    for of, row, rows in zip(evidence, typed, whole, strict=True):
        again = [shown.again(unit.text) for unit in of.units]
        behind = [0.0, *again[:-1]] if bare else [0.0] * len(again)
        reasons = _reasons(of.units, bare=only_why) if why else [0.0] * len(of.units)
        named = of_what_was_named(of.units, shown)
        speaking = [one + OF_NAMED * other for one, other in zip(reasons, named, strict=True)]
        away = ELSEWHERE * (only_why and not shown.holds(of.passage))
        cited = away + at_hand * (shown.holds(of.passage) + (of.passage.document_id in shown.documents[:1]))
        found.append(
            [
                TYPED * one + (1 - TYPED) * other - again_costs * told + BEHIND * before + more + cited
                for one, other, told, before, more in zip(row, rows, again, behind, speaking, strict=True)
            ]
        )
    return found


def _reasons(units: Sequence[Unit], *, bare: bool) -> list[float]:
    """Log-odds of each unit where it is asked why: for a reason, against what only follows from one, or remedies it."""
    cures = remedies(units) if bare else [False] * len(units)
    return [
        REASON * (gives_reason(unit.text) or brings_about(unit.text)) - REASON * concludes(unit.text) + CURE * cure
        for unit, cure in zip(units, cures, strict=True)
    ]


def _says_not_of_what(evidence: Sequence[Evidence], shown: Shown) -> bool:
    """Whether a follow-up of few words names nothing, and what was cited holds about as many of them as anything read:
    «сколько длится?» is of the talk, «а сертификат будет?» of the post that speaks of one."""
    asked = dict.fromkeys(content_terms(shown.asked), 1.0)
    if len(asked) > FEW or names(shown.asked):
        return False
    held = [(shown.holds(of.passage), of.passage) for of in evidence]
    shares = [(here, Terms(terms(f"{one.title}\n{one.text}")).share(asked)) for here, one in held] if asked else []
    elsewhere = max((share for here, share in shares if not here), default=0.0)
    return max((share for here, share in shares if here), default=0.0) >= elsewhere


def first_read(passages: Sequence[Passage], most: int = READ) -> list[Passage]:
    """The first `most` passages, and what corrects these: that takes no other one's place, unless it is as near."""
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
        elif counted < most:
            read.append(passage)
            counted += 1
    named = {passage.corrected_by for passage in read} - {passage.document_id for passage in read}
    return read + [passage for passage in passages if passage.document_id in named]


def ranked(evidence: Sequence[Evidence], rule: LogisticRule) -> list[Ranked]:
    """Shares over all units of all passages: the softmax of what the rule makes of each."""
    return shared(evidence, scored(evidence, rule))


def shared(evidence: Sequence[Evidence], scores: Sequence[Sequence[float]]) -> list[Ranked]:
    """Shares over all units of all passages: the softmax of their log-odds."""
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
