"""Opening the database: SQLite in WAL mode by default, PostgreSQL by its URL."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from konspekt.bilingual import Bilingual
from konspekt.storage.errors import DatabaseUrlError, StorageError
from konspekt.storage.messages import say
from konspekt.storage.private import close_to_others, private_file, private_folder

# What SQLite's messages hold, and the message of ours
SQLITE_FAILURES = {
    "disk is full": "disk_full",
    "disk i/o error": "disk_error",
    "readonly database": "not_writable",
    "unable to open database": "not_opened",
    "not a database": "not_sqlite",
    "malformed": "damaged",
    "database is locked": "locked",
}
# When the file of shared memory beside the database cannot be made or grow: the disk is full
NO_ROOM_TO_SHARE = frozenset({"SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMOPEN", "SQLITE_FULL"})
OTHER_DATABASES = frozenset({"mysql", "mariadb", "mssql", "oracle", "mongodb", "duckdb", "cockroachdb", "db2"})
OVERWRITES = 1  # `user_version` of a file in which everything deleted so far has been overwritten
BUSY_TIMEOUT_MS = 60_000  # publishing a large index holds the write lock for seconds, which must not make others fail


class Database:
    """An engine and its sessions.

    `with database.session() as s:` is one transaction that may write: commit at the end, or nothing.
    `with database.read() as s:` sees one consistent state and never waits for a writer.
    Failures of the database itself (unreachable, full disk, damaged file) surface as StorageError.
    """

    def __init__(self, url: str) -> None:
        self.url = parsed_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {}
        if self.is_sqlite:
            options["connect_args"] = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
            if (path := self._file()) is not None:
                _make_folder(path.parent)
        else:
            options["connect_args"] = {"connect_timeout": 10}
        try:
            self.engine: Engine = create_engine(self.url, pool_pre_ping=not self.is_sqlite, **options)
        except (ArgumentError, ValueError):
            raise DatabaseUrlError(say("bad_url")) from None  # what SQLAlchemy says quotes the URL
        if self.is_sqlite:
            event.listen(self.engine, "do_connect", _connect_sqlite)
            event.listen(self.engine, "checkin", _let_others_in)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        reading = {"konspekt_read": True} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = sessionmaker(self.engine.execution_options(**reading), expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self._explained(), self._sessions.begin() as session:
            yield session

    def damage(self) -> str | None:
        """What SQLite finds wrong with its file, None where nothing is. A missing table raises as it does elsewhere."""
        with self.read() as session:
            if self.is_sqlite and (state := session.scalar(text("PRAGMA quick_check"))) != "ok":
                return str(state)
            session.execute(text("SELECT count(*) FROM documents"))
        return None

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._explained(), self._readers() as session:
            yield session

    def migrate(self) -> None:
        """Bring the schema to this version's. Safe when several processes do it at once."""
        from konspekt.storage.migrations import upgrade

        if self.is_sqlite and (path := self._file()) is not None:
            for kept in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
                close_to_others(kept)
        with self._explained(), self.engine.begin() as connection:
            if self.is_sqlite and not inspect(connection).get_table_names():
                connection.exec_driver_sql(f"PRAGMA user_version={OVERWRITES}")
            upgrade(connection)

    def scrub(self) -> bool:
        """After an erasure: what was deleted is gone from the files too, not only from the tables.

        SQLite overwrites what it deletes (`secure_delete`); what a version before that had deleted is dropped by
        rewriting the file, once. The write-ahead log still holds earlier pages until it is emptied. PostgreSQL frees
        its dead rows at once; its own log and backups are the operator's.
        False where somebody else reads just now: try again.
        """
        if not self.is_sqlite:
            with self._explained(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))
            return True
        with self._explained(), self.engine.connect().execution_options(konspekt_plain=True) as connection:
            if connection.exec_driver_sql("PRAGMA user_version").scalar() != OVERWRITES:
                connection.exec_driver_sql("VACUUM")
                connection.exec_driver_sql(f"PRAGMA user_version={OVERWRITES}")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        return not busy

    def _file(self) -> Path | None:
        name = self.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            message = explain(error, self.url)
            if message is None:
                raise
            raise StorageError(message) from error


def explain(error: DBAPIError, url: URL) -> Bilingual | None:
    """What a failure of the database means for the user; None for a mistake in a statement, which is our own."""
    where, text = shown(url), _without_secrets(str(error.orig), url)
    lower = text.lower()
    if url.get_backend_name() == "sqlite":
        found = next((key for mark, key in SQLITE_FAILURES.items() if mark in lower), None)
        return say(found, path=url.database, reason=text) if found else None
    if error.connection_invalidated or type(error.orig).__name__ in {"OperationalError", "AdminShutdown"}:
        first = text.strip().splitlines()[0] if text.strip() else type(error.orig).__name__
        return say("unreachable", url=where, reason=first)
    if type(error.orig).__name__ == "DiskFull":
        return say("server_disk_full", url=where)
    if "invalid connection option" in lower:
        return say("bad_url")
    return None


def shown(url: URL) -> str:
    """A database's address for a message. An incomplete one may be a misplaced key: nothing of it is shown."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    if not (url.username and url.host):
        return url.get_backend_name()
    return f"{url.host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def _without_secrets(text: str, url: URL) -> str:
    values = [value for given in url.query.values() for value in ((given,) if isinstance(given, str) else given)]
    hidden: list[str | None] = [url.password, *values]
    if url.get_backend_name() != "sqlite" and not (url.username and url.host):
        hidden += [url.username, url.host, url.database]
    for secret in sorted((str(part) for part in hidden if part), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", text)
    return text


def parsed_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseUrlError(say("bad_url")) from None
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        backend = parsed.get_backend_name()
        known = backend in OTHER_DATABASES
        raise DatabaseUrlError(say("other_database", backend=backend) if known else say("bad_url"))
    return parsed


def _make_folder(folder: Path) -> None:
    """An existing folder may hold other things: it is left as it is."""
    try:
        if not folder.is_dir():
            private_folder(folder)
    except OSError as error:
        raise StorageError(say("no_folder", folder=folder, reason=error)) from error


class _Alone(sqlite3.Connection):
    """A connection that shuts out all others while it is open."""


def _connect_sqlite(dialect: Any, _record: Any, arguments: Any, options: Any) -> sqlite3.Connection:
    """A connection in WAL mode; where there is no room for its shared memory, one that does without.

    Nothing else can use the database at the same time, but a full disk does not stop searching:
    https://www.sqlite.org/wal.html#use_of_wal_without_shared_memory
    """
    path = Path(arguments[0]) if arguments and arguments[0] != ":memory:" else None
    if path is not None and not path.exists():
        with contextlib.suppress(OSError):  # SQLite itself says what is wrong; its other files take this one's rights
            private_file(path)
    connection: sqlite3.Connection = dialect.connect(*arguments, **options)
    try:
        return _configured(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorname not in NO_ROOM_TO_SHARE:
            raise
    connection = dialect.connect(*arguments, **options, factory=_Alone)
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    return _configured(connection)


def _configured(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.isolation_level = None  # the driver must not open transactions behind SQLAlchemy's back
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")  # a process crash loses nothing; a power cut, at most the tail
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")  # what a reader erases is not left in free pages
    return connection


def _let_others_in(connection: sqlite3.Connection | None, record: ConnectionPoolEntry) -> None:
    """An exclusive connection is closed after each use; the next one tries to share again."""
    if isinstance(connection, _Alone):
        record.invalidate()


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("konspekt_plain", False):
        return  # VACUUM and checkpoints run outside of transactions
    # A transaction that reads first and writes later fails at once when somebody wrote in between: so writers queue.
    reading = connection.get_execution_options().get("konspekt_read", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
