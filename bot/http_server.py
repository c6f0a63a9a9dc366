"""The bot's own HTTP side: the webhook, /metrics and /health, on whichever addresses the settings give."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from konspekt.bot.errors import AddressInUse
from konspekt.bot.http_protocol import BoundedProtocol
from konspekt.bot.messages import say
from konspekt.bot.updates.polling import Accept
from konspekt.storage.errors import LostClaim, StorageError

log = logging.getLogger(__name__)

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
LONGEST_UPDATE = 1 << 20

Health = Callable[[], dict[str, Any]]


class Server(uvicorn.Server):
    """uvicorn inside our own loop: it leaves the signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Listening:
    """A server that runs until `close`."""

    def __init__(self, server: Server, task: asyncio.Task[None]) -> None:
        self._server, self._task = server, task

    @property
    def port(self) -> int:
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    async def close(self) -> None:
        self._server.should_exit = True
        await self._task


async def listen(address: str, routes: list[Route]) -> Listening:
    """Serves these routes at `host:port`. Raises AddressInUse."""
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        raise AddressInUse(say("no_address", address=address))
    app = Starlette(routes=routes)
    quiet: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off", "server_header": False}
    everywhere = "0.0.0.0"  # noqa: S104 - ":8080" asks for it
    place: dict[str, Any] = {"host": host.strip("[]") or everywhere, "port": int(port)}
    config = uvicorn.Config(app, **place, http=BoundedProtocol, ws="none", timeout_graceful_shutdown=5, **quiet)
    server = Server(config)
    task = asyncio.create_task(_serve(server, address))
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.01)
    return Listening(server, task)


async def _serve(server: Server, address: str) -> None:
    try:
        await server.serve()
    except SystemExit as error:  # how uvicorn says that it could not bind
        raise AddressInUse(say("address_taken", address=address)) from error


def operation_routes(health: Health) -> list[Route]:
    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def check(_: Request) -> Response:
        report = health()
        return JSONResponse(report, status_code=200 if report["ok"] else 503)

    return [Route("/metrics", metrics), Route("/health", check)]


def webhook_route(path: str, secret: str, accept: Accept) -> Route:
    """Answers 200 only when the update is stored; Telegram repeats whatever did not get a 200."""

    async def receive(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            log.warning("a webhook call without the right secret was turned away")
            return Response(status_code=403)
        body = bytearray()
        try:
            async for piece in request.stream():
                body += piece
                if len(body) > LONGEST_UPDATE:
                    return Response(status_code=413)
        except ClientDisconnect:
            return Response(status_code=400)  # for nobody: it comes again
        try:
            update = json.loads(body)
        except ValueError:
            update = None
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            return Response(status_code=400)
        try:
            await accept([update])
        except (StorageError, LostClaim) as error:
            log.warning("an update could not be stored (%s): Telegram sends it again", type(error).__name__)
            return Response(status_code=503)
        return Response(status_code=200)

    return Route(path, receive, methods=["POST"])
