"""How far a move has come, kept in the new database in the same transactions as the rows: it is never wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    MetaData,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.orm import Session

from konspekt.storage.migrations import MOVING

TABLE = Table(
    MOVING,
    MetaData(),  # no part of the schema: it is gone when the move is done
    Column("part", String(64), primary_key=True),
    Column("origin", String(64), nullable=False),  # of which database, as a hash of its address
    Column("position", JSON(none_as_null=True)),  # key of the last row that was copied
    Column("rows", BigInteger, nullable=False),
    Column("done", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one part: the key of the last row copied, how many were, and whether that is all."""

    position: list[Any] | None
    rows: int
    done: bool


def has_begun(session: Session) -> bool:
    return inspect(session.connection()).has_table(MOVING)


def begin(session: Session, origin: str, parts: list[str]) -> None:
    TABLE.create(session.connection())
    rows = [{"part": name, "origin": origin, "position": None, "rows": 0, "done": False} for name in parts]
    session.execute(insert(TABLE), rows)


def origin_of(session: Session) -> str | None:
    return session.scalar(select(TABLE.c.origin).limit(1))


def standings(session: Session) -> dict[str, Standing]:
    rows = session.execute(select(TABLE.c.part, TABLE.c.position, TABLE.c.rows, TABLE.c.done))
    return {row[0]: Standing(row[1], row[2], row[3]) for row in rows}


def advance(session: Session, part: str, standing: Standing) -> None:
    values = {"position": standing.position, "rows": standing.rows, "done": standing.done}
    session.execute(update(TABLE).where(TABLE.c.part == part).values(values))


def start_over(session: Session, part: str) -> None:
    advance(session, part, Standing(None, 0, False))


def finish(session: Session) -> None:
    session.execute(delete(TABLE))
    TABLE.drop(session.connection())
