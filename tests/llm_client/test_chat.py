"""The client against a real HTTP server: answers, failures, retries, fallbacks, stalls, and no secret in an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from konspekt.llm_client import (
    ChatModel,
    EndpointSettings,
    LLMBadRequest,
    LLMBadResponse,
    LLMError,
    LLMQuotaExceeded,
    LLMRefused,
    LLMTimeout,
    LLMUnavailable,
    Message,
)
from tests.fakes.openai_server import FakeOpenAIServer, Reply

QUESTION: list[Message] = [{"role": "user", "content": "a private question"}]
KEY = "sk-very-secret-key"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


@pytest.fixture
def server() -> Iterator[FakeOpenAIServer]:
    with FakeOpenAIServer() as running:
        yield running


@asynccontextmanager
async def chat(server: FakeOpenAIServer, **options: Any) -> AsyncIterator[ChatModel]:
    model = ChatModel(server.base_url, KEY, **{"timeout": 5.0, "max_retries": 0, **options})
    try:
        yield model
    finally:
        await model.close()


async def test_an_answer_comes_whole_with_its_usage_and_the_discovered_model(server: FakeOpenAIServer) -> None:
    server.script(Reply("Ответ из трёх"))
    async with chat(server) as model:
        completion = await model.complete(QUESTION, max_tokens=7, temperature=0.3, stop=["###"])
        assert completion.text == "Ответ из трёх"
        assert completion.finish_reason == "stop"
        assert completion.model == "fake-model"
        assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (3, 3)
        assert model.usage == completion.usage
    body = server.chats[0].body
    assert (body["max_tokens"], body["temperature"], body["stop"]) == (7, 0.3, ["###"])


async def test_response_format_reaches_the_server(server: FakeOpenAIServer) -> None:
    async with chat(server) as model:
        await model.complete(QUESTION, response_format={"type": "json_object"})
    assert server.chats[0].body["response_format"] == {"type": "json_object"}


async def test_pieces_arrive_as_they_are_written(server: FakeOpenAIServer) -> None:
    server.script(Reply(pieces=("Раз", ", два", "", " три")))
    async with chat(server, model="named") as model:
        stream = model.stream(QUESTION)
        assert [piece async for piece in stream] == ["Раз", ", два", " три"]
        assert stream.completion.text == "Раз, два три"
    assert [request.path for request in server.requests] == ["/v1/chat/completions"]  # a named model is not looked up
    assert server.chats[0].body["model"] == "named"


async def test_leaving_a_stream_stops_the_server(server: FakeOpenAIServer) -> None:
    server.script(Reply("слово " * 2000, delay=0.005))
    async with chat(server) as model:
        stream = model.stream(QUESTION)
        async for _ in stream:
            break
        await stream.aclose()
        while not server.cancelled:  # noqa: ASYNC110 - the server lives in another thread
            await asyncio.sleep(0.01)


async def test_too_many_requests_are_retried_after_the_time_the_server_names(server: FakeOpenAIServer) -> None:
    server.script(Reply(status=429, retry_after=0.05), Reply(status=500, retry_after=0.05), Reply("готово"))
    async with chat(server, max_retries=2) as model:
        assert (await model.complete(QUESTION)).text == "готово"
    assert len(server.chats) == 3


@pytest.mark.parametrize(
    ("reply", "family"),
    [
        (Reply(status=429, code="insufficient_quota", retry_after=7), LLMQuotaExceeded),
        (Reply(status=401), LLMRefused),
        (Reply(status=403), LLMRefused),
        (Reply(status=400, code="context_length_exceeded"), LLMBadRequest),
        (Reply(status=404), LLMBadRequest),
        (Reply(status=500), LLMUnavailable),
        (Reply(status=503), LLMUnavailable),
        (Reply(garbage=b"not http at all\r\n\r\n"), LLMUnavailable),
        (Reply(garbage=b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), LLMBadResponse),
        (Reply(garbage=EVENTS + b"data: {]\n\n"), LLMBadResponse),
        (
            Reply(garbage=EVENTS + b'data: {"a": 1}\n\n'),
            LLMBadResponse,
        ),
        (Reply(garbage=EVENTS + b'data: "x"\n\n'), LLMBadResponse),
        (Reply("раз два три", cut_after=2), LLMUnavailable),
        (Reply(cut_after=0), LLMError),
    ],
)
async def test_each_failure_has_its_error_without_key_or_text(
    server: FakeOpenAIServer, reply: Reply, family: type[LLMError]
) -> None:
    server.answer = lambda _body: reply
    async with chat(server) as model:
        with pytest.raises(family) as caught:
            await model.complete(QUESTION)
    message = str(caught.value)
    assert "127.0.0.1" in message
    assert KEY not in message
    assert "private" not in message
    assert "secret prompt" not in message
    assert caught.value.retry_after == reply.retry_after


async def test_nobody_listening_is_unavailable() -> None:
    model = ChatModel("http://user:password@127.0.0.1:9/v1", KEY, "m", timeout=2.0, max_retries=0)
    with pytest.raises(LLMUnavailable) as caught:
        await model.complete(QUESTION)
    assert "password" not in str(caught.value)
    await model.close()


async def test_a_silent_server_is_given_up_also_in_the_middle(server: FakeOpenAIServer) -> None:
    server.script(Reply(hang_after=0), Reply("раз два три", hang_after=2))
    async with chat(server, timeout=0.3) as model:
        with pytest.raises(LLMTimeout):
            await model.complete(QUESTION)
        stream = model.stream(QUESTION)
        with pytest.raises(LLMTimeout):
            async for _ in stream:
                pass
        assert stream.text == "раз два"


async def test_a_slow_model_is_not_a_stalled_one(server: FakeOpenAIServer) -> None:
    server.script(Reply("а б в г д е ж з и к", delay=0.1))
    async with chat(server, timeout=0.6) as model:
        assert (await model.complete(QUESTION)).text == "а б в г д е ж з и к"


async def test_an_answer_cut_in_the_middle_is_asked_for_once_more(server: FakeOpenAIServer) -> None:
    server.script(Reply("раз два три", cut_after=2), Reply("целый ответ"))
    async with chat(server) as model:
        assert (await model.complete(QUESTION)).text == "целый ответ"


async def test_the_next_endpoint_answers_and_a_failed_one_rests(server: FakeOpenAIServer) -> None:
    with FakeOpenAIServer(models=("second",)) as other:
        server.answer = lambda _body: Reply(status=503)
        other.answer = lambda _body: Reply("второй")
        async with chat(server, others=[EndpointSettings(other.base_url)]) as model:
            first, second = await model.complete(QUESTION), await model.complete(QUESTION)
        assert (first.text, first.model) == ("второй", "second")
        assert second.text == "второй"
        assert len(server.chats) == 1  # not asked again while it rests


async def test_no_fallback_once_text_was_shown(server: FakeOpenAIServer) -> None:
    server.answer = lambda _body: Reply("раз два три", cut_after=2)
    with FakeOpenAIServer() as other:
        async with chat(server, others=[EndpointSettings(other.base_url)]) as model:
            with pytest.raises(LLMUnavailable):
                async for _ in model.stream(QUESTION):
                    pass
        assert other.chats == []


async def test_an_endpoint_without_models_says_what_to_set() -> None:
    with FakeOpenAIServer(models=()) as server:
        async with chat(server) as model:
            with pytest.raises(LLMBadRequest, match="OPENAI_MODEL"):
                await model.complete(QUESTION)


def test_a_key_stays_out_of_reprs() -> None:
    assert KEY not in repr(EndpointSettings("http://user:pw@host/v1", KEY))
    assert "pw" not in repr(EndpointSettings("http://user:pw@host/v1", KEY))
