"""HTTP connections that cannot be held for ever: a bounded number of them, and a deadline for each whole request.

uvicorn waits indefinitely for the head of a request, and for its body. Whoever opens a connection and sends a byte now
and then would hold it, and three hundred of them the port.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 10.0  # from a request's first chance to come until its last byte; a proxy in front needs far less
MOST_CONNECTIONS = 200  # Telegram opens at most a hundred to a webhook


class BoundedProtocol(H11Protocol):
    """Closes a connection whose request is not there in time, and what is over the number at once."""

    most_connections = MOST_CONNECTIONS
    request_seconds = REQUEST_SECONDS
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.abort()
            return
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """The clock runs while a request is awaited or arriving, however often a byte of it comes."""
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete and not cycle.more_body:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.request_seconds, self._too_late)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self.transport is not None and not self.transport.is_closing():
            self.transport.abort()
