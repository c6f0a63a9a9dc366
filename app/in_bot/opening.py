"""The bot's objects, opened together and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from konspekt.app.build import (
    build_answerer,
    build_chat_model,
    build_database,
    build_embedder,
    build_overview,
    build_recollection,
    build_reindexer,
    build_searcher,
)
from konspekt.app.settings import Settings

if TYPE_CHECKING:
    from konspekt.bot.parts.bot_parts import BotParts
    from konspekt.bot.services import App
    from konspekt.indexer.embedding.embeddings import Embedder

LISTED_AT_ONCE = 10  # posts of a list in one message; a button brings the next ones


@asynccontextmanager
async def open_bot(
    settings: Settings, embedder: Embedder | None = None
) -> AsyncIterator[tuple[BotParts, Callable[[App], None]]]:
    """Everything the bot is handed, and its feature of drafts; what was opened for it is closed at the end.

    One database, one model and one embedding model serve search, answers, live indexing and drafts.
    """
    from konspekt.app.in_bot.assistant import build_following, build_learning
    from konspekt.app.in_bot.drafts import build_convert_feature
    from konspekt.app.in_bot.parts import assemble
    from konspekt.app.judging.arena import build_arena, build_rival
    from konspekt.app.local_model.ears_and_eyes import build_ears, build_eyes

    database = build_database(settings)
    model, rival = build_chat_model(settings), build_rival(settings)
    ears = build_ears(settings, database)
    try:
        embedder = embedder or build_embedder(settings)
        searcher = build_searcher(settings, database, embedder)
        overview = build_overview(settings, database, searcher, embedder, page=LISTED_AT_ONCE)
        answerer = build_answerer(settings, database, searcher, embedder, model=model, overview=overview)
        reindexer = build_reindexer(settings, database, embedder)
        recollection = build_recollection(database, embedder)
        parts, updates = assemble(
            settings, database, searcher, answerer, reindexer, recollection=recollection, overview=overview
        )
        following = build_following(settings, database, updates, searcher=searcher, embedder=embedder)
        with_model = model is not None
        yield (
            replace(
                parts,
                following=following,
                learning=build_learning(settings, database),
                arena=build_arena(settings, database, searcher, embedder, answerer, with_model=with_model, rival=rival),
                ears=ears,
                eyes=build_eyes(),
            ),
            build_convert_feature(settings, database, updates, model),
        )
    finally:
        for one in (ears, model, rival):
            if one is not None:
                await one.close()
        database.close()
