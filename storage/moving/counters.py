"""The counters that give out ids: in the new database they go on where those of the old one stand."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Integer, Table, func, inspect, select, text
from sqlalchemy.orm import Session

from konspekt.storage.moving.tables import Part, TablePart


def carry_over(old: Session, new: Session, parts: Sequence[Part]) -> None:
    """An id that was given out once and whose row is gone is not given out again, where the old one did not either."""
    for part in parts:
        if isinstance(part, TablePart) and _is_number(part.table):
            highest = max(_given_out(old, part.table), _given_out(new, part.table))
            if highest:
                _set(new, part.table, highest)


def _is_number(table: Table) -> bool:
    keys = list(table.primary_key.columns)
    return len(keys) == 1 and isinstance(keys[0].type, Integer)


def _given_out(session: Session, table: Table) -> int:
    key = next(iter(table.primary_key.columns))
    highest = session.scalar(select(func.max(key))) or 0
    if session.get_bind().dialect.name == "sqlite":
        if inspect(session.connection()).has_table("sqlite_sequence"):
            counter = session.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
            return max(highest, counter or 0)
        return int(highest)
    sequence = _sequence(session, table)
    if sequence is None:
        return int(highest)
    last = session.scalar(text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}"))  # noqa: S608 — the server's own name
    return max(highest, last or 0)


def _set(session: Session, table: Table, value: int) -> None:
    if session.get_bind().dialect.name == "sqlite":
        if inspect(session.connection()).has_table("sqlite_sequence"):  # only tables that never reuse an id stand there
            session.execute(
                text("UPDATE sqlite_sequence SET seq = :value WHERE name = :name"), {"value": value, "name": table.name}
            )
            if table.dialect_options["sqlite"]["autoincrement"]:
                session.execute(
                    text(
                        "INSERT INTO sqlite_sequence (name, seq) SELECT :name, :value "
                        "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :name)"
                    ),
                    {"value": value, "name": table.name},
                )
    elif (sequence := _sequence(session, table)) is not None:
        session.execute(
            text("SELECT setval(CAST(:sequence AS regclass), :value)"), {"sequence": sequence, "value": value}
        )


def _sequence(session: Session, table: Table) -> str | None:
    key = next(iter(table.primary_key.columns)).name
    found = session.scalar(
        text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": f'"{table.name}"', "column": key}
    )
    return None if found is None else str(found)
