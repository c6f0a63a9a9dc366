"""Tokens of programs: made, found by their digest, listed, revoked.

A repository over one open session.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from konspekt.storage.programs.models_tokens import TokenRow

USED = timedelta(hours=1)  # a use is written down at most so often: reading should not write


class Tokens:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, name: str, digest: str, scopes: Sequence[str], expires_at: datetime | None) -> TokenRow | None:
        """None where the name is taken."""
        if self._session.scalar(select(TokenRow.id).where(TokenRow.name == name)) is not None:
            return None
        row = TokenRow(name=name, digest=digest, scopes=list(scopes), expires_at=expires_at)
        self._session.add(row)
        self._session.flush()
        return row

    def by_digest(self, digest: str) -> TokenRow | None:
        return self._session.scalars(select(TokenRow).where(TokenRow.digest == digest)).first()

    def all(self) -> list[TokenRow]:
        """Oldest first."""
        return list(self._session.scalars(select(TokenRow).order_by(TokenRow.id)))

    @staticmethod
    def is_fresh(row: TokenRow, now: datetime) -> bool:
        """Whether its last use is written down well enough."""
        return row.used_at is not None and row.used_at >= now - USED

    def used(self, token_id: int, now: datetime) -> None:
        self._session.execute(update(TokenRow).where(TokenRow.id == token_id).values(used_at=now))

    def revoke(self, name: str) -> bool:
        """False where there is no such token."""
        return bool(self._session.scalars(delete(TokenRow).where(TokenRow.name == name).returning(TokenRow.id)).all())
