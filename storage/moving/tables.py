"""The tables of the schema as a copier sees them: what a row is made of, in which order, and where to go on."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import JSON, Table, bindparam, cast, func, insert, select, tuple_
from sqlalchemy import Text as TextType
from sqlalchemy.orm import Session

import konspekt.storage
from konspekt.storage.index.full_text import TermsRow, put_terms
from konspekt.storage.index.term_counts import count_chunks, next_terms
from konspekt.storage.models import Base

Row = Mapping[str, Any]
Key = Sequence[Any]
BATCH = 1000
DIGEST_BYTES = 16

TERMS = "chunk_terms"


class Part(Protocol):
    """Something that is copied whole: a table, or the search terms, which each database keeps in its own way."""

    @property
    def name(self) -> str: ...
    def count(self, session: Session) -> int: ...
    def after(self, session: Session, key: Key | None, count: int = BATCH) -> list[Row]:
        """The next rows after the one with this key, in an order that is always the same in one database."""
        ...

    def key(self, row: Row) -> list[Any]:
        """Of plain values, fit for JSON."""
        ...

    def put(self, session: Session, rows: Sequence[Row]) -> None: ...


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table. JSON is carried as the text it is stored as: an empty column and the value `null` are not the same."""

    table: Table

    @property
    def name(self) -> str:
        return self.table.name

    def count(self, session: Session) -> int:
        return session.scalar(select(func.count()).select_from(self.table)) or 0

    def after(self, session: Session, key: Key | None, count: int = BATCH) -> list[Row]:
        keys = list(self.table.primary_key.columns)
        columns = [
            cast(column, TextType).label(column.name) if isinstance(column.type, JSON) else column
            for column in self.table.columns
        ]
        statement = select(*columns).order_by(*keys).limit(count)
        if key is not None:
            statement = statement.where(keys[0] > key[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*key))
        return [dict(row) for row in session.execute(statement).mappings()]

    def key(self, row: Row) -> list[Any]:
        return [row[column.name] for column in self.table.primary_key.columns]

    def put(self, session: Session, rows: Sequence[Row]) -> None:
        values = {
            column.name: cast(bindparam(f"{column.name}_", type_=TextType()), column.type)
            if isinstance(column.type, JSON) and session.get_bind().dialect.name == "postgresql"
            else bindparam(f"{column.name}_", type_=TextType() if isinstance(column.type, JSON) else column.type)
            for column in self.table.columns
        }
        parameters = [{f"{name}_": value for name, value in row.items()} for row in rows]
        session.connection().execute(insert(self.table).values(values), parameters)


@dataclass(frozen=True, slots=True)
class TermsPart:
    """What is found by words: a virtual table in SQLite, an ordinary one in PostgreSQL."""

    @property
    def name(self) -> str:
        return TERMS

    def count(self, session: Session) -> int:
        return count_chunks(session)

    def after(self, session: Session, key: Key | None, count: int = BATCH) -> list[Row]:
        rows = next_terms(session, key[0] if key else 0, count)
        return [{"chunk_id": row[0], "title": row[1], "body": row[2]} for row in rows]

    def key(self, row: Row) -> list[Any]:
        return [row["chunk_id"]]

    def put(self, session: Session, rows: Sequence[Row]) -> None:
        put_terms(session, [TermsRow(row["chunk_id"], row["title"], row["body"]) for row in rows])


def all_parts() -> list[Part]:
    """Every table that the models define, those that others refer to first, and the search terms."""
    for module in pkgutil.walk_packages(konspekt.storage.__path__, "konspekt.storage."):  # tables of their own files
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    return [*(TablePart(table) for table in Base.metadata.sorted_tables), TermsPart()]


def leaning_on(names: Iterable[str]) -> set[str]:
    """These tables, and those whose rows go when theirs go."""
    found = set(names)
    for table in Base.metadata.sorted_tables:
        if any(key.column.table.name in found for key in table.foreign_keys):
            found.add(table.name)
    return found


# ---------------------------------------------------------------- equal, whatever the database


def without_nul(row: Row) -> Row:
    """PostgreSQL's texts cannot hold the character NUL, SQLite's can; nothing shows it."""
    if not any(isinstance(value, str) and "\0" in value for value in row.values()):
        return row
    return {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in row.items()}


def digest(rows: Iterable[Row]) -> int:
    """Of rows in any order, since the databases sort texts differently: the sum of what each row hashes to."""
    total = 0
    for row in rows:
        told = "\x1f".join(f"{name}={_told(value)}" for name, value in sorted(without_nul(row).items()))
        hashed = hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES)
        total += int.from_bytes(hashed.digest(), "big")
    return total % (1 << 8 * DIGEST_BYTES)


def _told(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return "bytes:" + bytes(value).hex()
    if isinstance(value, datetime):
        return "time:" + value.astimezone(UTC).isoformat()
    return f"{type(value).__name__}:{value}"
