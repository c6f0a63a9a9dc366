"""What can go wrong while indexing and searching. Each message says what, where, what to do."""

from __future__ import annotations


class IndexerError(Exception):
    """Something about indexing or searching failed; the message is fit for the user."""


class NoIndexError(IndexerError):
    """Nothing is indexed yet (exit status 3)."""


class ReindexRunningError(IndexerError):
    """Another reindex works on the same index; the message names its process."""


class EmbeddingError(IndexerError):
    """The embedding model could not be loaded or does not fit."""


class NoSuchModelError(EmbeddingError):
    """EMBEDDING_MODEL or RERANKER_MODEL names a model that does not exist (exit status 2)."""


class ReindexStoppedError(IndexerError):
    """A reindex was asked to stop; the old index still serves."""


class WorkersError(IndexerError):
    """The workers that a reindex was given cannot be reached, or cannot do what is asked."""


class WorkersSettingError(WorkersError):
    """--workers is neither a number nor the address of a cluster (exit status 2)."""


class UnknownSourceError(IndexerError):
    """No source of this id is indexed; the message names those that are."""
