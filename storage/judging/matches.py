"""The arena's pairs of answers and their votes.

A repository over one open session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from konspekt.storage.judging.models import ArenaMatchRow

Vote = Literal["left", "right", "both", "neither"]


@dataclass(frozen=True, slots=True)
class Side:
    """An answer of a pair. `citations`: as `ask --json` prints them."""

    name: str
    text: str
    citations: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Match:
    id: int
    question: str
    left: Side
    right: Side
    vote: Vote | None


class Matches:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, user_id: int, question: str, left: Side, right: Side) -> int:
        row = ArenaMatchRow(
            user_id=user_id,
            question=question,
            left_name=left.name,
            right_name=right.name,
            left=_fields(left),
            right=_fields(right),
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def of(self, user_id: int, match_id: int) -> Match | None:
        """Somebody else's pair is as if it were not there."""
        row = self._session.get(ArenaMatchRow, match_id)
        return _match(row) if row is not None and row.user_id == user_id else None

    def vote(self, user_id: int, match_id: int, vote: Vote) -> Literal["taken", "kept", "gone"]:
        """`kept`: it was voted on before, and names have been shown since: the first vote counts."""
        if vote not in get_args(Vote):
            raise ValueError(f"not a vote: {vote}")
        row = self._session.get(ArenaMatchRow, match_id, with_for_update=True)
        if row is None or row.user_id != user_id:
            return "gone"
        if row.vote is not None:
            return "kept"
        row.vote = vote
        return "taken"

    def votes(self) -> list[tuple[str, str, Vote]]:
        """Left name, right name and vote of each pair that was voted on, oldest first."""
        columns = (ArenaMatchRow.left_name, ArenaMatchRow.right_name, ArenaMatchRow.vote)
        rows: Any = self._session.execute(
            select(*columns).where(ArenaMatchRow.vote.is_not(None)).order_by(ArenaMatchRow.id)
        ).all()
        return [(left, right, vote) for left, right, vote in rows]


def _fields(side: Side) -> dict[str, Any]:
    return {"text": side.text, "citations": list(side.citations)}


def _match(row: ArenaMatchRow) -> Match:
    def side(name: str, fields: Mapping[str, Any]) -> Side:
        return Side(name, fields["text"], tuple(fields["citations"]))

    vote: Any = row.vote
    return Match(row.id, row.question, side(row.left_name, row.left), side(row.right_name, row.right), vote)
