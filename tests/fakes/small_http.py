"""A small HTTP/1.1 server for fakes: whatever request arrived whole is worked off, even if the client is gone by then.

That is how a real server behind a buffering proxy behaves, and what a killed client must reckon with. (The usual
Python servers drop a request whose client disappears before its handler has read it.)
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
           429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """`content`: JSON, or the bytes of a file. `cut`: the connection ends in the middle of the answer."""

    content: Any
    status: int = 200
    cut: bool = False


Handler = Callable[[Request], Awaitable[Response]]


class SmallServer:
    """Serves `handler` from a thread of its own until `stop`."""

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self._handler, self._tls = handler, tls
        self._connections: set[asyncio.Task[None]] = set()
        self._started = threading.Event()
        self._stopped: asyncio.Event
        self.loop: asyncio.AbstractEventLoop
        self.port = 0

    def start(self, port: int = 0) -> None:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main(port)), daemon=True, name="small-http")
        self._thread.start()
        if not self._started.wait(10):
            raise RuntimeError("the server did not start")

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(timeout=10)

    async def _main(self, port: int) -> None:
        self.loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", port, backlog=512, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stopped.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while (request := await _read(reader)) is not None:
                response = await self._handler(request)
                content = response.content
                if not isinstance(content, bytes):
                    content = json.dumps(content).encode()
                status = f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'X')}"
                kind = "content-type: application/json"
                writer.write(f"{status}\r\n{kind}\r\ncontent-length: {len(content)}\r\n\r\n".encode())
                if response.cut:
                    break
                writer.write(content)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next whole request; None when the client has closed."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
