"""What can go wrong with the database and the files beside it."""

from __future__ import annotations


class StorageError(Exception):
    """The message says what was wrong, where, and what to do; it is fit for the user."""


class DatabaseUrlError(StorageError):
    """DATABASE_URL is not the URL of a database that is supported."""


class VectorStoreSettingError(StorageError):
    """VECTOR_STORE names no store, or one that does not go with DATABASE_URL."""


class GenerationGoneError(StorageError):
    """A generation of vectors is no longer there, or not yet in this session's view: look up the current one again."""


class MoveError(StorageError):
    """Another database cannot take what this one holds."""


class LostClaim(Exception):
    """This instance was silent for so long that another one took its work over: it must not go on with it."""
