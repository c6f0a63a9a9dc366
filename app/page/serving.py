"""The page on its address: alone, or beside the bot or the chat in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import uvicorn

from konspekt.app.page.opening import open_page, web_settings
from konspekt.app.settings import Settings
from konspekt.bot.http_protocol import BoundedProtocol
from konspekt.web.errors import PortTaken
from konspekt.web.messages import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from konspekt.bilingual import Bilingual
    from konspekt.web.parts import WebSettings


class PageProtocol(BoundedProtocol):
    """Readers hold a connection each while an answer is written; a file takes longer to arrive than an update."""

    most_connections = 1000
    request_seconds = 60.0


def bound(settings: WebSettings) -> socket.socket:
    """The listening socket, bound before anything is loaded. Raises PortTaken."""
    address = f"{settings.host}:{settings.port}"
    try:
        family, _, _, _, place = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(place)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        import errno

        if error.errno == errno.EADDRINUSE:
            raise PortTaken(say("port_taken", address=address)) from error
        raise PortTaken(say("cannot_listen", address=address, reason=error)) from error
    listening.listen(256)
    return listening


def address_of(settings: WebSettings, listening: socket.socket) -> str:
    """What a person types into a browser."""
    if settings.url:
        return settings.url
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listening.getsockname()[1]}"


def server_for(app: Any) -> uvicorn.Server:
    quiet: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False}
    config = uvicorn.Config(app, http=PageProtocol, ws="none", timeout_graceful_shutdown=5, **quiet)
    return uvicorn.Server(config)


def serve_page(settings: Settings, tell: Callable[[Bilingual], None], *, with_model: bool = True) -> None:
    """Until Ctrl-C or SIGTERM. Raises WebError, StorageError."""
    own = web_settings(settings)
    with bound(own) as listening:
        tell(say("page_at", url=address_of(own, listening)))
        asyncio.run(_serve(settings, listening, with_model))


async def _serve(settings: Settings, listening: socket.socket, with_model: bool) -> None:
    from konspekt.web.application import create_app

    async with open_page(settings, with_model=with_model) as parts:
        await server_for(create_app(parts)).serve(sockets=[listening])
