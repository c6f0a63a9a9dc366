"""What is found for a question, and whether it answers: searched alone, or with the talk before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from konspekt.answering.judging.asked import holds_kind
from konspekt.answering.judging.judge import Judge
from konspekt.answering.judging.probe import Probe
from konspekt.answering.judging.refusal import rule_for
from konspekt.answering.judging.told import tells
from konspekt.answering.personal import NOTHING_PERSONAL, Personal
from konspekt.answering.quality.own_thresholds import OwnThresholds
from konspekt.answering.question.asides import (
    HARDLY_ANSWERED,
    LIKELY,
    Aside,
    AsideKind,
    aside_features,
    asks_what_if,
    has_lines,
    holds_every_word,
    is_aside,
    is_plain_aside,
    names_a_topic,
    shipped_lines,
)
from konspekt.answering.question.follow_up import leans_openly
from konspekt.answering.question.limits import asks_for_private, unknown_versions
from konspekt.answering.question.other_words import in_its_words
from konspekt.answering.question.ranking import defined_name, defining_first, newest_first, wants_newest
from konspekt.answering.question.talk import asks_nothing
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.prices import asks_for_price, tells_price, with_other_words
from konspekt.answering.words.vocabulary import Frequencies
from konspekt.answering.writing.kinds.belonging import lacks_code
from konspekt.answering.writing.likeliest import first_words
from konspekt.answering.writing.ranking import Ranker
from konspekt.answering.writing.units import units_of
from konspekt.answering.writing.wanted import Wanted
from konspekt.indexer.passages import Passage
from konspekt.indexer.searching.links import LINK, Linked
from konspekt.tracing.spans import traced

_READ = 5  # passages that may tell the licence or price that is asked for
_LICENCE = re.compile(r"лиценз|licen[cs]e", re.IGNORECASE)
_REMARK = 0.85  # so sure must be what is found for a remark that asks nothing («сижу в поезде, читаю ваш канал»)
_SHOWN_BEFORE = 40  # so many more are looked for where posts that were shown before are not wanted again
_MAY_DEFINE = 16  # so many more are looked at for the one that says what a thing is
_SURER = 0.1  # by so much a question alone must be surer than with its talk; less sure, where it does not say it leans


class PassageSearch(Protocol):
    """`konspekt.indexer.searching.search.Searcher`, as much of it as an answer needs."""

    def search(
        self,
        query: str,
        k: int = 8,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
    ) -> list[Passage]: ...


@dataclass(frozen=True, slots=True)
class Scope:
    k: int
    since: datetime | None
    until: datetime | None
    sources: Sequence[str] | None
    personal: Personal = NOTHING_PERSONAL


@dataclass(frozen=True, slots=True)
class Found:
    """`probability` that the passages answer the question: `answerable` where it is enough, `sure` where it is high.

    `focus`: the words of a follow-up that the answer is about. `summed_up`: what the first passage is about is asked.
    `aside`: what no channel answers, and which kind of that.
    """

    question: str
    passages: tuple[Passage, ...]
    probability: float
    answerable: bool
    sure: bool = True
    focus: str = ""
    summed_up: bool = False
    aside: AsideKind | None = None


class Finder:
    """Searches and judges. Blocking: call it in a thread."""

    def __init__(
        self,
        search: PassageSearch,
        frequencies: Frequencies,
        meaning: Meaning | None,
        judge: Judge | None = None,
        own: OwnThresholds | None = None,
        *,
        probe: Probe | None = None,
        ranker: Ranker | None = None,
    ) -> None:
        self._search = search
        self._ranker = ranker
        self._probe = probe
        self._own = own or OwnThresholds()
        self._reads = judge
        self._frequencies = frequencies
        self._meaning = meaning
        self._lines = shipped_lines() if meaning is not None and has_lines(meaning.encoder) else None

    def find(self, question: str, scope: Scope, query: str | None = None) -> Found:
        """`query`: what to search by, where it is more than the question."""
        if (linked := self._linked(question)) is not None:
            found_anyway = self._search.search(question, scope.k)
            passages = [one for one in found_anyway if one.document_id in linked.documents] or found_anyway
            return Found(linked.rest or question, tuple(passages), 1.0, bool(passages), summed_up=linked.alone)
        personal = scope.personal
        wanted = scope.k + min(len(personal.leave_out), _SHOWN_BEFORE)
        wanted += _MAY_DEFINE if defined_name(question) else 0
        passages = self._search.search(
            personal.added_to(query or with_other_words(question)),
            wanted,
            since=scope.since,
            until=scope.until,
            sources=scope.sources,
        )
        passages = [one for one in passages if one.document_id not in personal.leave_out]
        if name := defined_name(question):
            passages = defining_first(name, passages)
        asked = self.meant(personal.added_to(question))
        probability, answerable, sure = self._judge(asked, passages[: scope.k])
        told = [one for one in passages[:_READ] if tells(asked, one.title, one.text)]
        if told:  # «Осенний семестр, бесплатно» has no word of the question and is its answer
            answerable, sure = True, True
            passages = [*told, *(one for one in passages if one not in told)]
        if Wanted(asked, name).states(passages[: scope.k]):
            answerable, sure = True, True
        passages = newest_first(passages) if wants_newest(question) else passages
        aside = self._aside(asked, passages, sure=sure)
        found = Found(question, tuple(passages[: scope.k]), probability, answerable and aside is None, sure)
        return replace(found, aside=aside)

    def meant(self, question: str) -> str:
        """In the right alphabet and layout, where the search reads questions so, and in words that the material uses:
        they are compared with passages."""
        understand = getattr(self._search, "understand", None)
        read = str(understand(question).text) if understand is not None else question
        return in_its_words(read, self._frequencies)

    def _linked(self, question: str) -> Linked | None:
        linked = getattr(self._search, "linked", None)
        return linked(question) if linked is not None and LINK.search(question) else None

    def find_with_talk(self, question: str, standalone: str, scope: Scope) -> Found:
        """The question as it is, or with what it may lean on: whichever finds more, and the talk when in doubt."""
        leaning = self.find(standalone, scope)
        alone = self.find(question, scope)
        surer = _SURER if leans_openly(question) else -_SURER
        if alone.answerable and (not leaning.answerable or alone.probability > leaning.probability + surer):
            return alone
        return leaning

    def plain_aside(self, question: str) -> AsideKind | None:
        """Talk, an errand or an order that is told without a search. None: what may be a question."""
        aside = self._read(question)
        return aside.kind if aside is not None and is_plain_aside(aside, question, self._frequencies) else None

    def _read(self, question: str) -> Aside | None:
        """None where the embedder is another one than the lines were trained for."""
        if self._lines is None or self._meaning is None:
            return None
        return self._lines.read(self._meaning.question(question))

    def _aside(self, question: str, passages: Sequence[Passage], *, sure: bool) -> AsideKind | None:
        aside = self._read(question)
        if aside is None:
            return None
        private = aside.kind == "private"
        if private and not asks_for_private(question) and holds_every_word(question, self._frequencies):
            return None
        if not private and (names_a_topic(question, self._frequencies) or (sure and asks_what_if(question))):
            return None
        cosine = max((one.dense_score or 0.0 for one in passages), default=0.0)
        features = aside_features(question, aside, cosine, self._frequencies)
        return aside.kind if is_aside(features, sure=sure) else None

    @traced(
        "konspekt.judge", lambda judged: {"konspekt.probability": float(judged[0]), "konspekt.answerable": judged[1]}
    )
    def _judge(self, question: str, passages: Sequence[Passage]) -> tuple[float, bool, bool]:
        if not passages:
            return 0.0, False, False
        ranker, words = self._ranker, self._frequencies
        wanted = Wanted(question, defined_name(question))
        shown = first_words(wanted, passages, ranker, words) if ranker is not None else None
        rule, features = rule_for(question, passages, words, self._meaning, self._reads, probe=self._probe, shown=shown)
        rule = self._own.of(rule)
        probability = rule.probability(features)
        needed = max(rule.threshold, _REMARK) if asks_nothing(question) else rule.threshold
        aside = self._read(question)
        hardly = aside is not None and aside.kind in HARDLY_ANSWERED and aside.log_odds >= LIKELY
        if asks_for_private(question) or hardly:
            needed = max(needed, rule.sure)
        if unknown_versions(question, self._frequencies) or not _may_hold(question, passages):
            return 0.0, False, False
        return probability, probability >= needed, probability >= rule.sure


def _may_hold(question: str, passages: Sequence[Passage]) -> bool:
    """Whether any of the best passages tells a licence or a price, or any passage holds the code, where such is asked
    for; true for other questions."""
    if lacks_code(question, [(one.title, units_of(one.text)) for one in passages]):
        return False
    price = asks_for_price(question)
    if not price and not _LICENCE.search(question):
        return True
    texts = [f"{one.title}\n{one.text}" for one in passages[:_READ]]
    return any(holds_kind(question, text) > 0 or (price and tells_price(text)) for text in texts)
