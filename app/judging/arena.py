"""Who meets in the arena: the configured model, answers by quotation, and a second model where one is set."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from konspekt.app.settings import Settings

if TYPE_CHECKING:
    from konspekt.answering.answerer import Answerer
    from konspekt.assistant.arena.contest import Arena
    from konspekt.indexer.embedding.embeddings import Embedder
    from konspekt.indexer.searching.search import Searcher
    from konspekt.llm_client import ChatModel
    from konspekt.storage.database import Database


def build_rival(settings: Settings) -> ChatModel | None:
    """The second model; None where none is set. The key of one endpoint is never shown to another."""
    from konspekt.llm_client import ChatModel, listed

    url: str | None
    if settings.arena_base_url:
        url, secret = settings.arena_base_url, settings.arena_api_key
    elif settings.arena_model:
        url, secret = settings.openai_base_url, settings.arena_api_key or settings.openai_api_key
    else:
        return None
    if url is None and secret is None:
        return None
    key = secret.get_secret_value() if secret else None
    return ChatModel.at(listed(url, key, settings.arena_model), timeout=settings.llm_timeout)


def build_arena(
    settings: Settings,
    database: Database,
    searcher: Searcher,
    embedder: Embedder,
    answerer: Answerer,
    *,
    with_model: bool,
    rival: ChatModel | None,
) -> Arena:
    """`answerer`: the one that answers readers, with its model or (`with_model` false) without one."""
    from konspekt.app.build import build_answerer
    from konspekt.assistant.arena.contest import QUOTES, Arena, Contender

    contenders = [Contender(QUOTES, answerer, use_model=False)]
    if with_model:
        contenders.append(Contender(None, answerer))
    if rival is not None:
        words = settings.model_copy(update={"llm_copies": False}) if settings.arena_base_url else settings
        other = build_answerer(words, database, searcher, embedder, model=rival)
        contenders.append(Contender(None, other, at=urlsplit(settings.arena_base_url or "").netloc))
    return Arena(database, contenders)
