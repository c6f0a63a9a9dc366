"""Vectors in the PostgreSQL of DATABASE_URL, searched by pgvector: nothing lies on a machine's disk.

A generation is a table of its own. It is filled and indexed in one transaction while the old table is searched, so a
crash leaves nothing of it. Live posts join it in the transaction that publishes them, and each session sees the rows
of its own snapshot: there is no tail. https://github.com/pgvector/pgvector
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from konspekt.storage.database import Database
from konspekt.storage.errors import GenerationGoneError, StorageError
from konspekt.storage.messages import say
from konspekt.storage.models import IndexGenerationRow
from konspekt.storage.vectors.pgvector_search import PgvectorPart
from konspekt.storage.vectors.protocol import Batch, Batches, Checkpoint, Ids

PREFIX = "konspekt_vectors_"
PLAIN_UP_TO = 5_000  # a scan of so many takes milliseconds and misses nothing: no index
LINKS, BREADTH_OF_BUILDING = 16, 100  # HNSW's m and ef_construction
MOST_DIMENSIONS = 2_000  # that HNSW takes for `vector`
OLDEST = (0, 5)  # the first with HNSW
BUILD_MEMORY_MB = 2_000  # at most; a graph that does not fit is built on disk, many times slower
BYTES_A_LINK = 24  # of a node in the graph while it is built, beside its vector
LOCK_WAIT = "5s"  # for readers of a table that is dropped; if they stay, the next reindex drops it

COLUMNS = "chunk_id, source, author, published_at, language, embedding"
TYPES = ("int8", "text", "text", "timestamptz", "text", "vector")


@dataclass(frozen=True, slots=True)
class PgvectorStore:
    database: Database

    wants_labels = True
    bound_to_snapshot = True

    def kind_for(self, count: int) -> str:
        return "table" if count <= PLAIN_UP_TO else "hnsw"

    def build(self, generation_id: int, dimension: int, count: int, batches: Batches, checkpoint: Checkpoint) -> str:
        name = f"{PREFIX}{generation_id}"
        if dimension > MOST_DIMENSIONS:
            raise StorageError(say("pgvector_dimensions", dimension=dimension, most=MOST_DIMENSIONS))
        with self.database.session() as session, _explained():
            connection = session.connection()
            ensure_extension(connection)
            for statement in _table(name, dimension):
                connection.execute(text(statement))
            _copy(connection, name, batches())
            if self.kind_for(count) == "hnsw":
                for statement in _indexes(name, dimension, count):
                    connection.execute(text(statement))
            connection.execute(text(f"ANALYZE {name}"))
            checkpoint("file built")
        return name

    def absorb(self, session: Session, row: IndexGenerationRow, gone: Ids, batches: Batches) -> None:
        with _explained():
            connection = session.connection()
            if len(gone):
                statement = text(f"DELETE FROM {row.filename} WHERE chunk_id = ANY(:gone)")  # noqa: S608 — our own name
                connection.execute(statement, {"gone": gone.tolist()})
            _copy(connection, row.filename, batches())

    def is_whole(self, row: IndexGenerationRow) -> bool:
        with self.database.read() as session:
            return _is_there(session, row.filename)

    def open(self, session: Session, row: IndexGenerationRow) -> PgvectorPart:
        if not _is_there(session, row.filename):
            raise GenerationGoneError(row.filename)
        return PgvectorPart(row.filename, row.vector_count, row.kind == "hnsw", ensure_extension(session.connection()))

    def recover(self, session: Session, row: IndexGenerationRow) -> PgvectorPart:
        raise StorageError(say("vectors_not_there", store="pgvector"))

    def count(self, session: Session, row: IndexGenerationRow) -> int:
        return int(session.scalar(text(f"SELECT count(*) FROM {row.filename}")) or 0)  # noqa: S608 — our own name

    def sweep(self, keep: str | None) -> bool:
        statement = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE :like")
        with self.database.read() as session:
            names = session.scalars(statement, {"like": PREFIX.replace("_", r"\_") + "%"}).all()
        old = [name for name in names if name != keep]
        for name in old:
            try:
                with self.database.session() as session:
                    session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
                    session.execute(text(f"DROP TABLE IF EXISTS {name}"))
            except (DBAPIError, StorageError) as error:
                if not _waited_in_vain(error):
                    raise
        return bool(old)


def ensure_extension(connection: Connection) -> tuple[int, ...]:
    """The version of pgvector in this database, made part of it where that is allowed. Raises StorageError."""
    statement = text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
    version = connection.scalar(statement)
    if version is None:
        try:
            with connection.begin_nested():
                connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        except DBAPIError as error:
            forbidden = type(error.orig).__name__ == "InsufficientPrivilege"
            reason = str(error.orig).splitlines()[0]
            raise StorageError(say("pgvector_forbidden" if forbidden else "pgvector_missing", reason=reason)) from error
        version = connection.scalar(statement)
    found = tuple(int(part) for part in str(version).split(".") if part.isdigit())
    if found < OLDEST:
        raise StorageError(say("pgvector_old", version=version, oldest=".".join(map(str, OLDEST))))
    return found


def _table(name: str, dimension: int) -> Iterator[str]:
    yield f"DROP TABLE IF EXISTS {name}"  # of a run that was killed after it had built and before it published
    yield (
        f"CREATE TABLE {name} (chunk_id bigint PRIMARY KEY, source text NOT NULL, author text, "
        f"published_at timestamptz, language text NOT NULL, embedding vector({dimension}) NOT NULL)"
    )


def _indexes(name: str, dimension: int, count: int) -> Iterator[str]:
    needed = count * (4 * dimension + 2 * LINKS * BYTES_A_LINK) // 1_000_000 + 64
    yield f"SET LOCAL maintenance_work_mem = '{min(needed, BUILD_MEMORY_MB)}MB'"
    yield f"CREATE INDEX ON {name} (source, published_at)"
    yield f"CREATE INDEX ON {name} (published_at)"
    yield f"CREATE INDEX ON {name} (author) WHERE author IS NOT NULL"
    yield (
        f"CREATE INDEX ON {name} USING hnsw (embedding vector_ip_ops) "
        f"WITH (m = {LINKS}, ef_construction = {BREADTH_OF_BUILDING})"
    )


def _copy(connection: Connection, name: str, batches: Iterable[Batch]) -> None:
    from pgvector.psycopg import register_vector

    driver: Any = connection.connection.driver_connection
    register_vector(driver)
    for batch in batches:  # may read by this very connection, which does nothing else while it copies
        with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(TYPES)
            for chunk_id, vector, labels in zip(batch.ids.tolist(), batch.vectors, batch.labels, strict=True):
                copy.write_row((chunk_id, labels.source, labels.author, labels.published_at, labels.language, vector))


def _is_there(session: Session, name: str) -> bool:
    return name.startswith(PREFIX) and session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None


def _waited_in_vain(error: DBAPIError | StorageError) -> bool:
    cause = error if isinstance(error, DBAPIError) else error.__cause__
    return isinstance(cause, DBAPIError) and type(cause.orig).__name__ == "LockNotAvailable"


@contextmanager
def _explained() -> Iterator[None]:
    """COPY speaks to the driver itself, past SQLAlchemy: its failures are told here."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise StorageError(say("vectors_not_written", store="pgvector", reason=str(error).splitlines()[0])) from error
