"""What keeps the page from being served. Messages say what to do."""

from __future__ import annotations

from konspekt.web.messages import say
from konspekt.web.parts import WebSettings

SHORTEST_SECRET = 16  # characters


class WebError(Exception):
    """Base of what the web raises on purpose."""


class NotProtected(WebError):
    """Strangers could reach the page, and nothing would tell them from its owner."""


class PortTaken(WebError):
    """Another program listens at the address."""


def check_protected(settings: WebSettings) -> None:
    """Raises NotProtected."""
    if settings.secret is not None and len(settings.secret) < SHORTEST_SECRET:
        raise NotProtected(say("short_secret", shortest=SHORTEST_SECRET))
    if not settings.local and settings.secret is None and settings.bot_token is None:
        raise NotProtected(say("not_protected", address=settings.url or f"{settings.host}:{settings.port}"))
