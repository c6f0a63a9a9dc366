"""The page on its address: alone, or beside the bot or the chat in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import uvicorn

from konspekt.app.page.opening import open_page, web_settings
from konspekt.app.settings import OFF, Settings
from konspekt.bilingual import of
from konspekt.bot.http_protocol import BoundedProtocol
from konspekt.web.errors import PortTaken
from konspekt.web.messages import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from konspekt.bilingual import Bilingual
    from konspekt.indexer.embedding.embeddings import Embedder
    from konspekt.web.parts import WebParts, WebSettings

log = logging.getLogger(__name__)
STOP_SECONDS = 10.0  # for answers that are being written


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
    """Until Ctrl-C or SIGTERM. Raises WebError (a taken port before anything is loaded), StorageError."""
    from konspekt.app.local_model.at_hand import model_at_hand
    from konspekt.app.logs import setup_logs

    own = web_settings(settings)
    setup_logs(settings.log_level, settings.log_format, settings.secrets)
    with bound(own) as listening:
        model = model_at_hand(settings, tell, announced=True) if with_model else nullcontext((settings, None))
        with model as (chosen, _):
            tell(say("page_at", url=address_of(own, listening)))
            asyncio.run(_serve(chosen, listening, with_model))


def _warm_up(parts: WebParts) -> None:
    """Models are loaded before the first question needs them; an empty index has nothing to load."""
    if parts.warm_up is not None:
        try:
            parts.warm_up()
        except Exception as error:
            log.info("nothing is loaded ahead: %s", error)


async def _serve(settings: Settings, listening: socket.socket, with_model: bool) -> None:
    from konspekt.web.application import create_app

    async with open_page(settings, with_model=with_model) as parts:
        threading.Thread(target=_warm_up, args=(parts,), daemon=True, name="page-warm-up").start()
        await server_for(create_app(parts)).serve(sockets=[listening])


@contextmanager
def page_beside(settings: Settings, embedder: Embedder, tell: Callable[[Bilingual], None]) -> Iterator[None]:
    """The page in a thread of its own, beside the bot or the chat, with their embedding model.

    A port that is taken is told and costs the page alone. Raises NotProtected.
    """
    if settings.web_listen == OFF:
        yield
        return
    own = web_settings(settings)
    try:
        listening = bound(own)
    except PortTaken as error:
        tell(of(error))
        yield
        return
    with listening:
        beside = _Beside(settings, embedder, listening)
        beside.start()
        tell(say("page_at", url=address_of(own, listening)))
        try:
            yield
        finally:
            beside.stop()


class _Beside(threading.Thread):
    """Ends when told to; what goes wrong in it is logged and leaves the others at work."""

    def __init__(self, settings: Settings, embedder: Embedder, listening: socket.socket) -> None:
        super().__init__(daemon=True, name="page")
        self._settings, self._embedder, self._listening = settings, embedder, listening
        self._server: uvicorn.Server | None = None
        self._stopped = threading.Event()

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            log.exception("the page has stopped")

    async def _serve(self) -> None:
        from konspekt.web.application import create_app

        async with open_page(self._settings, embedder=self._embedder) as parts:
            self._server = server_for(create_app(parts))
            if not self._stopped.is_set():
                await self._server.serve(sockets=[self._listening])

    def stop(self) -> None:
        self._stopped.set()
        if self._server is not None:
            self._server.should_exit = True
        self.join(STOP_SECONDS)
