"""What is found for a question, and whether it answers: searched alone, or with the talk before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from konspekt.answering.judging.by_form import surer
from konspekt.answering.judging.judge import Judge
from konspekt.answering.judging.logistic import LogisticRule
from konspekt.answering.judging.probe import Probe
from konspekt.answering.judging.refusal import NOT_ANSWERED, Judged, judged_by, rule_for
from konspekt.answering.judging.told import MAY_TELL, tells_by_form
from konspekt.answering.judging.within import within
from konspekt.answering.lacking.missing import Missing
from konspekt.answering.personal import NOTHING_PERSONAL, Personal
from konspekt.answering.quality.own_thresholds import OwnThresholds
from konspekt.answering.question.abbreviations import stands_for
from konspekt.answering.question.asides import (
    HARDLY_ANSWERED,
    LIKELY,
    Aside,
    AsideKind,
    as_meant,
    aside_features,
    asks_leave,
    has_foreign_name,
    has_lines,
    holds_every_word,
    is_aside,
    is_plain_aside,
    named_by_a_title,
    names_a_topic,
    shipped_lines,
    stands_together,
    tells_own_case,
)
from konspekt.answering.question.follow_up import (
    asks_of_a_case,
    brings_nothing,
    focus_of,
    leans_openly,
    may_go_on,
    may_stand_alone,
    names_nothing,
)
from konspekt.answering.question.in_a_row import asks_another, named_instead
from konspekt.answering.question.limits import asks_for_private, is_of_somebody, rules_out, topic_sought
from konspekt.answering.question.of_the_author import of_its_topic
from konspekt.answering.question.other_words import in_family, in_full, in_its_words, is_of_the_course, of_the_course
from konspekt.answering.question.ranking import (
    along_last,
    beginning_of,
    defined_name,
    defining_first,
    newest_first,
    summed_up_name,
    titled_by,
    wants_newest,
)
from konspekt.answering.question.talk import asks, asks_nothing
from konspekt.answering.words.either_language import EitherLanguage
from konspekt.answering.words.introductions import asks_for_job, is_of_himself
from konspekt.answering.words.meaning import OTHER_LANGUAGE, Meaning
from konspekt.answering.words.prices import with_other_words
from konspekt.answering.words.shown import LESS, NOTHING_SHOWN, Shown, cited_first, holds_as_much
from konspekt.answering.words.vocabulary import Frequencies, content_terms, names, rarity
from konspekt.answering.writing.kinds.own_questions.asked_there import asked_there
from konspekt.answering.writing.likeliest import first_words
from konspekt.answering.writing.picking import gives_reason
from konspekt.answering.writing.quoting import is_explaining
from konspekt.answering.writing.ranking import Ranker
from konspekt.answering.writing.wanted import Wanted
from konspekt.indexer.language import detect_language
from konspekt.indexer.passages import Passage
from konspekt.indexer.searching.links import LINK, Linked
from konspekt.tracing.spans import traced

_PRIVATE = 0.8  # so sure must be what is found of somebody's age or home: «здесь живут конспекты» tells none
SPOKEN_OF = 0.8  # of the rarest word there is: so much of a question must stand in a passage that a refusal quotes
_REMARK = 0.85  # so sure must be what is found for a remark that asks nothing («сижу в поезде, читаю ваш канал»)
_SHOWN_BEFORE = 40  # so many more are looked for where posts that were shown before are not wanted again
_MAY_DEFINE = 16  # so many more are looked at for the one that says what a thing is
_AT_HAND = 0.2  # and by so much more where what was just shown holds the question's words
_ABOUT_AS_SURE, _NAMELESS = 0.05, 0.2  # the second for «на каких данных учили?», which says not of what
_TYPED = 0.6  # of a follow-up's two readings, the weight of the one as it was typed
_GOING_ON = 0.45  # so sure must be a follow-up with words of its own: the question before it lends it some
_MUCH_LESS = 0.6  # of the words of such a one what was shown may lack
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
    """`probability` that the passages answer the question: `answerable` where it is enough, `doubted` where it is only
    just enough, `nearly` where it is not enough and what they say is near to an answer all the same.

    `focus`: the words of a follow-up that the answer is about. `shown`: what it goes on from.
    `summed_up`: what the first passage is about is asked.
    `aside`: what no channel answers, and which kind of that. `missing`: what nothing that would be shown tells.
    `stated`: the very thing that is asked for is there. `clause`: the question is only a clause of the one before it.
    """

    question: str
    passages: tuple[Passage, ...]
    probability: float
    answerable: bool
    doubted: bool = False
    nearly: bool = False
    focus: str = ""
    shown: Shown = NOTHING_SHOWN
    summed_up: bool = False
    aside: AsideKind | None = None
    missing: Missing | None = None
    stated: bool = False
    clause: bool = False


_CHAT = frozenset({"talk", "request"})  # asides that a short question in mid-talk is often taken for


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
        self._either = EitherLanguage(frequencies)
        self._meaning = meaning
        self._lines = shipped_lines() if meaning is not None and has_lines(meaning.encoder) else None

    def find(self, question: str, scope: Scope, query: str | None = None, shown: Shown = NOTHING_SHOWN) -> Found:
        """`query`: what to search by, where it is more than the question. `shown`: of a follow-up."""
        if (linked := self._linked(question)) is not None:
            found_anyway = self._search.search(question, scope.k)
            passages = [one for one in found_anyway if one.document_id in linked.documents] or found_anyway
            return Found(linked.rest or question, tuple(passages), 1.0, bool(passages), summed_up=linked.alone)
        personal = scope.personal
        wanted = scope.k + min(len(personal.leave_out), _SHOWN_BEFORE)
        name = defined_name(question)

        def looked_for(k: int) -> list[Passage]:
            return self._search.search(
                personal.added_to(query or with_other_words(question)),
                k,
                since=scope.since,
                until=scope.until,
                sources=scope.sources,
            )

        passages = looked_for(wanted)
        if query is None and self._meaning is not None and (same := asked_there(question, passages, self._meaning)):
            return self.find(same, scope, same, shown)
        if shown.asked:
            passages = cited_first(shown, self._cited(shown, scope, passages), passages)
        passages = along_last(passages)
        work = summed_up_name(question)
        if work and (titled := titled_by(work, passages, self._frequencies)):
            return Found(question, (beginning_of(titled, self._search),), 1.0, answerable=True, summed_up=True)
        if name is not None:
            further = looked_for(wanted + _MAY_DEFINE)
            further += self._holding(name, scope)
            if query is None and (long := stands_for(name, further, self._search)):
                return self.find(question.replace(name, long), scope, shown=shown)
            passages = defining_first(name, passages, further)
        passages = [one for one in passages if one.document_id not in personal.leave_out]
        question = in_family(question, [f"{one.title}\n{one.text}" for one in passages[:MAY_TELL]])
        asked = self.meant(personal.added_to(question))
        judged = self._judge(asked, passages[: scope.k], shown)
        own = shown.asked if content_terms(shown.asked) and not focus_of(shown.asked) else asked
        told = tells_by_form(own, passages)
        himself = [one for one in told if is_of_himself(asked, one.text)]
        if told:  # «Осенний семестр, бесплатно» has no word of the question and is its answer; what is near to who
            # introduces himself is of a namesake
            passages = himself or [*told, *(one for one in passages if one not in told)]
        stated = bool(told) or Wanted(asked, name).states(passages[: scope.k])
        if stated:
            judged = Judged(judged.probability, answerable=True, sure=True)
        passages = newest_first(passages) if wants_newest(question) else passages
        aside = None if himself else self._aside(asked, passages, sure=judged.sure)
        if aside in {"talk", "world"} and is_of_the_course(asked, self._frequencies):
            aside, judged = None, judged if judged.sure else replace(judged, answerable=False, nearly=True)
        if aside in _CHAT and shown.documents and asks(shown.asked):
            aside = None  # what goes on from an answer asks about it: «why greedy?»
        if aside == "world" and shown.documents and shown.asked and brings_nothing(shown.asked):
            aside = None  # «а как лечить?» behind what is wrong with pictures
        if aside == "private" and shown.asked and shown.documents and not asks_for_private(asked):
            aside = None  # "and where does he work?" is of somebody whom a post has just told of
        if aside is not None and told and asks_for_job(asked):
            aside = None  # the author has told it
        answerable = judged.answerable and aside is None
        nearly = judged.nearly and aside is None
        if aside is not None and self._sounds_asked(asked):
            aside = None  # "does the channel say anything about mamba": not found, and no fault of the question
        at_hand = bool(passages) and shown.holds(passages[0])  # what a talk is about is no doubtful place
        return Found(
            question,
            tuple(passages[: scope.k]),
            judged.probability,
            answerable,
            doubted=answerable and judged.doubted and not at_hand,
            nearly=nearly,
            focus=focus_of(shown.asked),
            shown=shown,
            aside=aside,
            stated=stated,
        )

    def meant(self, question: str) -> str:
        """In the right alphabet and layout, where the search reads questions so, and in words that the material uses:
        they are compared with passages."""
        understand = getattr(self._search, "understand", None)
        read = str(understand(question).text) if understand is not None else question
        asked = in_its_words(of_its_topic(read), self._frequencies)
        return in_full(of_the_course(asked, self._frequencies))

    def _holding(self, name: str, scope: Scope) -> list[Passage]:
        """What holds a name, however much else it tells: what the thing is may stand there in a clause."""
        by_words = getattr(self._search, "by_words", None)
        if by_words is None:
            return []
        found = by_words(name, _MAY_DEFINE, since=scope.since, until=scope.until, sources=scope.sources)
        return list(found)

    def _linked(self, question: str) -> Linked | None:
        linked = getattr(self._search, "linked", None)
        return linked(question) if linked is not None and LINK.search(question) else None

    def find_with_talk(self, question: str, standalone: str, scope: Scope, shown: Shown = NOTHING_SHOWN) -> Found:
        """A follow-up as it is, or with what it may lean on: whichever finds more, and the talk when in doubt.

        What was just shown is the likeliest place of its answer: a question whose words stand there needs more to be
        taken for a new one, and less where they stand only elsewhere.
        """
        if asks_another(question, standalone):
            return self.find(standalone, scope)  # what was shown is of the first one
        if (name := named_instead(question, standalone)) and name.lower() not in shown.text.lower():
            another = self.find(standalone, scope)  # nor does it say anything of another thing
            if another.answerable:
                return another
        leaning = self.find(standalone, scope, shown=replace(shown, asked=question))
        if not may_stand_alone(question) and not tells_own_case(question, self._frequencies):
            return leaning
        alone = self.find(question, scope)
        if alone.aside is not None and alone.aside not in _CHAT and not leaning.answerable:
            return alone  # «какая погода завтра?» behind any answer
        openly = _SURER if names(question) else 2 * _SURER  # «а до этого где был» names nothing else that it may be of
        surer = openly if leans_openly(question) and not asks_of_a_case(question) else -_SURER
        if self._held_by_shown(leaning, alone):
            surer += _AT_HAND
        if leaning.answerable and leaning.stated and not alone.stated:
            return leaning  # «а код есть?» where what was shown holds its code
        if alone.answerable and (not leaning.answerable or alone.probability > leaning.probability + surer):
            return alone
        return leaning

    def find_from_shown(self, question: str, scope: Scope, shown: Shown) -> Found:
        """A question that stands alone, unless what was just shown answers it about as surely as anything."""
        alone = self.find(question, scope)
        if not (shown.text or shown.documents) or not may_go_on(question):
            return alone
        here = self.find(question, scope, shown=replace(shown, asked=question))
        nameless = names_nothing(question)
        surer = _NAMELESS if nameless else _ABOUT_AS_SURE
        if alone.aside in _CHAT and here.aside is None:
            return here  # «а учебник какой-нибудь?» in mid-talk: refused, where it must be, and not as small talk
        surely = here.answerable and here.probability >= alone.probability - surer
        return here if surely and self._held_by_shown(here, alone, _MUCH_LESS if nameless else LESS) else alone

    def _held_by_shown(self, here: Found, alone: Found, less: float = LESS) -> bool:
        weights = rarity(content_terms(alone.question), self._frequencies)
        return holds_as_much(here.shown, here.passages, alone.passages[:MAY_TELL], weights, less)

    def _cited(self, shown: Shown, scope: Scope, found: Sequence[Passage]) -> list[Passage]:
        """The passages that the reader has before the eyes, as far as they lie where this question may look."""
        within = getattr(self._search, "within", None)
        limited = scope.since is not None or scope.until is not None or bool(scope.sources)
        if within is None or limited or not shown.documents:
            return [one for one in found if shown.holds(one)]
        return list(within(shown.asked, shown.documents))

    def plain_aside(self, question: str) -> AsideKind | None:
        """Talk, an errand or an order that is told without a search. None: what may be a question."""
        aside = self._read(question)
        told = aside is not None and is_plain_aside(aside, question, self._either)
        return as_meant(aside.kind, question) if aside is not None and told and not topic_sought(question) else None

    def _read(self, question: str) -> Aside | None:
        """None where the embedder is another one than the lines were trained for."""
        if self._lines is None or self._meaning is None:
            return None
        return self._lines.read(self._meaning.question(question))

    def _sounds_asked(self, question: str) -> bool:
        aside = self._read(question)
        return aside is not None and aside.sounds_asked

    def _aside(self, question: str, passages: Sequence[Passage], *, sure: bool) -> AsideKind | None:
        aside = self._read(question)
        if aside is None:
            return None
        if aside.kind in _CHAT and topic_sought(question):
            return None
        private = aside.kind == "private"
        # What sounds like an aside by itself needs the question's own words in the index, not only what they mean
        words = self._either if aside.sounds_asked else self._frequencies
        known = not is_of_somebody(question) or holds_every_word(question, words)
        if private and known and not asks_for_private(question):
            return None
        if aside.kind == "world" and has_foreign_name(question):
            return None  # «зачем v-prediction» is about something here, or about nothing that is told here
        if not private and (names_a_topic(question, words) or tells_own_case(question, words)):
            return None
        if sure and asks_leave(question, words):
            return None
        if aside.kind == "world" and _is_spoken_of(question, passages[:MAY_TELL], self._frequencies):
            return None
        asked_in = detect_language(question)
        cosine = max((_cosine(one, asked_in if aside.sounds_asked else "") for one in passages), default=0.0)
        features = aside_features(question, aside, cosine, words)
        return as_meant(aside.kind, question) if is_aside(features, sure=sure) else None

    @traced(
        "konspekt.judge",
        lambda judged: {"konspekt.probability": float(judged.probability), "konspekt.answerable": judged.answerable},
    )
    def _judge(self, question: str, passages: Sequence[Passage], shown: Shown = NOTHING_SHOWN) -> Judged:
        if not passages:
            return NOT_ANSWERED
        wanted = Wanted(question, defined_name(question), focus_of(shown.asked), shown)
        told = first_words(wanted, passages, self._ranker, self._frequencies) if self._ranker is not None else None
        rule, log_odds, found = self._log_odds(question, passages, told)
        if content_terms(shown.asked) and shown.asked != question and shown.asked.strip(" ?!.") in question:
            typed = self._log_odds(shown.asked, passages, told)[1]
            log_odds = _TYPED * typed + (1 - _TYPED) * log_odds
        why = is_explaining(shown.asked) and not content_terms(shown.asked)
        if why and told and shown.told(told) and not gives_reason(told):
            return NOT_ANSWERED  # «а почему?» is no wish to read the same again, unless it says why
        probability = 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))
        needed = rule.threshold if self._probe is not None else surer(question, rule.threshold)
        if asks_nothing(question):
            needed = max(needed, _REMARK)
        if content_terms(shown.asked):
            needed = max(needed, _GOING_ON)
        aside = self._read(question)
        hardly = aside is not None and aside.kind in HARDLY_ANSWERED and aside.log_odds >= LIKELY
        guarded = asks_for_private(question) or (hardly and not tells_own_case(question, self._either))
        if guarded:
            needed = max(needed, rule.sure, _PRIVATE if asks_for_private(question) else 0.0)
        if rules_out(question, passages, self._frequencies):
            return NOT_ANSWERED
        shows_near = found >= SPOKEN_OF and not (guarded or asks_nothing(question))
        return judged_by(rule, probability, needed, shows_near=shows_near)

    def _log_odds(
        self, question: str, passages: Sequence[Passage], told: str | None
    ) -> tuple[LogisticRule, float, float]:
        """The rule that decides, what it makes of this, and how much of the question stands in one place; `told` are
        the sentences that would be the answer."""
        words = self._frequencies
        if (inside := within(question, passages)) is not None:
            question, passages = inside
        rule, features = rule_for(question, passages, words, self._meaning, self._reads, probe=self._probe, shown=told)
        rule = self._own.of(rule)
        return rule, rule.log_odds(features), features["found"]


def _is_spoken_of(question: str, passages: Sequence[Passage], frequencies: Frequencies) -> bool:
    """Whether what is found speaks of the things that are asked of, whatever it says of them."""
    if named_by_a_title(question, [one.title for one in passages]):
        return True
    return stands_together(question, [f"{one.title}\n{one.text}" for one in passages], frequencies)


def _cosine(passage: Passage, asked_in: str) -> float:
    """Of question and passage, as it would be in one language; as it is where `asked_in` is empty."""
    return (passage.dense_score or 0.0) + (OTHER_LANGUAGE if asked_in and passage.language != asked_in else 0.0)
