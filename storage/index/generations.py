"""Index generations: which one is current. A generation becomes current in the transaction that changes the rows."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from konspekt.storage.models import IndexGenerationRow


def current_generation(session: Session) -> IndexGenerationRow | None:
    return session.scalars(
        select(IndexGenerationRow).where(IndexGenerationRow.current).order_by(IndexGenerationRow.id.desc()).limit(1)
    ).first()


def next_generation_id(session: Session) -> int:
    """Given out by whoever holds the reindex lock; the current generation has the highest id, so none returns."""
    return int(session.scalar(select(func.max(IndexGenerationRow.id))) or 0) + 1


def make_current(session: Session, generation: IndexGenerationRow) -> None:
    session.execute(update(IndexGenerationRow).values(current=False))
    generation.current = True
    session.add(generation)
    session.flush()
    session.execute(delete(IndexGenerationRow).where(IndexGenerationRow.id < generation.id))
