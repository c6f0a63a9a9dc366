"""The HTTP side of the bot: python-telegram-bot's own request class, with three things added.

- It tells a `Shipment` the moment before a request's body leaves and the moment the server accepted it. What was
  about to be sent is written down in between, so that a killed process leaves the smallest possible doubt.
- A server that answers 200 with `"ok": false` is understood.
- No address is ever logged: it holds the token.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpx
from telegram.error import TelegramError, TimedOut
from telegram.request import HTTPXRequest

from konspekt.bot.wire.sockets import PromptBackend

SLOWEST = 120.0  # seconds: a file of 50 MB over a slow line, and a wait for a free connection
LEAVING = "http11.send_request_body.started"  # httpcore's name of the moment: connected, headers gone, body not yet


@dataclass(slots=True)
class Shipment:
    """One message on its way. `accepted` is what the server answered, even when the library cannot read it."""

    leaves: Callable[[], None]  # called right before the body is handed to the kernel
    came_back: Callable[[], None]  # the server refused it, or could not be heard
    loaded: bool = False  # connected, headers gone, only the body is left
    left: bool = False
    accepted: bool = False
    message_id: int | None = None

    def leave(self) -> None:
        if self.loaded and not self.left:
            self.leaves()
            self.left = True

    def return_(self) -> None:
        """Not sent after all. Said at once: during a flood wait that may follow there is no doubt."""
        if self.left:
            self.came_back()
        self.loaded = self.left = False


shipment: ContextVar[Shipment | None] = ContextVar("shipment", default=None)


class Wire(HTTPXRequest):
    """python-telegram-bot's HTTPX client, observed by the current `Shipment`."""

    def __init__(self, *, connections: int = 64, read_timeout: float = 30.0) -> None:
        self._prompt = True
        super().__init__(
            connection_pool_size=connections,
            read_timeout=read_timeout,
            write_timeout=20.0,
            connect_timeout=10.0,
            pool_timeout=60.0,
            httpx_kwargs={"event_hooks": {"request": [self._watch]}},
        )

    def _build_client(self) -> httpx.AsyncClient:
        """The usual client on prompt sockets. Where httpx is built otherwise, the journal is a moment earlier."""
        client = super()._build_client()
        for transport in (client._transport, *client._mounts.values()):
            pool: Any = getattr(transport, "_pool", None)
            if hasattr(pool, "_network_backend"):
                pool._network_backend = PromptBackend(_before_write)
            elif transport is not None:
                self._prompt = False
        return client

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        current = shipment.get()
        try:
            async with asyncio.timeout(_whole(kwargs)):
                status, content = await super().do_request(*args, **kwargs)
        except TimeoutError as error:
            if current is not None:
                current.return_()
            raise TimedOut("the answer did not end in time") from error
        except TelegramError:
            if current is not None:
                current.return_()
            raise
        if status < 300:
            status = _status_in_body(content)
        if current is not None and status < 300:
            current.accepted = True
            current.message_id = _message_id(content)
        elif current is not None:
            current.return_()
        if status < 300 and content.startswith(b"{") and str(kwargs.get("url", "")).endswith("/getMe"):
            content = _complete_me(content)
        return status, content

    async def _watch(self, request: httpx.Request) -> None:
        current = shipment.get()
        if current is None:
            return

        async def trace(event: str, _info: dict[str, Any]) -> None:
            if event == LEAVING:
                current.loaded = True
                if not self._prompt:
                    current.leave()

        request.extensions = {**request.extensions, "trace": trace}


def _whole(kwargs: dict[str, Any]) -> float:
    """Seconds for a whole request, heads and interim answers and slow bytes counted. A long poll waits on purpose."""
    asked = kwargs.get("read_timeout")
    return SLOWEST + (asked if isinstance(asked, int | float) else 0.0)


def _before_write() -> None:
    current = shipment.get()
    if current is not None:
        current.leave()


def _status_in_body(content: bytes) -> int:
    """200, or the `error_code` of a body that says `"ok": false` under a 200."""
    if b'"ok"' not in content[:4096] or b"false" not in content:
        return 200
    try:
        body = json.loads(content)
    except ValueError:
        return 200
    if isinstance(body, dict) and body.get("ok") is False:
        code = body.get("error_code")
        return code if isinstance(code, int) and code >= 300 else 400
    return 200


def _complete_me(content: bytes) -> bytes:
    """The bot's own description with the fields that the library insists on, for servers that leave some out."""
    try:
        body = json.loads(content)
        body["result"] = {"id": 0, "is_bot": True, "first_name": "", "username": "bot", **body["result"]}
    except (ValueError, KeyError, TypeError):
        return content
    return json.dumps(body).encode()


def _message_id(content: bytes) -> int | None:
    try:
        result = json.loads(content)["result"]
        return int(result["message_id"])
    except (ValueError, KeyError, TypeError):
        return None


def api_base(root: str) -> str:
    """`TELEGRAM_API_URL` as python-telegram-bot wants it. A trailing slash or `/bot` is tolerated."""
    return root.strip().rstrip("/").removesuffix("/bot") + "/bot"


def file_base(root: str) -> str:
    """Where that server's files are."""
    return api_base(root).removesuffix("/bot") + "/file/bot"
