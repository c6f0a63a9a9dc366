"""How often a post was seen and reacted to. Kept beside the documents: numbers that change are no change of a post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from konspekt.storage.models import Base, DocumentRow, utc_now

SLICE = 500  # ids in one statement


class PopularityRow(Base):
    __tablename__ = "popularity"

    document_id: Mapped[str] = mapped_column(String(512), primary_key=True)
    views: Mapped[int | None] = mapped_column(BigInteger)  # None: not known
    reactions: Mapped[int | None] = mapped_column(BigInteger)
    counted_at: Mapped[datetime] = mapped_column(default=utc_now)


@dataclass(frozen=True, slots=True)
class Popularity:
    """None: not known."""

    views: int | None = None
    reactions: int | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Reactions are an answer to the post, views only its audience."""
        return self.reactions or 0, self.views or 0


NOTHING_KNOWN = Popularity()


def put_read(session: Session, found: Mapping[str, Popularity]) -> None:
    """Numbers that were read with the posts. An export may be older than what is known: a number never gets smaller."""
    known = popularity_of(session, list(found))
    for document_id, new in found.items():
        old = known.get(document_id, NOTHING_KNOWN)
        _put(session, document_id, _larger(old.views, new.views), _larger(old.reactions, new.reactions))


def put_reactions(session: Session, document_id: str, reactions: int) -> None:
    """What Telegram says now."""
    old = popularity_of(session, [document_id]).get(document_id, NOTHING_KNOWN)
    _put(session, document_id, old.views, reactions)


def popularity_of(session: Session, document_ids: Sequence[str]) -> dict[str, Popularity]:
    """Document id -> its numbers, for those of which any is known."""
    found: dict[str, Popularity] = {}
    for at in range(0, len(document_ids), SLICE):
        wanted = PopularityRow.document_id.in_(document_ids[at : at + SLICE])
        for row in session.scalars(select(PopularityRow).where(wanted)):
            found[row.document_id] = Popularity(row.views, row.reactions)
    return found


def popularity_of_sources(session: Session) -> dict[str, tuple[int, Popularity]]:
    """Source id -> how many of its posts have numbers, and their sums."""
    sums = (func.count(), func.sum(PopularityRow.views), func.sum(PopularityRow.reactions))
    joined = select(DocumentRow.source_id, *sums).join(PopularityRow, PopularityRow.document_id == DocumentRow.id)
    rows = session.execute(joined.group_by(DocumentRow.source_id))
    return {row[0]: (row[1], Popularity(_whole(row[2]), _whole(row[3]))) for row in rows}


def _put(session: Session, document_id: str, views: int | None, reactions: int | None) -> None:
    session.merge(PopularityRow(document_id=document_id, views=views, reactions=reactions, counted_at=utc_now()))


def _larger(one: int | None, other: int | None) -> int | None:
    return max((number for number in (one, other) if number is not None), default=None)


def _whole(number: object) -> int | None:
    return None if number is None else int(str(number))  # PostgreSQL sums as Decimal
