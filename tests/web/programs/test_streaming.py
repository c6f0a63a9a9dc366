"""Server-sent events: in order, an error in its place, and a model that stops with its reader."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest

from konspekt.answering.answer import AnswerEvent, Partial, Status
from konspekt.bilingual import Bilingual
from konspekt.indexer.errors import NoIndexError
from konspekt.web.access.limits import Rate
from konspekt.web.api import streaming
from konspekt.web.api.streaming import events_of


async def test_an_error_after_the_first_byte_is_told_in_the_stream() -> None:
    async def answer() -> AsyncGenerator[AnswerEvent]:
        yield Status("searching")
        raise NoIndexError(Bilingual("nothing is indexed", "ничего не проиндексировано"))

    events = [event.decode() async for event in events_of(answer(), "ru")]
    assert events[0] == 'event: status\ndata: {"step": "searching"}\n\n'
    assert json.loads(events[1].split("data: ")[1]) == {
        "code": "nothing_indexed",
        "message": "ничего не проиндексировано",
    }
    assert len(events) == 2


async def test_an_error_of_the_program_is_not_told() -> None:
    async def answer() -> AsyncGenerator[AnswerEvent]:
        yield Status("searching")
        raise RuntimeError("a secret")

    events = [event.decode() async for event in events_of(answer(), "en")]
    assert "secret" not in "".join(events)
    assert '"internal"' in events[-1]


async def test_a_text_with_line_ends_is_one_event() -> None:
    async def answer() -> AsyncGenerator[AnswerEvent]:
        yield Partial("one\n\nevent: answer\ndata: {}\r\ntwo\u2028three")

    (event,) = [event.decode() async for event in events_of(answer(), "en")]
    assert event.count("\n") == 3
    assert json.loads(event.split("data: ", 1)[1])["text"].startswith("one\n\nevent")


async def test_whoever_leaves_stops_the_answer_and_who_waits_is_told_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "QUIET", 0.01)
    stopped = asyncio.Event()

    async def answer() -> AsyncGenerator[AnswerEvent]:
        try:
            yield Status("writing")
            await asyncio.sleep(3600)
        finally:
            stopped.set()

    events = events_of(answer(), "en")
    assert (await anext(events)).startswith(b"event: status")
    assert (await anext(events)).startswith(b": ping")
    await events.aclose()  # type: ignore[attr-defined]
    assert stopped.is_set()


def test_each_asker_has_a_minute_of_their_own() -> None:
    rate = Rate(2)
    assert [rate.wait("a", 0.0), rate.wait("a", 1.0), rate.wait("b", 1.0)] == [0.0, 0.0, 0.0]
    assert rate.wait("a", 2.0) == 58.0
    assert rate.wait("a", 60.5) == 0.0
