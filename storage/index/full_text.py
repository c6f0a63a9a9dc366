"""Full-text search over prepared terms: SQLite's FTS5, or `full_text_postgres.py`.

The database only stores and counts the terms; what a term is (lemma, stem, number) is decided above. A hit in the
title counts `TITLE_WEIGHT` times. Scores are BM25 in both (k1 = 1.2, b = 0.75), higher is better.
SQLite: https://www.sqlite.org/fts5.html#the_bm25_function
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from konspekt.storage.index.filters import Where
from konspekt.storage.index.full_text_postgres import FEW, delete_rows, put_rows, search_rows
from konspekt.storage.index.impacts import TITLE_WEIGHT

SLICE = 5000  # ids in one statement


@dataclass(frozen=True, slots=True)
class TermsRow:
    chunk_id: int
    title: str  # terms, separated by spaces
    body: str


def put_terms(session: Session, rows: Sequence[TermsRow]) -> None:
    if not rows:
        return
    if _is_sqlite(session):
        session.execute(
            text("INSERT INTO chunk_terms (rowid, title, body) VALUES (:id, :title, :body)"),
            [{"id": row.chunk_id, "title": row.title, "body": row.body} for row in rows],
        )
        return
    put_rows(session, [(row.chunk_id, row.title, row.body) for row in rows])


def delete_terms(session: Session, chunk_ids: Sequence[int]) -> None:
    statement = text("DELETE FROM chunk_terms WHERE rowid IN :ids").bindparams(bindparam("ids", expanding=True))
    for at in range(0, len(chunk_ids), SLICE):
        part = list(chunk_ids[at : at + SLICE])
        if _is_sqlite(session):
            session.execute(statement, {"ids": part})
        else:
            delete_rows(session, part)


def search_terms(
    session: Session,
    terms: Sequence[str],
    limit: int,
    among: Sequence[int] | None = None,
    where: Where | None = None,
) -> list[tuple[int, float]]:
    """(chunk id, BM25) of chunks that hold any of the terms, best first.

    Restricted to the chunks `among`, or to those that `where` lets through: PostgreSQL filters by itself where they are
    many.
    """
    wanted = list(dict.fromkeys(terms))
    within = None
    if where is not None and not where.everywhere:
        allowed = where.allowed if _is_sqlite(session) else where.few(FEW)
        if allowed is None:
            within = where.chunk_ids()
        else:
            among = allowed.tolist()
    if not wanted or limit <= 0 or (among is not None and not len(among)):
        return []
    if _is_sqlite(session):
        return _search_sqlite(session, wanted, limit, among)
    return search_rows(session, wanted, limit, among, within)


def _search_sqlite(
    session: Session, terms: list[str], limit: int, among: Sequence[int] | None
) -> list[tuple[int, float]]:
    match = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
    restriction = "" if among is None else "AND rowid IN (SELECT value FROM json_each(:among)) "
    rows = session.execute(
        text(
            f"SELECT rowid, -bm25(chunk_terms, {TITLE_WEIGHT}, 1.0) AS score FROM chunk_terms "  # noqa: S608 — ours
            f"WHERE chunk_terms MATCH :match {restriction}ORDER BY score DESC, rowid LIMIT :limit"
        ),
        {"match": match, "limit": limit} | ({} if among is None else {"among": str([int(i) for i in among])}),
    )
    return [(int(row[0]), float(row[1])) for row in rows]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
