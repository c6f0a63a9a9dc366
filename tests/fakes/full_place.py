"""A database with rows in every table that there is, and what such a database holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, DateTime, Float, Integer, LargeBinary, String, Table, insert, select, text, true
from sqlalchemy import Text as TextType
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from konspekt.storage.database import Database
from konspekt.storage.index.full_text import TermsRow, put_terms
from konspekt.storage.models import UtcDateTime
from konspekt.storage.moving.tables import TablePart, all_parts

START = datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=UTC)


def tables() -> list[Table]:
    """Of the schema, those that others refer to first."""
    return [part.table for part in all_parts() if isinstance(part, TablePart)]


def fill(database: Database, count: int, first: int = 1) -> None:
    """`count` rows in every table, numbered from `first`; every third value that may be missing is."""
    with database.session() as session:
        for table in tables():
            session.execute(insert(table), [_row(table, number) for number in range(first, first + count)])
        put_terms(session, [TermsRow(n, f"пост{n}", f"слово{n} общее") for n in range(first, first + count)])


def _row(table: Table, number: int) -> dict[str, Any]:
    return {
        column.name: None
        if column.nullable and number % 3 == 0
        else _value(column.name, column.type, number, keyed=column.primary_key or bool(column.foreign_keys))
        for column in table.columns
    }


def _value(name: str, kind: TypeEngine[Any], number: int, *, keyed: bool) -> Any:
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, Integer):
        return number if keyed else number * 3
    if isinstance(kind, Float):
        return number / 7
    if isinstance(kind, DateTime | UtcDateTime):
        return START + timedelta(hours=number)
    if isinstance(kind, JSON):
        return {"ё": [number, None, 1.5], "text": "a\n\x00"}
    if isinstance(kind, LargeBinary):
        return number.to_bytes(4, "little") + b"\x00\xff"
    assert isinstance(kind, String | TextType), f"a column {name} of a new type: teach the test {kind!r}"
    if keyed and not (kind.length and kind.length < 12):
        return f"ключ/{number}"  # what a column of another table refers to, by its number
    return f"{number}"[: kind.length] if kind.length and kind.length < 12 else f"{name} ё «{number}»"


def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as Python has it, and of JSON also whether it is missing or `null`."""
    with database.read() as session:
        found = {table.name: sorted(map(tuple, session.execute(_with_nulls(table))), key=repr) for table in tables()}
        column = "rowid" if database.is_sqlite else "chunk_id"
        terms = session.execute(text(f"SELECT {column}, title, body FROM chunk_terms ORDER BY 1"))
        return found | {"chunk_terms": list(map(tuple, terms))}


def _with_nulls(table: Table) -> Any:
    columns = [column for column in table.columns if isinstance(column.type, JSON)]
    return select(*table.columns, *(column.is_(None) == true() for column in columns))


def next_id(session: Session, table: Table) -> int:
    """Which number the database itself gives the next row."""
    key = next(iter(table.primary_key.columns)).name
    row = {name: value for name, value in _row(table, 991).items() if name != key}
    for column in table.columns:
        if column.foreign_keys:
            row[column.name] = session.scalar(select(next(iter(column.foreign_keys)).column).limit(1))
    given = session.execute(insert(table).values(row).returning(table.c[key])).scalar_one()
    return int(given)
