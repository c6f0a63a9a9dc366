"""Sessions in a signed cookie: nothing of a visitor is kept on the server but what they asked."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

LIFE = 30 * 24 * 3600  # seconds
OWNER = 1 << 53  # Telegram's ids have at most 52 bits: this number is no person of Telegram's


@dataclass(frozen=True, slots=True)
class Session:
    """`number`: whose talks these are, a Telegram id or OWNER: who has the page's password, or sits at this machine.

    `nonce`: of this login alone.
    """

    number: int
    nonce: str

    @classmethod
    def new(cls, number: int = OWNER) -> Session:
        return cls(number, secrets.token_hex(8))

    @property
    def owner(self) -> bool:
        return self.number == OWNER


class Sessions:
    """Writes and reads the cookie. A changed key ends every session."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._signer = URLSafeTimedSerializer(
            key, salt="konspekt.session", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def written(self, session: Session) -> str:
        value = self._signer.dumps([session.number, session.nonce])
        return value if isinstance(value, str) else value.decode("ascii")

    def read(self, cookie: str | None) -> Session | None:
        """None for what was not written here, was changed, or is too old."""
        if not cookie:
            return None
        try:
            value: Any = self._signer.loads(cookie, max_age=LIFE)
            number, nonce = value
        except (BadData, ValueError, TypeError):
            return None
        return Session(int(number), str(nonce))

    def csrf(self, session: Session) -> str:
        """What a form of this session carries, and a form of another site cannot know."""
        about = f"csrf:{session.number}:{session.nonce}"
        return hmac.new(self._key, about.encode(), hashlib.sha256).hexdigest()

    def is_csrf(self, session: Session, given: str | None) -> bool:
        return hmac.compare_digest(self.csrf(session).encode(), (given or "").encode("utf-8", "replace"))
