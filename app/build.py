"""Composition: settings in, working objects out. One small function per object; heavy imports wait inside."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from konspekt.app.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from konspekt.answering.answerer import Answerer
    from konspekt.answering.judging.probe import Probe
    from konspekt.assistant.overview.overview import Overview
    from konspekt.indexer.embedding.embeddings import Embedder
    from konspekt.indexer.reindexing.reindex import Reindexer
    from konspekt.indexer.reindexing.workers.protocol import Workers
    from konspekt.indexer.searching.search import Searcher
    from konspekt.llm_client import ChatModel, EndpointSettings
    from konspekt.memory.recollection import Recollection
    from konspekt.storage.database import Database
    from konspekt.storage.vectors.protocol import VectorStore


def open_home(settings: Settings) -> None:
    """KONSPEKT_HOME, for its owner alone. Raises konspekt.storage.errors.StorageError."""
    from konspekt.storage.errors import StorageError
    from konspekt.storage.messages import say
    from konspekt.storage.private import private_folder

    try:
        private_folder(settings.konspekt_home)
    except OSError as error:
        raise StorageError(say("no_folder", folder=settings.konspekt_home, reason=error)) from error


def build_database(settings: Settings) -> Database:
    """The database, migrated to this version's schema. Raises konspekt.storage.errors.StorageError."""
    from konspekt.storage.database import Database

    open_home(settings)
    database = Database(settings.database)
    database.migrate()
    return database


def build_embedder(settings: Settings, *, light: bool = False) -> Embedder:
    """Loads nothing until its first use. `light`: for a command that embeds a few queries and ends."""
    from konspekt.app.model_fetch import fetch_with_progress
    from konspekt.indexer.embedding.choosing import open_embedder

    return open_embedder(settings.embedding_model, settings.models, fetch_with_progress, light=light)


def build_vectors(settings: Settings, database: Database) -> VectorStore:
    """Connects at its first use. Raises konspekt.storage.errors.VectorStoreSettingError."""
    from konspekt.storage.vectors.choosing import open_store

    return open_store(settings.vector_store, database, settings.index_dir)


def build_searcher(settings: Settings, database: Database, embedder: Embedder | None = None) -> Searcher:
    """Loads the models and the index at the first search, or at `warm_up()`."""
    from konspekt.indexer.embedding.reranker import CrossEncoderReranker
    from konspekt.indexer.searching.search import Searcher

    reranker = CrossEncoderReranker(settings.reranker_model) if settings.reranker_model else None
    return Searcher(
        database,
        settings.index_dir,
        embedder or build_embedder(settings),
        reranker,
        exclude=settings.exclude,
        vectors=build_vectors(settings, database),
    )


def build_reindexer(
    settings: Settings, database: Database, embedder: Embedder | None = None, workers: Workers | None = None
) -> Reindexer:
    """`.run()` without paths reads SOURCES and everything given before; `.index_documents()` takes live posts.

    `workers` cut and embed; None: this process does.
    """
    from konspekt.indexer.reindexing.reindex import Reindexer
    from konspekt.indexer.sources.recognise import SourceOptions, recognise

    embedder = embedder or build_embedder(settings)
    options = SourceOptions.from_pairs(settings.channel_usernames, settings.video_urls, embed=embedder.embed_passages)
    return Reindexer(
        database,
        settings.index_dir,
        embedder,
        recognise=lambda path, known: recognise(path, options, known),
        default_paths=settings.sources,
        workers=workers,
        vectors=build_vectors(settings, database),
    )


def build_chat_model(settings: Settings) -> ChatModel | None:
    """The configured endpoints' model; None when none is configured: answers are then quotations."""
    from konspekt.llm_client import ChatModel

    endpoints = configured_endpoints(settings)
    return ChatModel.at(endpoints, timeout=settings.llm_timeout) if endpoints else None


def configured_endpoints(settings: Settings) -> list[EndpointSettings]:
    """Where the configured model is; empty where none is configured."""
    from konspekt.llm_client import listed

    if settings.openai_api_key is None and settings.openai_base_url is None:
        return []
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    return listed(settings.openai_base_url, key, settings.openai_model)


def build_probe(settings: Settings) -> Probe | None:
    """Reads the model of a server of ours for whether the material answers; None where none is known."""
    from konspekt.answering.judging.probe import Probe, shipped_line
    from konspekt.llm_client.states import StateServer

    line = shipped_line()
    if line is None or not settings.judge_base_url:
        return None
    key = settings.judge_api_key.get_secret_value() if settings.judge_api_key else None
    return Probe(StateServer(settings.judge_base_url, key, timeout=settings.judge_timeout), line)


def own_calibration(settings: Settings) -> Path:
    """Where `konspekt eval answers --calibrate --write` keeps an author's thresholds."""
    from konspekt.answering.quality.own_thresholds import FILE

    return settings.konspekt_home / FILE


def build_recollection(database: Database, embedder: Embedder) -> Recollection:
    """Readers' memory; dates are meant in this machine's time zone."""
    from datetime import datetime

    from konspekt.memory.recollection import Recollection

    return Recollection(database, embedder, zone=datetime.now().astimezone().tzinfo or UTC)


def build_overview(
    settings: Settings,
    database: Database,
    searcher: Searcher,
    embedder: Embedder | None = None,
    page: int | None = None,
) -> Overview:
    """Answers questions about the whole channel. `page`: items of a list at once, where a button brings the rest."""
    from konspekt.answering.words.meaning import Meaning
    from konspekt.assistant.overview.overview import Overview

    meaning = Meaning(embedder or build_embedder(settings))
    closeness = meaning.of_sentences
    return Overview(database, searcher, closeness=closeness, exclude=settings.exclude, page=page)


def build_answerer(
    settings: Settings,
    database: Database,
    searcher: Searcher | None = None,
    embedder: Embedder | None = None,
    *,
    with_model: bool = True,
    model: ChatModel | None = None,
    overview: Overview | None = None,
) -> Answerer:
    """Answers by `model`, else the configured one, or by quotation where there is none or `with_model` is false.

    `overview`: with pages of its own; without one a list about the whole channel comes whole.
    """
    from konspekt.answering.answerer import Answerer
    from konspekt.answering.frequencies import IndexFrequencies
    from konspekt.answering.library import Library
    from konspekt.answering.quality.own_thresholds import load_own
    from konspekt.storage.readings import ReadingsFile

    embedder = embedder or build_embedder(settings)
    searcher = searcher or build_searcher(settings, database, embedder)
    return Answerer(
        searcher,
        (model or build_chat_model(settings)) if with_model else None,
        encoder=embedder,
        frequencies=IndexFrequencies(database),
        library=Library(database),
        planner=overview or build_overview(settings, database, searcher, embedder),
        context_tokens=settings.llm_context_tokens,
        max_tokens=settings.llm_max_tokens,
        copying=settings.llm_copies,
        pointing=settings.llm_points,
        own=load_own(own_calibration(settings)),
        probe=build_probe(settings) if with_model else None,
        kept=ReadingsFile(settings.index_dir),
    )
