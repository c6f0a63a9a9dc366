"""From a question to a cited answer: the flow, as events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
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
from konspekt.answering.judging.support import SupportChecker
from konspekt.answering.library import Library
from konspekt.answering.personal import NOTHING_PERSONAL, Personal, manner
from konspekt.answering.quality.own_thresholds import OwnThresholds
from konspekt.answering.question.follow_up import is_follow_up, rewritten
from konspekt.answering.question.intents import intent_of
from konspekt.answering.question.language import question_language
from konspekt.answering.question.ranking import defined_name, introducing
from konspekt.answering.question.talk import asks_nothing
from konspekt.answering.question.two_parts import two_parts, with_topic
from konspekt.answering.reading import JudgeReader, Reader, RuleReader
from konspekt.answering.replies import (
    Reply,
    about_itself,
    doubtful,
    no_question,
    refusal,
    with_refused,
)
from konspekt.answering.texts import Language, say
from konspekt.answering.words.links import known_links
from konspekt.answering.words.meaning import Encoder, Meaning
from konspekt.answering.words.vocabulary import (
    Frequencies,
    NoFrequencies,
    content_terms,
    rarity,
)
from konspekt.answering.writing.checking import check, partial
from konspekt.answering.writing.context import PromptSource, Scorer, build_context
from konspekt.answering.writing.extractive import Closeness
from konspekt.answering.writing.model_draft import Draft
from konspekt.answering.writing.pointing import point
from konspekt.answering.writing.prompts import says_no_answer
from konspekt.answering.writing.quoting import Excerpt, excerpts, quoted, united
from konspekt.indexer.passages import Passage
from konspekt.llm_client import (
    ChatModel,
    LLMError,
    LLMFiltered,
    LLMQuotaExceeded,
    LLMTimeout,
)


class Answerer:
    """Answers questions over a searched index. `model` None: the passages are quoted instead of a written answer.

    `encoder` (the index's embedding model) makes the check of sentences finer; `frequencies` tell rare words from
    common ones; `library` knows the channel as a whole. Each may be missing, and the answers are then a bit worse.
    `reader` says which sentences answer; without one a rule does. `copying`: for a small model, which only points at
    sentences of what would be quoted without it. `own`: thresholds fitted to an author's own questions.
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
        context_tokens: int = 1000,
        max_tokens: int = 400,
        copying: bool = False,
        own: OwnThresholds | None = None,
    ) -> None:
        self._model = model
        self._meaning = Meaning(encoder) if encoder is not None else None
        self._frequencies = frequencies or NoFrequencies()
        judge = open_judge(encoder)
        self._finder = Finder(search, self._frequencies, self._meaning, judge, own)
        rule = RuleReader(self._frequencies, self._meaning)
        self._reader = reader or (JudgeReader(rule, judge) if judge is not None else rule)
        self._library = library
        self._context_tokens = context_tokens
        self._max_tokens = max_tokens
        self._copying = copying

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
    ) -> AsyncGenerator[AnswerEvent]:
        """`Status` and `Partial` events, and one `Done` at the end.

        `history` is oldest first and without the question itself. `language` is the reader's, for questions that do
        not tell theirs ("LoRA?"). `personal`: what the reader's notes change of the answer. Cancelling the task, or
        closing the generator, stops the model. A model that fails
        is never an error: the answer is then `extractive` and says why.
        Raises `konspekt.indexer.errors.NoIndexError` when nothing is indexed.
        """
        started = time.perf_counter()
        question = question.strip()
        model = self._model if use_model else None
        tongue = question_language(question, history, language)
        leans = is_follow_up(question, history)
        intent = intent_of(question)
        if intent and not (intent == "help" and leans):
            itself = await asyncio.to_thread(about_itself, intent, self._library, tongue, history)
            yield Done(_answer(question, question, itself, (), tongue, _since(started, None, None)))
            return

        standalone = question
        if leans:
            if model is not None and not self._copying:
                yield Status("rewriting")
            rewriter = None if self._copying else model  # a small one invents
            standalone = await rewritten(question, history, rewriter, tongue)

        yield Status("searching")
        scope = Scope(k, since, until, sources, personal)
        asked = await asyncio.to_thread(self._find, question, standalone, scope)
        retrieved = time.perf_counter()
        first: float | None = None

        reply: Reply | None = None
        answered = [one for one in asked if one.answerable]
        if not answered:
            reply = no_question(tongue) if asks_nothing(question) else refusal(asked[0].passages, tongue)
        elif model is None:
            reply = await asyncio.to_thread(self._quotes, answered, tongue, "no_model", personal)
        else:
            writing = self._point if self._copying else self._write
            async with aclosing(writing(model, answered, tongue, personal)) as written:
                async for event in written:
                    if isinstance(event, Reply):
                        reply = event
                        continue
                    if isinstance(event, Partial) and first is None:
                        first = time.perf_counter()
                    yield event
        assert reply is not None
        if answered and not reply.refused:
            if not any(one.sure for one in answered):
                reply = doubtful(reply, tongue)
            reply = with_refused(reply, [one.question for one in asked if not one.answerable], tongue)
        shown = _all_passages(answered or asked[:1])
        whole = asked[0].question if len(asked) == 1 else standalone
        yield Done(_answer(question, whole, reply, shown, tongue, _since(started, retrieved, first)))

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

    async def close(self) -> None:
        """Let go of the model's connections, in the event loop that they were opened in."""
        if self._model is not None:
            await self._model.close()

    def _find(self, question: str, standalone: str, scope: Scope) -> list[Found]:
        """What is found for the question, or for each of its two parts where at least one of them is answered."""
        if standalone != question and content_terms(question):
            found = (
                self._finder.find_with_talk(question, standalone, scope)
                if len(content_terms(question)) > 1
                else self._finder.find(standalone, scope)
            )
        else:
            found = self._finder.find(standalone, scope)
        parts = two_parts(found.question)
        if parts is None or standalone != question:
            return [found]
        first, second = parts
        each = [self._finder.find(first, scope), self._finder.find(second, scope, with_topic(second, first))]
        return each if any(one.answerable for one in each) else [found]

    async def _point(
        self, model: ChatModel, found: Sequence[Found], language: Language, personal: Personal
    ) -> AsyncGenerator[Status | Partial | Reply]:
        """The sentences that a small model points at; those that the rule picks where it fails."""
        yield Status("writing")
        pointed: list[Excerpt] = []
        name: str | None = None
        notice: str | None = None
        for one in found:
            excerpts_of = await asyncio.to_thread(self._excerpts, one)
            try:
                choice = await point(model, one.question, excerpts_of, language)
            except LLMError as error:
                notice = _notice(error)
                pointed += excerpts_of
                continue
            name = choice.model
            pointed += choice.excerpts
        parts, citations = quoted(_in_length(united(pointed), personal))
        if name is None:
            yield Reply(parts, citations, extractive=True, notice=say(notice or "unavailable", language))
        else:
            yield Reply(parts, citations, model=name)

    async def _write(
        self, model: ChatModel, found: Sequence[Found], language: Language, personal: Personal
    ) -> AsyncGenerator[Status | Partial | Reply]:
        """The model's answer, checked; quotes where it fails; a refusal where it finds nothing."""
        question, passages = " ".join(one.question for one in found), _all_passages(found)
        prompted = await asyncio.to_thread(self._context, question, passages, language)
        known = known_links(text for source in prompted for text in (source.passage.text, source.passage.url))
        draft = Draft(model, question, prompted, known, language=language, max_tokens=self._max_tokens)
        draft.manner = manner(personal, language)
        yield Status("writing")
        try:
            async with aclosing(draft.stream()) as texts:
                async for text in texts:
                    yield partial(text, prompted)
        except LLMError as error:
            yield await asyncio.to_thread(self._quotes, found, language, _notice(error), personal)
            return
        if says_no_answer(draft.text):
            yield refusal(passages, language)
            return
        if draft.wrong_language:
            yield await asyncio.to_thread(self._quotes, found, language, "wrong_language", personal)
            return
        yield Status("checking")
        checker = SupportChecker(self._meaning)
        checked = await asyncio.to_thread(check, draft.text, prompted, known, checker, question)
        if checked.citations:
            yield Reply(checked.parts, checked.citations, model=draft.model)
        else:
            yield await asyncio.to_thread(self._quotes, found, language, "unchecked", personal)

    def _context(self, question: str, passages: Sequence[Passage], language: Language) -> list[PromptSource]:
        weights = rarity(content_terms(question), self._frequencies)
        return build_context(passages, weights, self._context_tokens, self._scorer(question, passages, language))

    def _excerpts(self, found: Found) -> list[Excerpt]:
        question, passages = found.question, found.passages
        if name := defined_name(question):  # posts that only use the thing say nothing of what it is
            passages = tuple(introducing(name, passages)) or passages
        weights = rarity(content_terms(question), self._frequencies)
        return excerpts(question, passages, weights, self._reader, self._closeness(question))

    def _quotes(self, found: Sequence[Found], language: Language, notice: str, personal: Personal) -> Reply:
        pointed = [excerpt for one in found for excerpt in self._excerpts(one)]
        parts, citations = quoted(_in_length(united(pointed), personal))
        return Reply(parts, citations, extractive=True, notice=say(notice, language))

    def _closeness(self, question: str) -> Closeness | None:
        meaning = self._meaning
        return None if meaning is None else lambda text: meaning.within(question, text)

    def _scorer(self, question: str, passages: Sequence[Passage], language: Language) -> Scorer | None:
        """Sentences by meaning where words cannot tell: passages in another language than the question's."""
        meaning = self._meaning
        if meaning is None or all(passage.language == language for passage in passages[:3]):
            return None
        return lambda sentences: meaning.closeness(question, sentences)


def _all_passages(found: Sequence[Found]) -> tuple[Passage, ...]:
    """Those of each part in turn, each document once."""
    longest = max(len(one.passages) for one in found)
    in_turn = [one.passages[place] for place in range(longest) for one in found if place < len(one.passages)]
    return tuple({passage.document_id: passage for passage in reversed(in_turn)}.values())[::-1]


def _in_length(pointed: list[Excerpt], personal: Personal) -> list[Excerpt]:
    """For a reader who wants short answers: the best place alone, its first sentence that answers."""
    return [one.choosing(one.chosen[:1]) for one in pointed[:1]] if personal.short else pointed


def _notice(error: LLMError) -> str:
    if isinstance(error, LLMFiltered):
        return "filtered"
    if isinstance(error, LLMTimeout):
        return "slow"
    return "budget" if isinstance(error, LLMQuotaExceeded) else "unavailable"


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
    )
