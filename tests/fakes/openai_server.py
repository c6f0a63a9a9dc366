"""A scriptable OpenAI-compatible server over real HTTP on loopback.

    with FakeOpenAIServer() as server:
        server.script(Reply(status=429, retry_after=0.1), Reply("Привет [1]."))
        model = ChatModel(server.base_url, "key")

Replies are taken in order; when none is left, `server.answer` decides from the request (default: a short text).
Every request that arrived is in `server.requests`. It speaks sockets itself, because hanging, cutting a connection
in the middle and answering garbage are what a web framework prevents.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What to do with one chat request.

    `text` is streamed in `pieces` (default: word by word) with `delay` seconds before each. `cut_after`: close the
    connection after so many pieces. `hang_after`: stay silent after so many pieces until the client leaves.
    `status` other than 200 answers with an OpenAI error of `code`, `message` and `param`; `garbage` answers with
    these raw bytes instead.
    """

    text: str = "Ответ."
    pieces: tuple[str, ...] | None = None
    delay: float = 0.0
    status: int = 200
    code: str = "fake_error"
    message: str = "secret prompt text"
    param: str | None = None
    retry_after: float | None = None
    cut_after: int | None = None
    hang_after: int | None = None
    garbage: bytes | None = None
    finish_reason: str = "stop"

    def split(self) -> list[str]:
        if self.pieces is not None:
            return list(self.pieces)
        words = self.text.split(" ")
        return [word if number == 0 else " " + word for number, word in enumerate(words)]


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: Body = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        return "\n".join(message["content"] for message in self.body.get("messages", []))


class FakeOpenAIServer:
    """Runs in a thread of its own; `cancelled` counts clients that left before their answer was complete."""

    def __init__(self, models: tuple[str, ...] = ("fake-model",)) -> None:
        self.models = models
        self.requests: list[Request] = []
        self.cancelled = 0
        self.answer: Callable[[Body], Reply] = lambda _body: Reply()
        self._script: deque[Reply] = deque()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self.port = 0

    def script(self, *replies: Reply) -> None:
        self._script.extend(replies)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def chats(self) -> list[Request]:
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read_request(reader)) is not None:
                self.requests.append(request)
                await self._respond(request, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.cancelled += 1
        except _Cut:
            pass
        finally:
            writer.close()

    async def _respond(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if request.path.endswith("/models"):
            listed = [{"id": name, "object": "model", "created": 0, "owned_by": "fake"} for name in self.models]
            return await _send(writer, 200, {"object": "list", "data": listed})
        reply = self._script.popleft() if self._script else self.answer(request.body)
        if reply.garbage is not None:
            writer.write(reply.garbage)
            await writer.drain()
            raise _Cut
        if reply.status != 200:
            error = {"message": reply.message, "type": "fake", "code": reply.code, "param": reply.param}
            return await _send(writer, reply.status, {"error": error}, reply.retry_after)
        if request.body.get("stream"):
            return await self._stream(reply, request, reader, writer)
        await asyncio.sleep(reply.delay)
        return await _send(writer, 200, _completion(reply, request))

    async def _stream(
        self, reply: Reply, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        pieces = reply.split()
        for number, piece in enumerate(pieces):
            if reply.cut_after == number:
                await writer.drain()
                raise _Cut
            if reply.hang_after == number:
                await _until_client_leaves(reader)
            await asyncio.sleep(reply.delay)
            await _event(writer, _chunk(request, piece, None))
            if reader.at_eof():
                raise ConnectionResetError
        await _event(writer, _chunk(request, None, reply.finish_reason))
        if request.body.get("stream_options", {}).get("include_usage"):
            await _event(writer, {**_chunk(request, None, None), "choices": [], "usage": _usage(request, len(pieces))})
        await _event(writer, "[DONE]")
        writer.write(b"0\r\n\r\n")
        await writer.drain()


class _Cut(Exception):
    """Leave the client with half an answer."""


async def _until_client_leaves(reader: asyncio.StreamReader) -> None:
    while await reader.read(1024):
        pass
    raise ConnectionResetError


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(first.split(" ")[1], headers, json.loads(raw) if raw else {})


async def _send(writer: asyncio.StreamWriter, status: int, body: Body, retry_after: float | None = None) -> None:
    raw = json.dumps(body).encode()
    extra = f"Retry-After: {retry_after:g}\r\n" if retry_after is not None else ""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{extra}Content-Length: {len(raw)}\r\n\r\n"
    writer.write(head.encode() + raw)
    await writer.drain()


async def _event(writer: asyncio.StreamWriter, data: Body | str) -> None:
    raw = f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()
    writer.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
    await writer.drain()


def _usage(request: Request, pieces: int) -> Body:
    prompt = len(request.prompt.split())
    return {"prompt_tokens": prompt, "completion_tokens": pieces, "total_tokens": prompt + pieces}


def _chunk(request: Request, piece: str | None, finish_reason: str | None) -> Body:
    delta = {"role": "assistant", "content": piece} if piece is not None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {
        "id": "fake",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": request.body.get("model", ""),
        "choices": [choice],
    }


def _completion(reply: Reply, request: Request) -> Body:
    message = {"role": "assistant", "content": reply.text}
    return {
        "id": "fake",
        "object": "chat.completion",
        "created": 0,
        "model": request.body.get("model", ""),
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "usage": _usage(request, len(reply.split())),
    }
