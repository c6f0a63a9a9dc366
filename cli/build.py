"""Composition: settings in, working objects out. One small function an object; heavy imports wait inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.settings import Settings

if TYPE_CHECKING:
    from indexer.embeddings import Embedder
    from indexer.reindex import Reindexer
    from indexer.search import Searcher
    from storage.database import Database


def build_database(settings: Settings) -> Database:
    """The database, migrated to this version's schema. Raises storage.errors.StorageError."""
    from storage.database import Database

    database = Database(settings.database)
    database.migrate()
    return database


def build_embedder(settings: Settings) -> Embedder:
    """Loads nothing until its first use."""
    from cli.models import fetch_with_progress
    from indexer.embeddings import open_embedder

    return open_embedder(settings.embedding_model, settings.models, fetch_with_progress)


def build_searcher(settings: Settings, database: Database, embedder: Embedder | None = None) -> Searcher:
    from indexer.search import Searcher

    return Searcher(database, settings.index_dir, embedder or build_embedder(settings))


def build_reindexer(settings: Settings, database: Database, embedder: Embedder | None = None) -> Reindexer:
    """`.run()` without paths reads SOURCES and everything given before; `.index_documents()` takes live posts."""
    from indexer.reindex import Reindexer
    from indexer.sources.recognise import SourceOptions, recognise

    embedder = embedder or build_embedder(settings)
    options = SourceOptions.from_pairs(
        settings.channel_usernames, settings.video_urls, embed=lambda texts: embedder.embed_passages(texts)
    )
    return Reindexer(
        database,
        settings.index_dir,
        embedder,
        recognise=lambda path, known: recognise(path, options, known),
        default_paths=settings.sources,
    )
