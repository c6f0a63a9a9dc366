"""The objects behind MCP on standard input and output: opened at once, the model only when it is first needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from konspekt.app.programs.own import OwnPrograms, Voice
from konspekt.app.settings import Settings

if TYPE_CHECKING:
    from konspekt.answering.answerer import Answerer
    from konspekt.bilingual import Bilingual
    from konspekt.indexer.embedding.embeddings import Embedder
    from konspekt.indexer.searching.search import Searcher
    from konspekt.llm_client import ChatModel
    from konspekt.storage.database import Database
    from konspekt.web.programs import ProgramParts


def program_parts(
    settings: Settings, database: Database, searcher: Searcher, answerer: Answerer, model: ChatModel | None
) -> ProgramParts:
    """For a server that has its objects already: the answerer with its model quotes too, where it is asked to."""
    from konspekt.app.programs.tokens import StoredTokens
    from konspekt.web.programs import ProgramParts

    voice = Voice(answerer, model, settings)

    async def ready() -> Voice:
        return voice

    programs = OwnPrograms(settings, database, searcher, quoting=lambda: answerer, voice=ready)
    return ProgramParts(programs, StoredTokens(database))


@asynccontextmanager
async def open_programs(
    settings: Settings, tell: Callable[[Bilingual], None], *, with_model: bool = True
) -> AsyncIterator[OwnPrograms]:
    """An assistant waits seconds for the first sign of a server, and a local model takes longer to start.

    Raises StorageError.
    """
    from konspekt.app.build import build_answerer, build_database, build_embedder, build_searcher

    database = build_database(settings)
    embedder = build_embedder(settings)
    searcher = build_searcher(settings, database, embedder)
    quoting = lru_cache(1)(lambda: build_answerer(settings, database, searcher, embedder, with_model=False))
    later = _Later(settings, tell, database, searcher, embedder)

    async def quoting_voice() -> Voice:
        return Voice(await asyncio.to_thread(quoting), None, settings)

    try:
        voice = later.voice if with_model else quoting_voice
        yield OwnPrograms(settings, database, searcher, quoting=quoting, voice=voice)
    finally:
        await later.close()
        database.close()


class _Later:
    """The model, chosen and started once, at the first question that wants it."""

    def __init__(
        self,
        settings: Settings,
        tell: Callable[[Bilingual], None],
        database: Database,
        searcher: Searcher,
        embedder: Embedder,
    ) -> None:
        self._settings, self._tell = settings, tell
        self._database, self._searcher, self._embedder = database, searcher, embedder
        self._stack = ExitStack()
        self._opening: asyncio.Task[Voice] | None = None

    async def voice(self) -> Voice:
        """Whoever no longer waits does not stop it for the others."""
        if self._opening is None or (self._opening.done() and self._opening.exception() is not None):
            self._opening = asyncio.create_task(asyncio.to_thread(self._open))
        return await asyncio.shield(self._opening)

    def _open(self) -> Voice:
        from konspekt.app.build import build_answerer, build_chat_model
        from konspekt.app.local_model.at_hand import model_at_hand

        settings, _ = self._stack.enter_context(model_at_hand(self._settings, self._tell))
        model = build_chat_model(settings)
        answerer = build_answerer(
            settings, self._database, self._searcher, self._embedder, model=model, with_model=model is not None
        )
        return Voice(answerer, model, settings)

    async def close(self) -> None:
        """Also of a model that is just being started: it is waited for, so that it is not left behind."""
        if self._opening is not None:
            opened = (await asyncio.gather(self._opening, return_exceptions=True))[0]
            if isinstance(opened, Voice) and opened.model is not None:
                await opened.model.close()
        await asyncio.to_thread(self._stack.close)
