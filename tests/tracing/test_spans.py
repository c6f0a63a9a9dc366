"""Traces of a question through bot, judge and model, as a collector gets them; off, and without texts, unless asked."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from konspekt.answering.answerer import Answerer
from konspekt.app.operation.traces import traces
from konspekt.app.settings import Settings, SettingsError
from konspekt.indexer.errors import NoIndexError
from konspekt.indexer.searching.search import Searcher
from konspekt.llm_client import ChatModel
from konspekt.storage.database import Database
from konspekt.tracing import spans
from tests.answering.passages import GUIDANCE, SAMPLERS, Shelf
from tests.bot.harness import running_bot
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.openai_server import FakeOpenAIServer, Reply
from tests.fakes.small_http import Request, Response, SmallServer

QUESTION = "Сколько шагов нужно сэмплеру Euler?"
ANSWER = "Euler быстрее на шаг, но ему нужно 40 шагов [1]."

pytest.importorskip("opentelemetry.sdk", reason="the extra konspekt[otel] is not installed")


class Collector:
    """What was exported: attributes by span's name, and whose child each is."""

    def __init__(self, finished: Any) -> None:
        self.spans = list(finished)
        self.by_name = {one.name: dict(one.attributes) for one in self.spans}
        names = {one.context.span_id: one.name for one in self.spans}
        self.parents = {one.name: names.get(one.parent.span_id) if one.parent else None for one in self.spans}


@pytest.fixture
def exporter() -> Iterator[Any]:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    yield InMemorySpanExporter()
    spans.stop()


async def asked(store: Database) -> None:
    with FakeBotApi() as api, FakeOpenAIServer() as server:
        server.script(Reply(ANSWER))
        model = ChatModel(server.base_url, "key", timeout=5, max_retries=0)
        answers: Any = Answerer(Shelf(SAMPLERS, GUIDANCE), model)
        async with running_bot(api, store, answers=answers) as run:
            api.private_text(7, QUESTION)
            await run.idle()
        await answers.close()
        assert "40" in api.texts(7)[0]


@pytest.mark.parametrize("texts", [False, True])
async def test_a_question_is_one_trace_and_says_what_was_asked_only_where_that_is_wanted(
    sqlite_database: Database, exporter: Any, texts: bool
) -> None:
    spans.start(texts=texts, exporter=exporter)
    await asked(sqlite_database)
    found = Collector(exporter.get_finished_spans())
    assert found.parents == {
        "konspekt.update": None,
        "konspekt.question": "konspekt.update",
        "konspekt.judge": "konspekt.question",
        "chat": "konspekt.question",
        "konspekt.send": "konspekt.question",
    }
    assert found.by_name["konspekt.update"]["konspekt.kind"] == "message"
    assert found.by_name["konspekt.judge"]["konspekt.answerable"] is True
    chat = found.by_name["chat"]
    assert (chat["gen_ai.request.model"], chat["gen_ai.usage.output_tokens"]) == ("fake-model", len(ANSWER.split()))
    said = " ".join(str(value) for one in found.by_name.values() for value in one.values())
    assert (QUESTION in said, ANSWER in said) == (texts, texts)
    assert "сэмплер" not in said or texts


def test_a_search_that_fails_says_its_kind_and_not_its_words(
    sqlite_database: Database, exporter: Any, tmp_path: Path
) -> None:
    spans.start(exporter=exporter)
    with pytest.raises(NoIndexError):
        Searcher(sqlite_database, tmp_path, HashEmbedder()).search("тайный вопрос")
    (one,) = exporter.get_finished_spans()
    assert (one.name, dict(one.attributes)) == ("konspekt.search", {"error.type": "NoIndexError"})
    assert not one.status.is_ok
    assert list(one.events) == []


async def test_work_in_another_thread_belongs_to_its_question(exporter: Any) -> None:
    spans.start(exporter=exporter)
    inner = spans.traced("inner", lambda result: {"result": result})(lambda: 5)
    with spans.span("outer"):
        assert await asyncio.to_thread(inner) == 5
    found = Collector(exporter.get_finished_spans())
    assert found.parents == {"inner": "outer", "outer": None}
    assert found.by_name["inner"] == {"result": 5}


def test_a_collector_gets_them_by_the_standard_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    got: list[Request] = []

    async def collect(request: Request) -> Response:
        got.append(request)
        return Response(b"")

    server = SmallServer(collect)
    server.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=konspekt")
    with traces(Settings(_env_file=None, traces="on")), spans.span("konspekt.question"):
        pass
    server.stop()
    (request,) = got
    assert (request.path, request.headers["x-tenant"]) == ("/v1/traces", "konspekt")
    (resource,) = ExportTraceServiceRequest.FromString(request.body).resource_spans
    assert [one.name for one in resource.scope_spans[0].spans] == ["konspekt.question"]
    assert {"konspekt"} == {one.value.string_value for one in resource.resource.attributes if one.key == "service.name"}


def test_off_it_keeps_nothing_and_needs_nothing(exporter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with traces(Settings(_env_file=None)), spans.span("a") as one:
        one.set("x", 1)
        spans.begin("b").end()
    assert exporter.get_finished_spans() == ()
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with (
        pytest.raises(SettingsError, match=r"TRACES: .*konspekt\[otel\]"),
        traces(Settings(_env_file=None, traces="on")),
    ):
        pass
