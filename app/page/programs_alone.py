"""MCP: on standard input and output, or with the HTTP API on an address of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from konspekt.app.programs.messages import say
from konspekt.app.settings import Settings

if TYPE_CHECKING:
    import socket

    from konspekt.bilingual import Bilingual


async def serve_stdio(
    settings: Settings,
    tell: Callable[[Bilingual], None],
    leave: Callable[[int], NoReturn],
    *,
    with_model: bool = True,
) -> None:
    """Until standard input closes. Whoever started it may do everything: it reads what they can read anyway.

    A signal ends it at once: then `leave` is called with the signal's number when everything is closed, because the
    thread that waits for the next line of the input can be woken by nothing else.
    """
    from konspekt.app.programs.opening import open_programs
    from konspekt.web.mcp.server import build_server

    async with open_programs(settings, tell, with_model=with_model) as programs:
        signalled: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        _on_signals(signalled)
        serving = asyncio.ensure_future(build_server(programs, lambda _ctx, _scope: None).run_stdio_async())
        either: set[asyncio.Future[Any]] = {serving, signalled}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if signalled.done():
        leave(signalled.result())
    await serving


def _on_signals(signalled: asyncio.Future[int]) -> None:
    def note(number: int) -> None:
        if not signalled.done():
            signalled.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, note, number)


def serve_listening(
    settings: Settings, listen: str, tell: Callable[[Bilingual], None], *, with_model: bool = True
) -> None:
    """Until Ctrl-C or SIGTERM. Raises WebError (the port is taken, before anything is loaded), StorageError."""
    from konspekt.app.local_model.at_hand import model_at_hand
    from konspekt.app.logs import setup_logs
    from konspekt.app.page.serving import address_of, bound
    from konspekt.web.errors import PortTaken
    from konspekt.web.parts import WebSettings

    host, _, port = listen.rpartition(":")
    own = WebSettings(host=host.strip("[]") or "0.0.0.0", port=int(port))  # noqa: S104 - ":8765" asks for it
    try:
        listening = bound(own)
    except PortTaken:
        raise PortTaken(say("mcp_port_taken", address=listen)) from None
    setup_logs(settings.log_level, settings.log_format, settings.secrets)
    model = model_at_hand(settings, tell) if with_model else contextlib.nullcontext((settings, None))
    with listening, model as (chosen, _):
        tell(say("mcp_at", url=address_of(own, listening)))
        asyncio.run(_serve(chosen, own.host, listening, with_model))


async def _serve(settings: Settings, host: str, listening: socket.socket, with_model: bool) -> None:
    from dataclasses import replace

    from konspekt.app.page.opening import open_page
    from konspekt.app.page.serving import server_for
    from konspekt.web.api.room import api
    from konspekt.web.application import create_app
    from konspekt.web.mcp.room import mcp

    # no page is served, and the rest takes tokens alone: how the page would be protected does not matter
    alone = settings.model_copy(update={"web_listen": "127.0.0.1:0", "web_url": None, "web_secret": None})
    async with open_page(alone, with_model=with_model) as parts:
        own = replace(parts.settings, host=host, url=settings.web_url)
        await server_for(create_app(replace(parts, settings=own), (api, mcp))).serve(sockets=[listening])
