"""VECTOR_STORE in words, as a store. What a store needs is imported when it is chosen."""

from __future__ import annotations

from pathlib import Path

from konspekt.storage.database import Database
from konspekt.storage.errors import VectorStoreSettingError
from konspekt.storage.messages import say
from konspekt.storage.vectors.milvus_address import SCHEMES, milvus_address
from konspekt.storage.vectors.protocol import VectorStore

FAISS, PGVECTOR = "faiss", "pgvector"


def checked_setting(value: str) -> str:
    """The setting as it is kept. Raises VectorStoreSettingError, which shows no password."""
    value = value.strip()
    if value.lower() in {FAISS, PGVECTOR}:
        return value.lower()
    if value.partition(":")[0] not in SCHEMES:
        raise VectorStoreSettingError(say("bad_vector_store"))
    milvus_address(value)
    return value


def open_store(setting: str, database: Database, folder: Path) -> VectorStore:
    """`folder`: of FAISS files. Connects to nothing yet. Raises VectorStoreSettingError."""
    setting = checked_setting(setting)
    if setting == FAISS:
        from konspekt.storage.vectors.faiss_store import FaissStore

        return FaissStore(folder)
    if setting == PGVECTOR:
        from konspekt.storage.vectors.pgvector_store import PgvectorStore

        if database.is_sqlite:
            raise VectorStoreSettingError(say("pgvector_needs_postgres"))
        return PgvectorStore(database)
    from konspekt.storage.vectors.milvus_store import MilvusStore

    return MilvusStore(database, milvus_address(setting))
