"""What every response says to the browser: nothing from elsewhere, no inline script, no unasked frame."""

from __future__ import annotations

import logging

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from konspekt.web.parts import WebSettings

log = logging.getLogger(__name__)
TELEGRAM_WEB = "https://web.telegram.org"  # shows Mini Apps in a frame


def content_security_policy(frame_ancestors: str) -> str:
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {frame_ancestors}"
    )


class SecurityHeaders:
    """Adds the headers that a response does not set itself: a page that is meant for frames says its own."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self._app = app
        frames = TELEGRAM_WEB if settings.bot_token else "'none'"
        self._headers = {
            "Content-Security-Policy": content_security_policy(frames),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",  # with none at all, browsers hide a form's `Origin` from us too
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
            "Cache-Control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception:
            log.exception("a request failed: %s", scope["path"])
            if not started:
                await PlainTextResponse("500", 500)(scope, receive, with_headers)
