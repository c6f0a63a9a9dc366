"""The web's objects, opened together and closed together."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from konspekt.app.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from konspekt.indexer.embedding.embeddings import Embedder
    from konspekt.indexer.searching.search import Searcher
    from konspekt.llm_client import ChatModel
    from konspekt.storage.database import Database
    from konspekt.web.parts import WebParts, WebSettings

KEY_BYTES = 32


def web_settings(settings: Settings) -> WebSettings:
    """Raises konspekt.web.errors.WebError where the page would stand open to strangers."""
    from konspekt.web.errors import check_protected
    from konspekt.web.parts import WebSettings

    host, _, port = settings.web_listen.rpartition(":")
    secret, token = settings.web_secret, settings.telegram_bot_token
    password = secret.get_secret_value() if secret else None
    own = WebSettings(
        host=host.strip("[]") or "0.0.0.0",  # noqa: S104 - ":8700" asks for it
        port=int(port),
        secret=password,
        bot_token=token.get_secret_value().strip() if token else None,
        admins=settings.admins,
        url=settings.web_url,
        language=None if settings.language == "auto" else settings.language,
        questions_per_minute=settings.questions_per_minute,
        question_max_chars=settings.question_max_chars,
        concurrent_answers=settings.concurrent_answers,
        memory_turns=settings.memory_turns,
        widget_origins=settings.widget_origins,
        arena_readers=settings.arena_readers,
    )
    check_protected(own)
    return own


def signing_key(home: Path, password: str | None) -> bytes:
    """Signs sessions: kept in KONSPEKT_HOME, so that they outlive a restart; another password ends them all."""
    from konspekt.storage.private import private_file

    kept = home / "web.key"
    if not kept.is_file() or kept.stat().st_size != KEY_BYTES:
        private_file(kept)
        kept.write_bytes(secrets.token_bytes(KEY_BYTES))
    return hashlib.sha256(kept.read_bytes() + (password or "").encode()).digest()


def page_parts(
    settings: Settings,
    own: WebSettings,
    database: Database,
    embedder: Embedder,
    model: ChatModel | None,
    *,
    searcher: Searcher | None = None,
    rival: ChatModel | None = None,
) -> WebParts:
    """The web's parts over what is open already: the bot and the page share a database and an embedding model."""
    from konspekt.answering.quality.alike import nearly_same
    from konspekt.app.authoring.lessons import AuthorsLessons
    from konspekt.app.build import build_answerer, build_reindexer, build_searcher
    from konspekt.app.in_bot.cases import StoredCases
    from konspekt.app.judging.arena import build_arena
    from konspekt.app.judging.evaluating import PageEvaluation
    from konspekt.app.page.desk import PageDesk
    from konspekt.app.page.drafting import PageDrafting
    from konspekt.app.page.indexing import PageIndexing
    from konspekt.app.page.stored import StoredDocuments, StoredTalks
    from konspekt.app.programs.opening import program_parts
    from konspekt.assistant.mapping.topic_map import TopicMaps
    from konspekt.storage.authoring.lessons import Lessons
    from konspekt.storage.drafts import Drafts
    from konspekt.storage.statistics import Statistics
    from konspekt.web.parts import WebParts

    searcher = searcher or build_searcher(settings, database, embedder)
    with_model = model is not None
    answerer = build_answerer(settings, database, searcher, embedder, model=model, with_model=with_model)
    drafting = PageDrafting(settings, database, model)
    uploads = (settings.konspekt_home / "uploads").resolve()
    return WebParts(
        settings=own,
        answers=answerer,
        search=searcher,
        documents=StoredDocuments(database),
        drafting=drafting,
        talks=StoredTalks(database),
        desk=PageDesk(drafting, Drafts(database), AuthorsLessons(Lessons(database))),
        indexing=PageIndexing(build_reindexer(settings, database, embedder), uploads),
        numbers=Statistics(database, nearly_same),
        cases=StoredCases(database, searcher),
        topics=TopicMaps(database),
        warm_up=searcher.warm_up,
        programs=program_parts(settings, database, searcher, answerer, model),
        evaluation=PageEvaluation(settings, database, searcher, embedder, with_model=with_model),
        arena=build_arena(settings, database, searcher, embedder, answerer, with_model=with_model, rival=rival),
    )


@asynccontextmanager
async def open_page(
    settings: Settings, *, with_model: bool = True, embedder: Embedder | None = None
) -> AsyncIterator[WebParts]:
    """Everything the web is handed. `embedder`: one that is there already. Raises StorageError, WebError."""
    from konspekt.app.build import build_chat_model, build_database, build_embedder
    from konspekt.app.judging.arena import build_rival

    own = web_settings(settings)
    database = build_database(settings)  # makes the home
    own = replace(own, key=signing_key(settings.konspekt_home, own.secret))
    model = build_chat_model(settings) if with_model else None
    rival = build_rival(settings) if with_model else None
    try:
        yield page_parts(settings, own, database, embedder or build_embedder(settings), model, rival=rival)
    finally:
        for one in (model, rival):
            if one is not None:
                await one.close()
        database.close()
