"""From a question to a cited answer: the flow, as events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from answering.answer import Answer, AnswerEvent, Citation, Done, Status, Timings, Turn
from indexer.passages import Passage
from llm_client import ChatModel


class PassageSearch(Protocol):
    """`indexer.search.Searcher`, as much of it as an answer needs."""

    def search(
        self,
        query: str,
        k: int = 8,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Sequence[str] | None = None,
    ) -> list[Passage]: ...


class Answerer:
    """Answers questions over a searched index. `model` None: the passages are quoted instead of a written answer.

    Safe to share: it keeps no state of a conversation. Who the question comes from, and what was said before, is the
    caller's (`answering.memory.Memory`).
    """

    def __init__(
        self,
        search: PassageSearch,
        model: ChatModel | None,
        *,
        context_tokens: int = 1000,
        max_tokens: int = 400,
    ) -> None:
        self._search = search
        self._model = model
        self._context_tokens = context_tokens
        self._max_tokens = max_tokens

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
    ) -> AsyncIterator[AnswerEvent]:
        """`Status` and `Partial` events, and one `Done` at the end.

        `history` is oldest first and without the question itself. Cancelling the task, or closing the generator,
        stops the model. A model that fails is never an error: the answer is then `extractive` and says why.
        Raises `indexer.errors.NoIndexError` when nothing is indexed.
        """
        started = time.perf_counter()
        yield Status("searching")
        passages = await asyncio.to_thread(self._search.search, question, k, since=since, until=until, sources=sources)
        elapsed = (time.perf_counter() - started) * 1000
        citations = tuple(
            Citation(n, p.document_id, p.title, p.url, p.published_at, p.text[:200])
            for n, p in enumerate(passages[:3], start=1)
        )
        text = "\n\n".join(f"«{c.quote}» [{c.n}]" for c in citations)
        yield Done(
            Answer(
                question,
                question,
                text,
                "ru",
                not passages,
                True,
                citations,
                tuple(passages),
                None,
                Timings(elapsed, None, elapsed),
            )
        )

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
    ) -> Answer:
        """`stream()` to its end."""
        async for event in self.stream(
            question, history, k=k, since=since, until=until, sources=sources, use_model=use_model
        ):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with Done")
