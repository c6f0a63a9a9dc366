"""Which collections of a vector engine are ours. Such an engine may be shared: what is not written here is not touched.

A name is written before its collection is made and struck out after it is gone, so a crash in between leaves nothing
that would be forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from konspekt.storage.models import Base, utc_now


class VectorCollectionRow(Base):
    __tablename__ = "vector_collections"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    place: Mapped[str] = mapped_column(String(255))  # host, port and database of the engine, without a password
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


def note_collection(session: Session, name: str, place: str) -> None:
    session.add(VectorCollectionRow(name=name, place=place))


def noted_collections(session: Session, place: str) -> Sequence[str]:
    return session.scalars(select(VectorCollectionRow.name).where(VectorCollectionRow.place == place)).all()


def strike_out(session: Session, name: str) -> None:
    session.execute(delete(VectorCollectionRow).where(VectorCollectionRow.name == name))
