"""Full-text search over prepared terms: SQLite FTS5, or a `tsvector` in PostgreSQL.

The database only stores and counts the terms; what a term is (lemma, stem, number) is decided above. A hit in the
title counts `TITLE_WEIGHT` times. Scores are BM25 in both (k1 = 1.2, b = 0.75), higher is better.
SQLite: https://www.sqlite.org/fts5.html#the_bm25_function
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.orm import Session

TITLE_WEIGHT = 2.0
K1, B = 1.2, 0.75
CANDIDATES = 500  # PostgreSQL: rows that hold the rarest words of the query, scored exactly
SLICE = 5000  # ids in one statement


@dataclass(frozen=True, slots=True)
class TermsRow:
    chunk_id: int
    title: str  # terms, separated by spaces
    body: str


CREATE_SQLITE = (
    # We make the tokens: here they are only split at spaces.
    "CREATE VIRTUAL TABLE IF NOT EXISTS chunk_terms USING fts5("
    "title, body, tokenize=\"unicode61 remove_diacritics 0 tokenchars '+#._-'\")",
)
CREATE_POSTGRES = (
    "CREATE TABLE IF NOT EXISTS chunk_terms ("
    "chunk_id bigint PRIMARY KEY, title text NOT NULL, body text NOT NULL, length integer NOT NULL, "
    "terms text[] NOT NULL)",
    "CREATE INDEX IF NOT EXISTS ix_chunk_terms ON chunk_terms USING gin (terms)",
)


def create_full_text(connection: Connection) -> None:
    for statement in CREATE_SQLITE if connection.dialect.name == "sqlite" else CREATE_POSTGRES:
        connection.exec_driver_sql(statement)


def put_terms(session: Session, rows: Sequence[TermsRow]) -> None:
    if not rows:
        return
    if _is_sqlite(session):
        session.execute(
            text("INSERT INTO chunk_terms (rowid, title, body) VALUES (:id, :title, :body)"),
            [{"id": row.chunk_id, "title": row.title, "body": row.body} for row in rows],
        )
        return
    session.execute(
        text(
            "INSERT INTO chunk_terms (chunk_id, title, body, length, terms) "
            "VALUES (:id, :title, :body, :length, :terms)"
        ),
        [
            {
                "id": row.chunk_id,
                "title": row.title,
                "body": row.body,
                "length": len(row.title.split()) + len(row.body.split()),
                "terms": sorted({*row.title.split(), *row.body.split()}),
            }
            for row in rows
        ],
    )


def delete_terms(session: Session, chunk_ids: Sequence[int]) -> None:
    column = "rowid" if _is_sqlite(session) else "chunk_id"
    statement = text(f"DELETE FROM chunk_terms WHERE {column} IN :ids")  # noqa: S608 — one of two column names
    statement = statement.bindparams(bindparam("ids", expanding=True))
    for at in range(0, len(chunk_ids), SLICE):
        session.execute(statement, {"ids": list(chunk_ids[at : at + SLICE])})


def search_terms(
    session: Session, terms: Sequence[str], limit: int, among: Sequence[int] | None = None
) -> list[tuple[int, float]]:
    """(chunk id, BM25) of chunks that hold any of the terms, best first; `among` restricts it to those chunks."""
    wanted = list(dict.fromkeys(terms))
    if not wanted or limit <= 0 or (among is not None and not len(among)):
        return []
    search = _search_sqlite if _is_sqlite(session) else _search_postgres
    return search(session, wanted, limit, among)


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


def _search_postgres(
    session: Session, terms: list[str], limit: int, among: Sequence[int] | None
) -> list[tuple[int, float]]:
    """BM25 as FTS5 computes it: PostgreSQL's own ranks do not know how rare a word is."""
    total, mean_length = session.execute(text("SELECT count(*), coalesce(avg(length), 1) FROM chunk_terms")).one()
    idf = {}
    for term in terms:
        holding = session.scalar(text("SELECT count(*) FROM chunk_terms WHERE terms @> ARRAY[:t]"), {"t": term}) or 0
        if holding:
            idf[term] = max(1e-6, math.log((total - holding + 0.5) / (holding + 0.5)))
    if not idf:
        return []
    restriction = "" if among is None else "AND chunk_id = ANY(:among) "
    names = {f"t{i}": term for i, term in enumerate(idf)}
    rarity = " + ".join(f"(terms @> ARRAY[:{name}])::int * {idf[term]:.6f}" for name, term in names.items())
    rows = session.execute(
        text(
            f"SELECT chunk_id, title, body, length FROM chunk_terms WHERE terms && :all {restriction}"  # noqa: S608 — ours
            f"ORDER BY {rarity} DESC, chunk_id LIMIT :limit"
        ),
        {"all": list(idf), "limit": max(limit, CANDIDATES), **names}
        | ({} if among is None else {"among": [int(i) for i in among]}),
    )
    scored = [(int(row[0]), _bm25(idf, row[1], row[2], row[3] / float(mean_length))) for row in rows]
    return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:limit]


def _bm25(idf: dict[str, float], title: str, body: str, relative_length: float) -> float:
    in_title, in_body = Counter(title.split()), Counter(body.split())
    score = 0.0
    for term, weight in idf.items():
        frequency = TITLE_WEIGHT * in_title[term] + in_body[term]
        score += weight * frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * relative_length))
    return score


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
