"""How many indexed chunks hold a term: the raw material of a word's rarity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from konspekt.storage.index.vocabulary import MAKE_VIEW

_HOLDERS_SQLITE = "SELECT rowid FROM chunk_terms WHERE chunk_terms MATCH :term LIMIT :limit"
_HOLDERS_POSTGRES = "SELECT chunk_id FROM chunk_terms WHERE terms @> ARRAY[CAST(:term AS text)] LIMIT :limit"


def count_chunks(session: Session) -> int:
    sqlite = session.get_bind().dialect.name == "sqlite"
    statement = "SELECT count(*) FROM chunk_terms" if sqlite else "SELECT sum(chunks) FROM chunk_terms_totals"
    return int(session.scalar(text(statement)) or 0)


def count_chunks_with(session: Session, terms: Iterable[str]) -> dict[str, int]:
    """Chunks that hold each term, as `konspekt.storage.index.full_text` stores it (title and text together)."""
    if session.get_bind().dialect.name == "sqlite":
        statement = text("SELECT count(*) FROM chunk_terms WHERE chunk_terms MATCH :term")
        return {term: _count(session, statement, '"' + term.replace('"', '""') + '"') for term in terms}
    statement = text("SELECT sum(chunks) FROM chunk_terms_counts WHERE term = CAST(:term AS text)")
    return {term: _count(session, statement, term) for term in terms}


def mean_length(session: Session) -> float:
    """Terms of a chunk, title and text together, on average. Reads the whole vocabulary: for once per reindex."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(MAKE_VIEW))
        total = session.scalar(text("SELECT sum(cnt) FROM temp.chunk_vocabulary")) or 0
        return float(total) / max(1, count_chunks(session)) or 1.0
    return float(session.scalar(text("SELECT coalesce(avg(length), 1) FROM chunk_terms")) or 1.0)


def chunks_with(session: Session, term: str, at_most: int) -> NDArray[np.int64]:
    """Sorted ids [n] of chunks that hold the term, of no more than `at_most` of them."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    statement = text(_HOLDERS_SQLITE if sqlite else _HOLDERS_POSTGRES)
    quoted = '"' + term.replace('"', '""') + '"' if sqlite else term
    rows = session.execute(statement, {"term": quoted, "limit": at_most}).all()
    return np.sort(np.array([row[0] for row in rows], np.int64))


def terms_of_chunks(session: Session, chunk_ids: Sequence[int]) -> dict[int, tuple[list[str], list[str]]]:
    """Chunk id -> the terms of its title and those of its text, in order."""
    column = "rowid" if session.get_bind().dialect.name == "sqlite" else "chunk_id"
    statement = text(f"SELECT {column}, title, body FROM chunk_terms WHERE {column} IN :ids")  # noqa: S608 — one of two names
    rows = session.execute(statement.bindparams(bindparam("ids", expanding=True)), {"ids": list(chunk_ids)})
    return {int(row[0]): (row[1].split(), row[2].split()) for row in rows}


def next_terms(session: Session, after: int, count: int) -> list[tuple[int, str, str]]:
    """(chunk id, title's terms, text's terms) of the chunks after this one, in order of id."""
    column = "rowid" if session.get_bind().dialect.name == "sqlite" else "chunk_id"
    statement = text(
        f"SELECT {column}, title, body FROM chunk_terms WHERE {column} > :after ORDER BY {column} LIMIT :count"  # noqa: S608 — one of two names
    )
    return [(int(row[0]), row[1], row[2]) for row in session.execute(statement, {"after": after, "count": count})]


def _count(session: Session, statement: TextClause, term: str) -> int:
    return int(session.scalar(statement, {"term": term}) or 0)
