"""Terms in PostgreSQL: BM25 as SQLite's FTS5 computes it, without reading every chunk that holds a frequent word.

`chunk_terms_counts` and `chunk_terms_totals` are kept up to date in the transaction that changes the chunks, so a
search counts nothing. It reads the chunks of the (term, class) pairs that can add most, scores them exactly, and stops
when nothing unread can reach the best `limit` any more (Fagin's threshold algorithm over `impacts.py`).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, column, select, table, text
from sqlalchemy.orm import Session

from konspekt.storage.index.impacts import bm25, impact_classes, impact_key, most_of, rarity

FEW = 5_000  # chunks to score that are read by their ids
AT_ONCE = 500  # chunks that a statement reads; or half as many as were read before, so that few are read in vain

TERMS = table("chunk_terms", *(column(name) for name in ("chunk_id", "title", "body", "length")))

INSERT = (
    "INSERT INTO chunk_terms (chunk_id, title, body, length, terms, impacts) "
    "VALUES (:id, :title, :body, :length, :terms, :impacts)"
)
ADD_COUNTS = (
    "INSERT INTO chunk_terms_counts (term, class, chunks) SELECT * FROM "
    "unnest(CAST(:terms AS text[]), CAST(:classes AS smallint[]), CAST(:chunks AS bigint[])) "
    "ON CONFLICT (term, class) DO UPDATE SET chunks = chunk_terms_counts.chunks + excluded.chunks"
)
ADD_TOTALS = (
    "INSERT INTO chunk_terms_totals (id, chunks, length) VALUES (1, :chunks, :length) "
    "ON CONFLICT (id) DO UPDATE SET chunks = chunk_terms_totals.chunks + excluded.chunks, "
    "length = chunk_terms_totals.length + excluded.length"
)
DELETE = "DELETE FROM chunk_terms WHERE chunk_id = ANY(:ids) RETURNING title, body"


@dataclass(frozen=True, slots=True)
class List:
    """The chunks that hold a term in one class. `most`: what it can add to a score."""

    most: float
    term: str
    key: str
    size: int


def put_rows(session: Session, rows: Sequence[tuple[int, str, str]]) -> None:
    """(chunk id, terms of the title, terms of the body)."""
    values = [_row(chunk_id, title, body) for chunk_id, title, body in rows]
    session.execute(text(INSERT), values)
    _count(session, [(title, body) for _, title, body in rows], 1)


def delete_rows(session: Session, chunk_ids: Sequence[int]) -> None:
    gone = session.execute(text(DELETE), {"ids": list(chunk_ids)}).all()
    if gone:
        _count(session, [(row[0], row[1]) for row in gone], -1)


def count_everything_anew(connection: Connection) -> None:
    """For rows that an earlier version wrote: their impacts, and the counts of all."""
    last = -1
    with Session(bind=connection) as session:
        while True:
            page = text("SELECT chunk_id, title, body FROM chunk_terms WHERE chunk_id > :last ORDER BY 1 LIMIT :most")
            rows = session.execute(page, {"last": last, "most": FEW}).all()
            if not rows:
                break
            session.execute(
                text("UPDATE chunk_terms SET impacts = :impacts WHERE chunk_id = :id"),
                [{"id": row[0], "impacts": _row(row[0], row[1], row[2])["impacts"]} for row in rows],
            )
            _count(session, [(row[1], row[2]) for row in rows], 1)
            last = int(rows[-1][0])
        session.flush()


def _row(chunk_id: int, title: str, body: str) -> dict[str, Any]:
    classes = impact_classes(title, body)
    return {
        "id": chunk_id,
        "title": title,
        "body": body,
        "length": len(title.split()) + len(body.split()),
        "terms": sorted(classes),
        "impacts": sorted(impact_key(term, found) for term, found in classes.items()),
    }


def _count(session: Session, chunks: Sequence[tuple[str, str]], sign: int) -> None:
    counts: Counter[tuple[str, int]] = Counter()
    length = 0
    for title, body in chunks:
        counts.update(impact_classes(title, body).items())
        length += len(title.split()) + len(body.split())
    terms, classes = [term for term, _ in counts], [found for _, found in counts]
    session.execute(
        text(ADD_COUNTS), {"terms": terms, "classes": classes, "chunks": [sign * count for count in counts.values()]}
    )
    if sign < 0:
        forget = "DELETE FROM chunk_terms_counts WHERE chunks <= 0 AND term = ANY(:terms)"
        session.execute(text(forget), {"terms": terms})
    session.execute(text(ADD_TOTALS), {"chunks": sign * len(chunks), "length": sign * length})


def search_rows(
    session: Session, terms: Sequence[str], limit: int, among: Sequence[int] | None, within: Select[int] | None = None
) -> list[tuple[int, float]]:
    """(chunk id, BM25), best first, as `search_terms` gives it. `within`: ids of the chunks that may be found."""
    total, length = session.execute(
        text("SELECT coalesce(sum(chunks), 0), coalesce(sum(length), 0) FROM chunk_terms_totals")
    ).one()
    mean_length = float(length) / max(1, int(total)) or 1.0
    counted = session.execute(
        text("SELECT term, class, chunks FROM chunk_terms_counts WHERE term = ANY(:terms)"), {"terms": list(terms)}
    ).all()
    holding: Counter[str] = Counter()
    for row in counted:
        holding[row[0]] += int(row[2])
    rarities = {term: rarity(int(total), holding[term]) for term in terms if holding[term] > 0}
    if not rarities:
        return []
    scored: dict[int, float] = {}

    def score(condition: str, values: dict[str, Any]) -> None:
        statement = select(TERMS.c.chunk_id, TERMS.c.title, TERMS.c.body, TERMS.c.length).where(text(condition))
        if within is not None:
            statement = statement.where(TERMS.c.chunk_id.in_(within))
        for chunk_id, title, body, words in session.execute(statement, values):
            if chunk_id not in scored:
                scored[chunk_id] = bm25(rarities, title, body, words / mean_length)

    if among is not None and len(among) <= FEW:
        score(
            "chunk_id = ANY(:among) AND terms && CAST(:terms AS text[])", {"among": list(among), "terms": [*rarities]}
        )
        return _best(scored, limit)
    lists = [
        List(most_of(row[1], rarities[row[0]], mean_length), row[0], impact_key(row[0], row[1]), int(row[2]))
        for row in counted
        if row[0] in rarities and row[2] > 0
    ]
    unread = sorted(lists, key=lambda one: (-one.most, one.key))
    budget = max(AT_ONCE, 2 * limit)
    while unread and not _settled(scored, limit, unread):
        taken = _affordable(unread, budget)
        values: dict[str, Any] = {"keys": [one.key for one in unread[:taken]]}
        condition = "impacts && CAST(:keys AS text[])"
        if among is not None:
            condition, values["among"] = f"{condition} AND chunk_id = ANY(:among)", list(among)
        score(condition, values)
        unread, budget = unread[taken:], max(budget, len(scored) // 2)
    return _best(scored, limit)


def _affordable(unread: Sequence[List], budget: int) -> int:
    """How many of the lists are read in one statement: at least one."""
    size = 0
    for number, one in enumerate(unread):
        size += one.size
        if number and size > budget:
            return number
    return len(unread)


def _settled(scored: dict[int, float], limit: int, unread: Sequence[List]) -> bool:
    """Can no chunk that has not been read be among the best? It holds each term in an unread class at most."""
    if len(scored) < limit:
        return False
    most: dict[str, float] = {}
    for one in unread:
        most.setdefault(one.term, one.most)  # the highest comes first
    return heapq.nlargest(limit, scored.values())[-1] > sum(most.values())


def _best(scored: dict[int, float], limit: int) -> list[tuple[int, float]]:
    return sorted(scored.items(), key=lambda hit: (-hit[1], hit[0]))[:limit]
