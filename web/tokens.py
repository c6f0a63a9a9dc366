"""By what a program is known: a token, of which only a digest is kept, and what it may do."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

Scope = Literal["search", "documents", "ask", "convert"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "konspekt_"  # so that scanners of leaked secrets can know one
LONGEST = 200  # characters that are looked at at all


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks with a token."""

    token_id: int
    name: str
    scopes: frozenset[str]


class TokenStore(Protocol):
    """Finds out whose token it is. Calls block."""

    def holder(self, token: str) -> Holder | None:
        """None for an unknown, revoked or expired one."""
        ...


def new_token() -> str:
    """256 random bits: nothing to guess, so a plain digest of it is enough."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def looks_like_token(text: str) -> bool:
    """Anything else is refused without asking the database."""
    return text.startswith(PREFIX) and len(text) <= LONGEST and text.isascii()


def bearer(header: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` header."""
    kind, _, token = (header or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None
