"""What a model made of sentences and windows, kept in a file beside the index: an answer need not make it again.

A cache: it may be deleted at any time, and whatever goes wrong with it (a full disk, damage, a lock of another process)
only makes an answer slower. A text is found by the hash of exactly itself, so that a changed one never meets what was
made of the old one; and only by a model that makes the same of a fixed text, so that neither does a changed model.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import sqlite3
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konspekt.storage.private import private_file, private_folder

FILE = "readings.sqlite"
MOST_BYTES = 500_000_000
_DROPPED = 4  # the oldest of so many, when there are too many
_SAME = 0.9999  # cosine of what two models make of the fixed text, for them to be one
_PATIENCE = 0.5  # seconds that another process may keep the file locked
_AT_ONCE = 500
_TABLES = """
    CREATE TABLE IF NOT EXISTS makers (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, made BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS readings (
        id INTEGER PRIMARY KEY, maker INTEGER NOT NULL, text BLOB NOT NULL, document TEXT NOT NULL, made BLOB NOT NULL,
        UNIQUE (maker, text)
    );
    CREATE INDEX IF NOT EXISTS readings_document ON readings (document);
"""

log = logging.getLogger(__name__)


class ReadingsFile:
    """Thread-safe; several processes may share the file. Nothing is read into memory but what is asked for."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path = folder / FILE
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._told = False

    def of(self, kind: str, made: NDArray[np.float32]) -> Readings:
        """What is kept by the maker of this kind that makes `made` [D] of a fixed text; what others kept is dropped."""
        return Readings(self, self._maker(kind, np.asarray(made, np.float32).ravel()))

    def forget(self, documents: Collection[str]) -> None:
        """All that was kept for these."""
        rows = [(document,) for document in documents]
        self._change("DELETE FROM readings WHERE document = ?", rows)

    def keep_only(self, documents: Collection[str]) -> None:
        """Forgets what was kept for any others."""
        known = {row[0] for row in self._rows("SELECT DISTINCT document FROM readings", ()) or ()}
        self.forget(known - set(documents))

    def close(self) -> None:
        with self._lock:
            self._close()

    # ---------------------------------------------------------------- for `Readings`

    def get(self, maker: int, texts: Sequence[str]) -> dict[str, bytes]:
        by_key = {_key(text): text for text in texts}
        keys = list(by_key)
        found: dict[str, bytes] = {}
        for at in range(0, len(keys), _AT_ONCE):
            part = keys[at : at + _AT_ONCE]
            marks = ",".join("?" * len(part))
            rows = self._rows(f"SELECT text, made FROM readings WHERE maker = ? AND text IN ({marks})", [maker, *part])  # noqa: S608 - question marks alone
            found.update((by_key[key], made) for key, made in rows or ())
        return found

    def put(self, maker: int, document: str, made: Mapping[str, bytes]) -> None:
        rows = [(maker, _key(text), document, value) for text, value in made.items()]
        self._change("INSERT OR REPLACE INTO readings (maker, text, document, made) VALUES (?, ?, ?, ?)", rows)
        self._keep_small()

    # ---------------------------------------------------------------- the file

    def _maker(self, kind: str, made: NDArray[np.float32]) -> int:
        rows = self._rows("SELECT id, made FROM makers WHERE kind = ?", (kind,))
        for number, before in rows or ():
            if _alike(np.frombuffer(before, "<f4"), made):
                return int(number)
        new = secrets.randbits(62)  # never met again, though the file were begun anew meanwhile
        if rows is not None:
            self._change("DELETE FROM makers WHERE kind = ?", [(kind,)])
            row = (new, kind, made.astype("<f4").tobytes())
            self._change("INSERT INTO makers (id, kind, made) VALUES (?, ?, ?)", [row])
            self._change("DELETE FROM readings WHERE maker NOT IN (SELECT id FROM makers)", [()])
        return new

    def _keep_small(self) -> None:
        pragmas = "pragma_page_count, pragma_freelist_count, pragma_page_size"
        rows = self._rows(f"SELECT (page_count - freelist_count) * page_size FROM {pragmas}", ())  # noqa: S608
        if rows and rows[0][0] > self._most_bytes:
            oldest = f"SELECT id FROM readings ORDER BY id LIMIT (SELECT count(*) / {_DROPPED} + 1 FROM readings)"  # noqa: S608 - a constant
            self._change(f"DELETE FROM readings WHERE id IN ({oldest})", [()])  # noqa: S608

    def _rows(self, statement: str, values: Sequence[object]) -> list[Any] | None:
        """None where the file cannot be read."""
        with self._lock:
            try:
                return self._connection().execute(statement, values).fetchall()
            except (sqlite3.Error, OSError) as error:
                self._failed(error)
                return None

    def _change(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        with self._lock:
            try:
                with self._connection() as transaction:
                    transaction.executemany(statement, rows)
            except (sqlite3.Error, OSError) as error:
                self._failed(error)

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            private_folder(self._path.parent)
            private_file(self._path)
            self._opened = sqlite3.connect(self._path, timeout=_PATIENCE, check_same_thread=False)
            self._opened.execute("PRAGMA journal_mode = WAL")
            self._opened.execute("PRAGMA synchronous = NORMAL")
            self._opened.execute("PRAGMA secure_delete = ON")  # what was made of a deleted post does not stay behind
            self._opened.executescript(_TABLES)
        return self._opened

    def _failed(self, error: Exception) -> None:
        """A damaged file is begun anew; everything else is tried again at the next answer."""
        if not self._told:
            log.warning("%s is not used: %s", self._path, error)
        self._told = True
        self._close()
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            for one in (self._path, *(self._path.with_name(FILE + end) for end in ("-wal", "-shm"))):
                with suppress(OSError):
                    one.unlink()

    def _close(self) -> None:
        if self._opened is not None:
            with suppress(sqlite3.Error):
                self._opened.close()
            self._opened = None


def forget_readings(folder: Path, gone: Collection[str], living: Collection[str]) -> None:
    """Forgets what is kept for the documents `gone`, and for all that are not `living`. Without a file, nothing."""
    if (folder / FILE).is_file():
        file = ReadingsFile(folder)
        file.forget(gone)
        file.keep_only(living)
        file.close()


class Readings:
    """What one maker keeps: a text -> bytes that only it understands."""

    def __init__(self, file: ReadingsFile, maker: int) -> None:
        self._file, self._maker = file, maker

    def get(self, texts: Sequence[str]) -> dict[str, bytes]:
        """Of those that are kept."""
        return self._file.get(self._maker, texts)

    def put(self, document: str, made: Mapping[str, bytes]) -> None:
        """`document`: the id of the one that the texts stand in; they are forgotten with it."""
        self._file.put(self._maker, document, made)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    if one.shape != other.shape:
        return False
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return lengths > 0 and float(one @ other) >= _SAME * lengths
