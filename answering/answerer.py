"""From a question to a cited answer: the flow, as events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from konspekt.answering.answer import (
    Answer,
    AnswerEvent,
    Citation,
    Done,
    Partial,
    Status,
    Timings,
    Turn,
)
from konspekt.answering.judging.refusal import is_answerable
from konspekt.answering.judging.support import SupportChecker
from konspekt.answering.library import Library
from konspekt.answering.question.follow_up import is_follow_up, standalone_question
from konspekt.answering.question.intents import intent_of
from konspekt.answering.question.language import question_language
from konspekt.answering.question.ranking import newest_first, wants_newest
from konspekt.answering.replies import (
    Reply,
    about_itself,
    quotes,
    refusal,
)
from konspekt.answering.texts import Language
from konspekt.answering.words.links import known_links
from konspekt.answering.words.meaning import Encoder, Meaning
from konspekt.answering.words.vocabulary import (
    Frequencies,
    NoFrequencies,
    content_terms,
    rarity,
)
from konspekt.answering.writing.checking import check
from konspekt.answering.writing.context import PromptSource, Scorer, build_context
from konspekt.answering.writing.extractive import Closeness, best_quotes
from konspekt.answering.writing.model_draft import Draft
from konspekt.answering.writing.prompts import says_no_answer
from konspekt.indexer.passages import Passage
from konspekt.llm_client import (
    ChatModel,
    LLMError,
    LLMQuotaExceeded,
    LLMTimeout,
)


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
class _Scope:
    k: int
    since: datetime | None
    until: datetime | None
    sources: Sequence[str] | None


class Answerer:
    """Answers questions over a searched index. `model` None: the passages are quoted instead of a written answer.

    `encoder` (the index's embedding model) makes the check of sentences finer; `frequencies` tell rare words from
    common ones; `library` knows the channel as a whole. Each may be missing, and the answers are then a bit worse.
    `copying`: for a small model, which is shown only what would be quoted without it, copies from that the sentences
    that answer, and whose citations carry the whole quotation, because it often picks the wrong ones.
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
        context_tokens: int = 1000,
        max_tokens: int = 400,
        copying: bool = False,
    ) -> None:
        self._search = search
        self._model = model
        self._meaning = Meaning(encoder) if encoder is not None else None
        self._frequencies = frequencies or NoFrequencies()
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
    ) -> AsyncGenerator[AnswerEvent]:
        """`Status` and `Partial` events, and one `Done` at the end.

        `history` is oldest first and without the question itself. `language` is the reader's, for questions that do
        not tell theirs ("LoRA?"). Cancelling the task, or closing the generator, stops the model. A model that fails
        is never an error: the answer is then `extractive` and says why.
        Raises `konspekt.indexer.errors.NoIndexError` when nothing is indexed.
        """
        started = time.perf_counter()
        question = question.strip()
        model = self._model if use_model else None
        tongue = question_language(question, history, language)
        intent = intent_of(question)
        if intent and not (intent == "help" and is_follow_up(question, history)):
            itself = await asyncio.to_thread(about_itself, intent, self._library, tongue)
            yield Done(_answer(question, question, itself, (), tongue, _since(started, None, None)))
            return

        if model is not None and is_follow_up(question, history):
            yield Status("rewriting")
        standalone = await standalone_question(question, history, model, tongue)

        yield Status("searching")
        scope = _Scope(k, since, until, sources)
        passages = await asyncio.to_thread(self._find, standalone, scope)
        retrieved = time.perf_counter()
        first: float | None = None

        answerable = await asyncio.to_thread(is_answerable, standalone, passages, self._frequencies, self._meaning)
        passages = newest_first(passages) if wants_newest(standalone) else passages
        shown = tuple(passages[:k])
        reply: Reply | None = None
        if not answerable:
            reply = refusal(shown, tongue)
        elif model is None:
            reply = await asyncio.to_thread(self._quotes, standalone, shown, tongue, "no_model")
        else:
            async with aclosing(self._write(model, standalone, shown, tongue)) as written:
                async for event in written:
                    if isinstance(event, Reply):
                        reply = event
                        continue
                    if isinstance(event, Partial) and first is None:
                        first = time.perf_counter()
                    yield event
        assert reply is not None
        yield Done(_answer(question, standalone, reply, shown, tongue, _since(started, retrieved, first)))

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

    def _find(self, question: str, scope: _Scope) -> list[Passage]:
        return self._search.search(question, scope.k, since=scope.since, until=scope.until, sources=scope.sources)

    async def _write(
        self, model: ChatModel, question: str, passages: Sequence[Passage], language: Language
    ) -> AsyncGenerator[Status | Partial | Reply]:
        """The model's answer, checked; quotes where it fails; a refusal where it finds nothing."""
        prompted = await asyncio.to_thread(self._context, question, passages, language)
        known = known_links(text for source in prompted for text in (source.passage.text, source.passage.url))
        draft = Draft(
            model, question, prompted, known, language=language, max_tokens=self._max_tokens, copying=self._copying
        )
        yield Status("writing")
        try:
            async with aclosing(draft.stream()) as texts:
                async for text in texts:
                    yield Partial(text)
        except LLMError as error:
            yield await asyncio.to_thread(self._quotes, question, passages, language, _notice(error))
            return
        if says_no_answer(draft.text):
            yield refusal(passages, language)
            return
        if draft.wrong_language:
            yield await asyncio.to_thread(self._quotes, question, passages, language, "wrong_language")
            return
        yield Status("checking")
        checker = SupportChecker(self._meaning)
        checked = await asyncio.to_thread(check, draft.text, prompted, known, checker, question)
        if checked.citations:
            yield Reply(checked.text, self._with_quotes(checked.citations, prompted), model=draft.model)
        else:
            yield await asyncio.to_thread(self._quotes, question, passages, language, "unchecked")

    def _context(self, question: str, passages: Sequence[Passage], language: Language) -> list[PromptSource]:
        weights = rarity(content_terms(question), self._frequencies)
        if self._copying:
            found = best_quotes(passages, weights, self._closeness(question))
            return [PromptSource(n, quote.passage, quote.text) for n, quote in enumerate(found, 1)]
        return build_context(passages, weights, self._context_tokens, self._scorer(question, passages, language))

    def _with_quotes(self, citations: tuple[Citation, ...], prompted: Sequence[PromptSource]) -> tuple[Citation, ...]:
        if not self._copying:
            return citations
        texts = {source.passage.document_id: source.text for source in prompted}
        return tuple(replace(citation, quote=texts[citation.document_id]) for citation in citations)

    def _quotes(self, question: str, passages: Sequence[Passage], language: Language, notice: str) -> Reply:
        weights = rarity(content_terms(question), self._frequencies)
        return quotes(passages, weights, language, notice, self._closeness(question))

    def _closeness(self, question: str) -> Closeness | None:
        meaning = self._meaning
        return None if meaning is None else lambda text: meaning.within(question, text)

    def _scorer(self, question: str, passages: Sequence[Passage], language: Language) -> Scorer | None:
        """Sentences by meaning where words cannot tell: passages in another language than the question's."""
        meaning = self._meaning
        if meaning is None or all(passage.language == language for passage in passages[:3]):
            return None
        return lambda sentences: meaning.closeness(question, sentences)


def _notice(error: LLMError) -> str:
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
    )
