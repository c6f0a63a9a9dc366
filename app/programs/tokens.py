"""Tokens of programs over the database: `konspekt.web.tokens.TokenStore`, and what `konspekt tokens` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from konspekt.storage.database import Database
from konspekt.storage.models import utc_now
from konspekt.storage.programs.tokens import Tokens
from konspekt.web.tokens import Holder, digest, looks_like_token, new_token


@dataclass(frozen=True, slots=True)
class TokenListed:
    """A token by its outside. `used_at` is right to the hour."""

    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class StoredTokens:
    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, name: str, scopes: Sequence[str], days: int | None = None) -> str | None:
        """The new token, which nobody can show again; None where the name is taken. `days`: until it expires."""
        token = new_token()
        expires_at = utc_now() + timedelta(days=days) if days else None
        with self._database.session() as session:
            row = Tokens(session).add(name, digest(token), scopes, expires_at)
        return token if row is not None else None

    def holder(self, token: str) -> Holder | None:
        if not looks_like_token(token):
            return None
        now = utc_now()
        with self._database.read() as session:
            row = Tokens(session).by_digest(digest(token))
            if row is None or (row.expires_at is not None and row.expires_at <= now):
                return None
            holder = Holder(row.id, row.name, frozenset(row.scopes))
            fresh = Tokens.is_fresh(row, now)
        if not fresh:
            with self._database.session() as session:
                Tokens(session).used(holder.token_id, now)
        return holder

    def listed(self) -> list[TokenListed]:
        with self._database.read() as session:
            return [
                TokenListed(row.name, tuple(row.scopes), row.created_at, row.expires_at, row.used_at)
                for row in Tokens(session).all()
            ]

    def revoke(self, name: str) -> bool:
        """False where there is none of that name."""
        with self._database.session() as session:
            return Tokens(session).revoke(name)
