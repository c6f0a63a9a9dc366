"""Every term of the index, with how many chunks hold it: what a question's words are recognised against."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

COUNT_POSTGRES = "SELECT term, sum(chunks) FROM chunk_terms_counts GROUP BY term"
MAKE_VIEW = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.chunk_vocabulary USING fts5vocab(main, chunk_terms, 'row')"


def term_counts(session: Session) -> dict[str, int]:
    """Term -> chunks that hold it. Reads the whole vocabulary: for once per index, not per question."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(MAKE_VIEW))  # of this connection alone; nothing is written to the database
        rows = session.execute(text("SELECT term, doc FROM temp.chunk_vocabulary"))
    else:
        rows = session.execute(text(COUNT_POSTGRES))
    return {str(term): int(count) for term, count in rows}
