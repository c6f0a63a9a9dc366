"""How many indexed chunks hold a term: the raw material of a word's rarity."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session


def count_chunks(session: Session) -> int:
    return int(session.scalar(text("SELECT count(*) FROM chunk_terms")) or 0)


def count_chunks_with(session: Session, terms: Iterable[str]) -> dict[str, int]:
    """Chunks that hold each term, as `konspekt.storage.index.full_text` stores it (title and text together)."""
    if session.get_bind().dialect.name == "sqlite":
        statement = text("SELECT count(*) FROM chunk_terms WHERE chunk_terms MATCH :term")
        return {term: _count(session, statement, '"' + term.replace('"', '""') + '"') for term in terms}
    statement = text("SELECT count(*) FROM chunk_terms WHERE terms @> ARRAY[CAST(:term AS text)]")
    return {term: _count(session, statement, term) for term in terms}


def _count(session: Session, statement: TextClause, term: str) -> int:
    return int(session.scalar(statement, {"term": term}) or 0)
