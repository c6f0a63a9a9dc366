"""From a question to a cited answer: the flow, as events."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime

from konspekt.answering.answer import (
    Answer,
    AnswerEvent,
    Done,
    Partial,
    Status,
    Timings,
    Turn,
)
from konspekt.answering.finding import Finder, Found, PassageSearch, Scope
from konspekt.answering.judging.judge import open_judge
from konspekt.answering.judging.probe import Probe
from konspekt.answering.library import Library
from konspekt.answering.personal import NOTHING_PERSONAL, Personal
from konspekt.answering.planning import Planned, Planner, answer_of
from konspekt.answering.quality.own_thresholds import OwnThresholds
from konspekt.answering.question.again import Wish, wish_of
from konspekt.answering.question.belonging import belonging
from konspekt.answering.question.choices import choices, with_choice
from konspekt.answering.question.follow_up import (
    asked_of_another,
    corrects_itself,
    focus_of,
    is_follow_up,
    may_go_on,
    rewritten,
)
from konspekt.answering.question.intents import intent_of
from konspekt.answering.question.language import question_language
from konspekt.answering.question.of_the_author import of_its_topic
from konspekt.answering.question.ranking import defined_name, is_named
from konspekt.answering.question.talk import asks, asks_nothing, without_small_talk
from konspekt.answering.question.two_parts import compared, is_clause, two_parts, with_topic
from konspekt.answering.reading import Reader, RuleReader
from konspekt.answering.replies import (
    Reply,
    about_itself,
    asking_back,
    dated,
    doubtful,
    led,
    near,
    no_question,
    related,
    to_aside,
    unknown_link,
    with_refused,
)
from konspekt.answering.stopping import Stop, is_set, unless
from konspekt.answering.texts import Language, say
from konspekt.answering.words.changing import asks_for_changing
from konspekt.answering.words.meaning import Encoder, Meaning
from konspekt.answering.words.shown import Shown, shown_last
from konspekt.answering.words.vocabulary import Frequencies, NoFrequencies, content_terms
from konspekt.answering.writer import Writer, all_passages
from konspekt.answering.writing.ranking import Ranker
from konspekt.indexer.passages import Passage
from konspekt.indexer.searching.links import asks_about_a_link
from konspekt.llm_client import (
    ChatModel,
)
from konspekt.storage.readings import ReadingsFile


class Answerer:
    """Answers questions over a searched index. `model` None: the passages are quoted instead of a written answer.

    `encoder` (the index's embedding model) makes the check of sentences finer; `frequencies` tell rare words from
    common ones; `library` knows the channel as a whole. Each may be missing, and the answers are then a bit worse.
    `reader` says which sentences answer; without one a rule does. `copying`: for a small model, whose words no reader
    should get: it is read by `probe`, and with `pointing` it adds sentences to what is quoted without it. `own`:
    thresholds fitted to an author's own questions. `probe`: a language model that is read, not asked, for whether the
    material answers.
    `planner` is asked first of all: it answers what no search can. `kept`: where vectors of what was read outlast this.
    Safe to share: it keeps no state of a conversation (`konspekt.answering.memory` does).
    """

    def __init__(
        self,
        search: PassageSearch,
        model: ChatModel | None,
        *,
        encoder: Encoder | None = None,
        frequencies: Frequencies | None = None,
        library: Library | None = None,
        reader: Reader | None = None,
        planner: Planner | None = None,
        context_tokens: int = 1000,
        max_tokens: int = 400,
        copying: bool = False,
        pointing: bool = False,
        own: OwnThresholds | None = None,
        probe: Probe | None = None,
        kept: ReadingsFile | None = None,
    ) -> None:
        self._model = model
        self._meaning = Meaning(encoder, kept) if encoder is not None else None
        self._frequencies = frequencies or NoFrequencies()
        judge = open_judge(encoder, kept)
        rule = RuleReader(self._frequencies, self._meaning)
        ranker: Ranker | None = None
        if reader is None and judge is not None and self._meaning is not None:
            ranker = Ranker(self._frequencies, self._meaning, judge)
        self._finder = Finder(search, self._frequencies, self._meaning, judge, own, probe=probe, ranker=ranker)
        self._writer = Writer(self._frequencies, self._meaning, reader or rule, context_tokens, max_tokens, ranker)
        self._library = library
        self._planner = planner
        self._copying, self._pointing, self._kept = copying, pointing, kept

    async def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        k: int = 8,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
        use_model: bool = True,
        language: Language | None = None,
        personal: Personal = NOTHING_PERSONAL,
        stop: Stop = None,
    ) -> AsyncGenerator[AnswerEvent]:
        """`Status` and `Partial` events, and one `Done` at the end.

        `history` is oldest first and without the question itself. `language` is the reader's, for questions that do
        not tell theirs ("LoRA?"). `personal`: what the reader's notes change of the answer. Cancelling the task, or
        closing the generator, stops the model; so does setting `stop`, and what had been written by then, checked, is
        the answer. A model that fails is never an error: the answer is then `extractive` and says why.
        Raises `konspekt.indexer.errors.NoIndexError` when nothing is indexed.
        """
        started = time.perf_counter()
        question = question.strip()
        model = self._model if use_model else None
        words_it = model is not None and not self._copying
        wish: Wish | None = None
        if (again := wish_of(question, history)) is not None:
            wish, question, history = again
            personal = wish.of(personal, words_it=words_it)
        # What is read by rules is the question as it was meant: in the right alphabet and layout.
        said = history
        meant, history = await asyncio.to_thread(self._as_meant, question, said)
        tongue = (wish.language if wish else None) or question_language(meant, history, language)
        scope = Scope(k, since, until, sources, personal)
        if self._planner is not None:
            whole = question if of_its_topic(question) != question else meant  # what somebody thinks is no list
            planned = await asyncio.to_thread(self._planner.reply, whole, history, scope, tongue)
            if planned is None and (instead := asked_of_another(meant, history)):  # «ссылка на edm», «а на awq»
                planned = await asyncio.to_thread(self._planner.reply, instead, (), scope, tongue)
            if planned is None and belonging(meant) == "paper":
                planned = await self._linked_to(meant, history, scope, tongue)
            if planned is not None:
                timings = _since(started, time.perf_counter(), None)
                yield Done(answer_of(wish.typed if wish else question, planned, tongue, timings))
                return
        leans = is_follow_up(without_small_talk(meant), history)  # «спс а код есть»
        intent = intent_of(question) or intent_of(meant)
        if intent and not (intent in {"help", "picture"} and leans):
            itself = await asyncio.to_thread(about_itself, intent, self._library, tongue, said)
            yield Done(_answer(question, question, itself, (), tongue, _since(started, None, None)))
            return

        typed = wish.typed if wish else without_small_talk(question)
        question = standalone = without_small_talk(meant)
        before = shown_last(history)
        goes_on = leans or (bool(before.text) and may_go_on(question))  # «why greedy?»
        if not (goes_on and (asks(question) or corrects_itself(question))):
            aside = await asyncio.to_thread(self._finder.plain_aside, question)
            if aside is not None:
                yield Done(_answer(typed, question, to_aside(aside, tongue), (), tongue, _since(started, None, None)))
                return
        if leans:
            if model is not None and not self._copying:
                yield Status("rewriting")
            rewriter = None if self._copying else model  # a small one invents
            by_model = await unless(stop, rewritten(question, history, rewriter, tongue))
            standalone = by_model or await rewritten(question, history, None, tongue)

        yield Status("searching")
        asked = await asyncio.to_thread(self._find, question, standalone, scope, tongue, before)
        if wish is not None and wish.kind == "other":
            scope = replace(scope, personal=wish.without_shown(personal, all_passages(asked)))
            asked = await asyncio.to_thread(self._find, question, standalone, scope, tongue, before)
        if not words_it:
            asked = [await asyncio.to_thread(self._writer.checked, one) for one in asked]
        retrieved = time.perf_counter()
        first: float | None = None

        if not any(one.answerable for one in asked) and belonging(question):  # «код дай»
            linked = await self._linked_to(question, history, scope, tongue)
            if linked is not None:
                yield Done(answer_of(typed, linked, tongue, _since(started, retrieved, None)))
                return
        reply: Reply | None = None
        answered = [one for one in asked if one.answerable]
        if all(
            one.clause for one in answered
        ):  # «во сколько раз X быстрее, чем Y»: what is said of Y alone is no answer
            answered = []
        if asks_about_a_link(question) and not any(one.summed_up for one in asked):
            answered = []
        if wish is not None and wish.kind == "more":
            reply = related(near(wish.not_shown(all_passages(asked))), tongue)
        elif not answered:
            bare = leans and not content_terms(question)
            other = wish is not None and wish.kind == "other"
            told = "nothing_else" if other else "nothing_more" if (bare or wish) and before.text else ""
            no = say(told, tongue) if told else ""
            reply = await asyncio.to_thread(self._writer.refusal, asked[0], tongue, no)
            if asks_about_a_link(question):
                reply = unknown_link(tongue)
            elif asked[0].aside is not None:
                reply = to_aside(asked[0].aside, tongue)
            elif asks_nothing(question):
                reply = no_question(tongue)
        elif len(asked) == 1 and (offered := choices(asked[0].question, asked[0].passages)):
            of_each = [with_choice(asked[0].question, one.title) for one in offered]
            each = [await asyncio.to_thread(self._finder.find, one, scope) for one in of_each]
            dates = await asyncio.to_thread(self._writer.dates, asked[0].question, each, offered)
            reply = dates or asking_back(offered, tongue)
            asked = each if dates else asked
            answered = [one for one in asked if one.answerable]
        elif model is None or (self._copying and not self._pointing):
            why = "no_model" if model is None else None
            reply = await asyncio.to_thread(self._writer.quotes, answered, tongue, why, personal)
        elif is_set(stop):
            reply = await asyncio.to_thread(self._writer.quotes, answered, tongue, "stopped_quotes", personal)
        else:
            writing = self._writer.point if self._copying else self._writer.write
            async with aclosing(writing(model, answered, tongue, personal, stop)) as written:
                async for event in written:
                    if isinstance(event, Reply):
                        reply = event
                        continue
                    if isinstance(event, Partial) and first is None:
                        first = time.perf_counter()
                    yield event
        assert reply is not None
        if answered and not reply.refused and not reply.choices and not (wish and wish.kind == "more"):
            if all(one.doubted for one in answered) and not (wish and wish.beyond_quotes):
                reply = doubtful(reply, tongue)
            if asks_for_changing(standalone):
                reply = dated(reply, tongue)
            reply = with_refused(reply, [one.question for one in asked if not one.answerable], tongue)
            if wish is not None and not words_it and wish.beyond_quotes:
                reply = led(reply, say(wish.beyond_quotes, tongue))
        passages = () if asked[0].aside and not answered else all_passages(answered or asked[:1])
        whole = asked[0].question if len(asked) == 1 else standalone
        yield Done(_answer(typed, whole, reply, passages, tongue, _since(started, retrieved, first)))

    async def answer(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        k: int = 8,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
        use_model: bool = True,
        language: Language | None = None,
        personal: Personal = NOTHING_PERSONAL,
    ) -> Answer:
        """`stream()` to its end."""
        events = self.stream(
            question,
            history,
            k=k,
            since=since,
            until=until,
            sources=sources,
            use_model=use_model,
            language=language,
            personal=personal,
        )
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
        raise AssertionError("a stream ends with Done")

    async def _linked_to(
        self, question: str, history: Sequence[Turn], scope: Scope, tongue: Language
    ) -> Planned | None:
        """The addresses of what belongs to what was shown («а статья?»); None where nothing was, or has none."""
        if self._planner is None or not shown_last(history).documents:
            return None
        asked = say(f"link_to_{belonging(question)}", tongue)
        planned = await asyncio.to_thread(self._planner.reply, asked, history, scope, tongue)
        if planned is None or planned.reply.refused:
            return None
        posts = {one.url for one in planned.reply.citations}
        others = [one for one in re.findall(r"https?://\S+", planned.reply.text) if one not in posts]
        return planned if others or belonging(question) != "paper" else None  # the post itself is no paper

    async def close(self) -> None:
        """Let go of the model's connections, in the event loop that they were opened in, and of what is kept."""
        if self._kept is not None:
            self._kept.close()
        if self._model is not None:
            await self._model.close()

    def _as_meant(self, question: str, history: Sequence[Turn]) -> tuple[str, list[Turn]]:
        """The question and what the reader said before, as search reads them."""
        turns = [replace(one, text=self._finder.meant(one.text)) if one.role == "user" else one for one in history]
        return self._finder.meant(question), turns

    def _find(self, question: str, standalone: str, scope: Scope, tongue: Language, shown: Shown) -> list[Found]:
        """What is found for the question, or for each of its two parts where at least one of them is answered."""
        if standalone != question:
            found = self._finder.find_with_talk(question, standalone, scope, shown)
            return [replace(found, focus=focus_of(question))]
        found = self._finder.find_from_shown(standalone, scope, shown)
        parts = two_parts(found.question)
        told = found.answerable and not found.doubted
        if parts is None and not told and (halves := compared(found.question)):
            asked = [say("what_is", tongue, name=name) for name in halves]
            each = [self._finder.find(one, scope) for one in asked]
            each = [
                replace(one, answerable=one.answerable and is_named(name, one.passages))
                for one, name in zip(each, halves, strict=True)
            ]
            wanted = (
                all if found.answerable else any
            )  # half a comparison is better than none, and no better than a whole one
            return each if wanted(one.answerable for one in each) else [found]
        if parts is None or found.summed_up:
            return [found]
        first, second = parts
        topical = replace(self._finder.find(with_topic(second, first), scope), question=second)
        if (name := defined_name(first)) and not is_named(name, topical.passages):
            topical = replace(topical, answerable=False)  # «что такое X и зачем он» where X stands nowhere
        topical = replace(topical, clause=is_clause(second, found.question))
        each = [self._finder.find(first, scope), topical]
        return each if any(one.answerable for one in each) else [found]


def _since(started: float, retrieved: float | None, first: float | None) -> Timings:
    now = time.perf_counter()
    return Timings(
        ((retrieved or started) - started) * 1000,
        None if first is None else (first - started) * 1000,
        (now - started) * 1000,
    )


def _answer(  # noqa: PLR0917 - the fields of an answer in its own order
    question: str, standalone: str, reply: Reply, passages: Sequence[Passage], language: Language, timings: Timings
) -> Answer:
    return Answer(
        question=question,
        standalone_question=standalone,
        text=reply.text,
        language=language,
        refused=reply.refused,
        extractive=reply.extractive,
        citations=reply.citations,
        passages=tuple(passages),
        model=reply.model,
        timings=timings,
        notice=reply.notice,
        parts=reply.parts,
        choices=reply.choices,
    )
