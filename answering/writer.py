"""The answer to what was found: a model's draft, checked; sentences that a model points at; or quotes alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from konspekt.answering.answer import Part, Partial, Status
from konspekt.answering.finding import Found
from konspekt.answering.judging.support import SupportChecker
from konspekt.answering.lacking.mentions import is_nowhere, mention
from konspekt.answering.lacking.missing import missing
from konspekt.answering.lacking.quoted import quoted_lines
from konspekt.answering.parts import plain_text
from konspekt.answering.personal import Personal, manner
from konspekt.answering.question.ranking import defined_name, introducing
from konspekt.answering.reading import Reader
from konspekt.answering.replies import Reply, lacking, nearly, refusal, with_nearest
from konspekt.answering.stopping import Stop, is_set, unless
from konspekt.answering.texts import Language, say
from konspekt.answering.words.changing import asks_for_date
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.links import known_links
from konspekt.answering.words.meaning import Meaning
from konspekt.answering.words.vocabulary import Frequencies, content_terms, rarity
from konspekt.answering.writing.checking import check, partial
from konspekt.answering.writing.context import PromptSource, Scorer, build_context
from konspekt.answering.writing.extractive import Closeness
from konspekt.answering.writing.going_on import explains, is_bare_why
from konspekt.answering.writing.likeliest import likeliest
from konspekt.answering.writing.model_draft import Draft
from konspekt.answering.writing.pointing import point
from konspekt.answering.writing.prompts import says_no_answer
from konspekt.answering.writing.quoting import Excerpt, excerpts, quoted, summed_up, united
from konspekt.answering.writing.ranking import Ranker
from konspekt.answering.writing.wanted import Wanted, tells_date
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage
from konspekt.llm_client import ChatModel, LLMError, LLMFiltered, LLMQuotaExceeded, LLMTimeout

SUMMED_UP = 2  # linked posts
LONGEST = 500  # characters of the nearest sentence, with what it needs around it, in a refusal
_MAY_SPEAK = 4  # passages, best first, that may speak of what the first of them do not


class Writer:
    """Keeps no state of a question: safe to share. What blocks is done in threads."""

    def __init__(  # noqa: PLR0917 - its parts, the last one where there is a judge
        self,
        frequencies: Frequencies,
        meaning: Meaning | None,
        reader: Reader,
        context_tokens: int,
        max_tokens: int,
        ranker: Ranker | None = None,
    ) -> None:
        self._frequencies = frequencies
        self._meaning = meaning
        self._reader = reader
        self._ranker = ranker
        self._context_tokens = context_tokens
        self._max_tokens = max_tokens

    async def point(
        self, model: ChatModel, found: Sequence[Found], language: Language, personal: Personal, stop: Stop = None
    ) -> AsyncGenerator[Status | Partial | Reply]:
        """The sentences that a small model points at; those that the rule picks where it fails."""
        yield Status("writing")
        pointed: list[Excerpt] = []
        name: str | None = None
        notice: str | None = None
        for one in found:
            excerpts_of = await asyncio.to_thread(self._excerpts, one)
            choice = None
            try:
                if not is_set(stop):
                    choice = await unless(stop, point(model, one.question, excerpts_of, language))
            except LLMError as error:
                notice = _notice(error)
            if choice is None:
                pointed += excerpts_of
                continue
            name = choice.model
            pointed += choice.excerpts
        parts, citations = quoted(_in_length(united(pointed), personal))
        if name is None:
            why = "stopped_quotes" if is_set(stop) else notice or "unavailable"
            yield Reply(parts, citations, extractive=True, notice=say(why, language))
        else:
            yield Reply(parts, citations, model=name)

    async def write(
        self, model: ChatModel, found: Sequence[Found], language: Language, personal: Personal, stop: Stop = None
    ) -> AsyncGenerator[Status | Partial | Reply]:
        """The model's answer, checked; quotes where it fails; a refusal where it finds nothing. Stopped, it is what had
        been written by then, checked in the same way."""
        question, passages = " ".join(one.question for one in found), all_passages(found)
        prompted = await asyncio.to_thread(self._context, question, passages, language)
        known = known_links(text for source in prompted for text in (source.passage.text, source.passage.url))
        draft = Draft(model, question, prompted, known, language=language, max_tokens=self._max_tokens)
        draft.manner = manner(personal, language)
        draft.stop = stop
        yield Status("writing")
        try:
            async with aclosing(draft.stream()) as texts:
                async for text in texts:
                    yield partial(text, prompted)
        except LLMError as error:
            yield await asyncio.to_thread(self.quotes, found, language, _notice(error), personal)
            return
        if draft.stopped and not draft.text.strip():
            yield await asyncio.to_thread(self.quotes, found, language, "stopped_quotes", personal)
            return
        if says_no_answer(draft.text):
            yield refusal(passages, language)
            return
        if draft.wrong_language:
            yield await asyncio.to_thread(self.quotes, found, language, "wrong_language", personal)
            return
        yield Status("checking")
        checker = SupportChecker(self._meaning)
        checked = await asyncio.to_thread(check, draft.text, prompted, known, checker, question)
        if checked.citations:
            notice = say("stopped", language) if draft.stopped else None
            yield Reply(checked.parts, checked.citations, model=draft.model, notice=notice)
        else:
            why = "stopped_quotes" if draft.stopped else "unchecked"
            yield await asyncio.to_thread(self.quotes, found, language, why, personal)

    def _context(self, question: str, passages: Sequence[Passage], language: Language) -> list[PromptSource]:
        weights = rarity(content_terms(question), self._frequencies)
        return build_context(passages, weights, self._context_tokens, self._scorer(question, passages, language))

    def _excerpts(self, found: Found) -> list[Excerpt]:
        question, passages = found.question, found.passages
        if found.summed_up:
            return summed_up(passages[:SUMMED_UP])
        if name := defined_name(question):  # posts that only use the thing say nothing of what it is
            first = introducing(name, passages)
            later = {one.corrected_by for one in first} - {one.document_id for one in first}
            passages = (*first, *(one for one in passages if first and one.document_id in later)) or passages
        weights = rarity(content_terms(question), self._frequencies)
        wanted = Wanted(question, name, found.focus, found.shown)
        if self._ranker is not None:
            ranked = self._ranker.rank(question, wanted.ordered(passages), wanted)
            return likeliest(question, ranked, weights, wanted)
        return excerpts(question, passages, weights, self._reader, self._closeness(question), wanted)

    def quotes(self, found: Sequence[Found], language: Language, notice: str | None, personal: Personal) -> Reply:
        pointed = [excerpt for one in found for excerpt in self._excerpts(one)]
        shown = [_led(one, language) for one in _in_length(united(pointed), personal)]
        parts, citations = quoted(shown)
        again = personal.short or personal.long  # which asks for the same
        if not again and found[0].shown.repeats(plain_text(parts)):  # something else was asked, and a reader is told so
            first, *rest = parts
            parts = (Part(say("said_there", language)), replace(first, before="\n\n"), *rest)
        return Reply(parts, citations, extractive=True, notice=say(notice, language) if notice else None)

    def dates(self, question: str, each: Sequence[Found], of: Sequence[Passage]) -> Reply | None:
        """The day of each thing that a question may mean («когда сдавать домашку?»), below its title; None where it
        asks for something else, or one of them has no day."""
        if not asks_for_date(question) or self._ranker is None:
            return None
        told: list[Excerpt] = []
        for found, one in zip(each, of, strict=True):
            dated = [(excerpt, at) for excerpt in self._excerpts(found) for at in excerpt.chosen
                     if tells_date(excerpt.units[at].text)] if found.answerable else []  # fmt: skip
            if not dated:
                return None
            excerpt, at = dated[0]
            told.append(replace(excerpt.choosing([at]), lead=one.title, titled=False))
        if len({plain_text(quoted([one])[0][1:]) for one in told}) < len(told):
            return None  # one and the same sentence: it does not tell them apart
        parts, citations = quoted(told)
        return Reply(parts, citations, extractive=True)

    def checked(self, found: Found) -> Found:
        """As it was found, or as a no where the sentences that would be quoted do not tell what is asked for. What is
        refused anyway says what is missing where that has a name of its own: a link, an hour, a place to turn to."""
        if self._ranker is None or found.summed_up or found.aside is not None or not found.passages:
            return found
        asked = found.shown.asked or found.question
        told = self._excerpts(found)
        if is_bare_why(found.shown.asked) and not any(explains(one.units, one.chosen, found.shown) for one in told):
            return replace(found, answerable=False)
        lacks = missing(asked, [quoted_lines(one) for one in told])
        if lacks is None or not (found.answerable or lacks.has_own_words):
            return found
        other = self._speaking_of(lacks.name, found) if found.answerable else None
        if other is not None and missing(asked, [quoted_lines(one) for one in self._excerpts(other)]) is None:
            return other
        return replace(found, answerable=False, nearly=found.answerable or found.nearly, missing=lacks)

    def _speaking_of(self, name: str, found: Found) -> Found | None:
        """With those of the best passages alone that speak of what the first ones say nothing of."""
        wanted = terms(name)
        best = found.passages[:_MAY_SPEAK]
        there = [Terms(terms(f"{one.title}\n{one.text}")) for one in best]
        speaking = tuple(one for one, held in zip(best, there, strict=True) if all(map(held.worth, wanted)))
        return replace(found, passages=speaking) if wanted and 0 < len(speaking) < len(best) else None

    def refusal(self, found: Found, language: Language, told: str = "") -> Reply:
        """That it is not in the material, or what is `told` instead; with the nearest sentence where there is one."""
        lacks = found.missing
        if told or not found.nearly:
            return refusal(found.passages, language, told or (lacking(lacks, language) if lacks is not None else ""))
        if lacks is not None and lacks.what in {"definition", "name"}:
            if told_of := mention(lacks.name, found.passages, LONGEST):
                lacks = replace(lacks, name=told_of.name)
                opening = with_nearest(lacking(lacks, language), language, mentioned=True)
                return nearly(told_of.passage, told_of.sentence, found.passages, language, opening)
            if is_nowhere(lacks.name, self._frequencies):
                return refusal(found.passages, language, say("missing_everywhere", language, name=lacks.name))
        excerpts_of = self._excerpts(found)
        nearest = excerpts_of[0].choosing([excerpts_of[0].best]) if excerpts_of else None
        said = plain_text(replace(part, marks=()) for part in quoted([nearest])[0]) if nearest else ""
        if nearest is None or len(said) > LONGEST or any(nearest.units[i].code for i in nearest.chosen):
            return refusal(found.passages, language, lacking(lacks, language) if lacks is not None else "")
        opening = with_nearest(lacking(lacks, language), language) if lacks is not None else say("nearly", language)
        return nearly(nearest.quote.passage, said, found.passages, language, opening)

    def _closeness(self, question: str) -> Closeness | None:
        meaning = self._meaning
        return None if meaning is None else lambda text: meaning.within(question, text)

    def _scorer(self, question: str, passages: Sequence[Passage], language: Language) -> Scorer | None:
        """Sentences by meaning where words cannot tell: passages in another language than the question's."""
        meaning = self._meaning
        if meaning is None or all(passage.language == language for passage in passages[:3]):
            return None
        return lambda sentences: meaning.closeness(question, sentences)


def all_passages(found: Sequence[Found]) -> tuple[Passage, ...]:
    """Those of each part in turn, each document once."""
    longest = max(len(one.passages) for one in found)
    in_turn = [one.passages[place] for place in range(longest) for one in found if place < len(one.passages)]
    return tuple({passage.document_id: passage for passage in reversed(in_turn)}.values())[::-1]


def _led(one: Excerpt, language: Language) -> Excerpt:
    """What replaces an older statement says since when."""
    published = one.quote.passage.published_at
    if not one.later or published is None:
        return one
    return replace(one, lead=say("changed_later", language, date=f"{published:%d.%m.%Y}"))


def _in_length(pointed: list[Excerpt], personal: Personal) -> list[Excerpt]:
    """For a reader who wants short answers: the best place alone, the sentence that answers; for one who wants
    long ones, all of each place."""
    if personal.short:
        return [one.choosing([one.best]) for one in pointed[:1]]
    return [one.choosing(range(len(one.units))) for one in pointed] if personal.long else pointed


def _notice(error: LLMError) -> str:
    if isinstance(error, LLMFiltered):
        return "filtered"
    if isinstance(error, LLMTimeout):
        return "slow"
    return "budget" if isinstance(error, LLMQuotaExceeded) else "unavailable"
