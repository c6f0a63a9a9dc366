"""Neither a server that we ask nor a client that asks us can hold the bot for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from telegram.error import TimedOut

import konspekt.bot.http_protocol
import konspekt.bot.wire.request
from konspekt.bot.http_server import LONGEST_UPDATE, Listening, listen, webhook_route
from konspekt.bot.wire.request import Wire
from tests.fakes.slow_server import BEGINNINGS, slow_server

HEAD = b"POST /hook HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: s\r\n"


@pytest.mark.parametrize("way", BEGINNINGS)
async def test_an_answer_of_the_bot_api_that_never_ends_is_given_up(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.wire.request, "SLOWEST", 0.3)
    wire = Wire(read_timeout=60)
    await wire.initialize()
    try:
        with slow_server(way) as url, pytest.raises(TimedOut):
            await wire.do_request(url=url, method="POST", read_timeout=0.1 if way == "silent" else None)
    finally:
        await wire.shutdown()


async def serving(taken: list[Any]) -> Listening:
    async def accept(batch: Any) -> int:
        taken.extend(batch)
        return len(batch)

    async def hello(_: Any) -> PlainTextResponse:
        return PlainTextResponse("hello")

    return await listen("127.0.0.1:0", [webhook_route("/hook", "s", accept), Route("/", hello)])


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ",
        HEAD,
        HEAD + b"Content-Length: 50\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT",  # after a request that was answered
    ],
)
async def test_a_request_that_never_ends_is_closed(start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a byte of it comes."""
    monkeypatch.setattr(konspekt.bot.http_protocol.BoundedProtocol, "request_seconds", 0.3)
    taken: list[Any] = []
    server = await serving(taken)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(start)

        async def drip() -> None:
            while start:
                await asyncio.sleep(0.02)
                writer.write(b"a")

        dripping = asyncio.create_task(drip())
        try:
            while await reader.read(65536):
                pass
        except ConnectionError:
            pass  # closed without ceremony
        finally:
            dripping.cancel()
            writer.close()
        assert taken == []
    finally:
        await server.close()


async def test_connections_over_the_number_are_closed_and_the_port_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.http_protocol.BoundedProtocol, "most_connections", 5)
    server = await serving([])
    try:
        held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(5)]
        with pytest.raises(OSError):
            await _get(server.port)
        held[0][1].close()
        await held[0][1].wait_closed()
        await asyncio.sleep(0.05)
        assert b"200 OK" in await _get(server.port)
        for _, writer in held[1:]:
            writer.close()
    finally:
        await server.close()


async def test_an_update_larger_than_any_is_refused_before_it_is_all_read() -> None:
    taken: list[Any] = []
    server = await serving(taken)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % (LONGEST_UPDATE * 10) + b"a" * (LONGEST_UPDATE + 1))
        assert b"413" in await reader.readline()
        writer.close()
        assert taken == []
    finally:
        await server.close()


async def test_an_ordinary_update_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Any] = []
    server = await serving(taken)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for number in (1, 2):  # on one connection
            body = b'{"update_id": %d}' % number
            writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert b"200" in await reader.readuntil(b"\r\n\r\n")
        writer.close()
    finally:
        await server.close()
    assert taken == [{"update_id": 1}, {"update_id": 2}]


async def _get(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    if not answer:
        raise ConnectionResetError
    return answer
