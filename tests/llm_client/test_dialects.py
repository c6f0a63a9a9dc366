"""Endpoints that refuse a parameter answer all the same, and are asked rightly the next time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from konspekt.llm_client import (
    ChatModel,
    Completion,
    LLMBadRequest,
    LLMFiltered,
    LLMUnavailable,
    Message,
)
from konspekt.llm_client.dialect import Dialect, Refusal, without_system
from tests.fakes.openai_server import FakeOpenAIServer, Reply

TALK: list[Message] = [{"role": "system", "content": "Будь краток."}, {"role": "user", "content": "Сколько?"}]
Refuses = Callable[[dict[str, Any]], Reply | None]
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@pytest.fixture
def server() -> Iterator[FakeOpenAIServer]:
    with FakeOpenAIServer() as running:
        yield running


async def asked_twice(server: FakeOpenAIServer, refuses: Refuses, **options: Any) -> list[Completion]:
    server.answer = lambda body: refuses(body) or Reply("Сорок.")
    model = ChatModel(server.base_url, "key", timeout=5, max_retries=0)
    found = [await model.complete(TALK, max_tokens=7, **options) for _ in range(2)]
    await model.close()
    return found


def refusing(name: str, **error: Any) -> Refuses:
    return lambda body: Reply(**{"status": 400, **error}) if name in body else None


NAMED = "Unsupported parameter: '{0}' is not supported with this model."
NESTED = '{{"detail":[{{"type":"extra_forbidden","loc":["body","{0}"]}}]}}'


@pytest.mark.parametrize(
    "error",
    [
        {"code": "unsupported_parameter", "param": "{0}", "message": NAMED},
        {"code": "unsupported_value", "param": "{0}", "message": "Only the default (1) value is supported."},
        {"message": NAMED},
        {"status": 422, "message": NESTED},
        {"code": "unsupported_parameter"},  # names nothing
        {},
    ],
    ids=["openai", "value", "message", "pydantic", "unnamed", "dumb"],
)
@pytest.mark.parametrize("name", ["max_tokens", "temperature", "stream_options", "stop"])
async def test_a_refused_parameter_is_left_out_or_renamed_and_that_is_remembered(
    server: FakeOpenAIServer, name: str, error: dict[str, Any]
) -> None:
    told = {key: value.format(name) if isinstance(value, str) else value for key, value in error.items()}
    answers = await asked_twice(server, refusing(name, **told), stop=["###"])
    assert [answer.text for answer in answers] == ["Сорок.", "Сорок."]
    refused = [chat for chat in server.chats if name in chat.body]
    assert len(refused) == 1 or not error or error == {"code": "unsupported_parameter"}
    last = server.chats[-1].body
    assert name not in last
    if name == "max_tokens":
        assert last["max_completion_tokens"] == 7
    assert len(server.chats) - len(refused) == 2  # the second answer cost one request


async def test_two_refusals_one_after_the_other_are_both_learned(server: FakeOpenAIServer) -> None:
    def refuses(body: dict[str, Any]) -> Reply | None:
        for name in ("max_tokens", "temperature"):
            if name in body:
                return Reply(status=400, code="unsupported_parameter", param=name)
        return None

    await asked_twice(server, refuses)
    assert len(server.chats) == 4
    assert not {"max_tokens", "temperature"} & set(server.chats[-1].body)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "System role not supported"),
        (400, "Conversation roles must alternate user/assistant/user/assistant/..."),
        (400, "Developer instruction is not enabled for models/gemma-3-27b-it"),
        (400, "Only user and assistant roles are supported!"),
        (400, "bad request"),
        (500, "jinja: System role not supported"),
    ],
)
async def test_a_refused_system_role_goes_into_the_users_message(
    server: FakeOpenAIServer, status: int, message: str
) -> None:
    def refuses(body: dict[str, Any]) -> Reply | None:
        return Reply(status=status, message=message) if body["messages"][0]["role"] == "system" else None

    await asked_twice(server, refuses)
    assert len(server.chats) == 3
    assert server.chats[-1].body["messages"] == [{"role": "user", "content": "Будь краток.\n\nСколько?"}]
    assert "max_tokens" in server.chats[-1].body


@pytest.mark.parametrize("code", ["context_length_exceeded", "model_not_found"])
async def test_what_no_parameter_is_guilty_of_is_not_tried_again(server: FakeOpenAIServer, code: str) -> None:
    server.answer = lambda _body: Reply(status=400, code=code, message="max_tokens and temperature")
    model = ChatModel(server.base_url, "key", timeout=5, max_retries=0)
    with pytest.raises(LLMBadRequest):
        await model.complete(TALK)
    await model.close()
    assert len(server.chats) == 1


async def test_guesses_that_never_help_are_made_once(server: FakeOpenAIServer) -> None:
    server.answer = lambda _body: Reply(status=400)
    model = ChatModel(server.base_url, "key", timeout=5, max_retries=0)
    counts = []
    for _ in range(2):
        with pytest.raises(LLMBadRequest):
            await model.complete(TALK)
        counts.append(len(server.chats))
    await model.close()
    assert counts[1] == counts[0] + 1


async def test_parameters_beyond_openais_are_left_out_where_they_are_refused(server: FakeOpenAIServer) -> None:
    refuses = refusing("guided_regex", message="Unrecognized request argument supplied: guided_regex")
    await asked_twice(server, refuses, extra={"guided_regex": "[0-9]+"})
    assert server.chats[0].body["guided_regex"] == "[0-9]+"
    assert "guided_regex" not in server.chats[-1].body
    assert len(server.chats) == 3


async def test_the_limit_is_kept_here_where_the_endpoint_takes_none(server: FakeOpenAIServer) -> None:
    def refuses(body: dict[str, Any]) -> Reply | None:
        named = next((name for name in ("max_tokens", "max_completion_tokens") if name in body), None)
        return Reply(status=400, param=named) if named else Reply("раз " * 50)

    answers = await asked_twice(server, refuses)
    assert answers[0].text.split() == ["раз"] * 7
    assert answers[0].finish_reason == "length"


def test_a_context_that_is_too_small_for_thinking_gets_less_room() -> None:
    dialect = Dialect(reasons=True)
    sent = dialect.body({"messages": TALK, "max_tokens": 400})
    smaller = dialect.after(Refusal(400, "context_length_exceeded"), sent)
    assert smaller is not None
    assert smaller.room < dialect.room
    assert Dialect().after(Refusal(400, "context_length_exceeded"), sent) is None


def test_a_talk_without_a_users_turn_keeps_its_system_text() -> None:
    assert without_system([{"role": "system", "content": "a"}]) == [{"role": "user", "content": "a"}]
    assert without_system([{"role": "user", "content": "b"}]) == [{"role": "user", "content": "b"}]


@pytest.mark.parametrize("partly", ["", "Сорок"])
async def test_a_content_filter_is_told_as_one(server: FakeOpenAIServer, partly: str) -> None:
    server.answer = lambda _body: Reply(pieces=(partly,) if partly else (), finish_reason="content_filter")
    model = ChatModel(server.base_url, "key", timeout=5, max_retries=0)
    with pytest.raises(LLMFiltered, match="filter"):
        await model.complete(TALK)
    server.answer = lambda _body: Reply(status=400, code="content_filter")
    with pytest.raises(LLMFiltered, match="filter"):
        await model.complete(TALK)
    await model.close()


def _event(**delta: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


async def test_an_end_without_a_reason_is_whole_only_where_the_stream_says_done(server: FakeOpenAIServer) -> None:
    done = Reply(garbage=EVENTS + _event(content="Сорок.") + b"data: [DONE]\n\n")
    died = Reply(garbage=EVENTS + _event(content="Сор"))
    server.script(done, died, died)
    model = ChatModel(server.base_url, "key", timeout=5, max_retries=0)
    completion = await model.complete(TALK)
    assert (completion.text, completion.finish_reason) == ("Сорок.", None)
    with pytest.raises(LLMUnavailable, match="before the answer was complete"):
        await model.complete(TALK)
    await model.close()


async def test_thinking_in_fields_and_parts_of_its_own_is_no_text(server: FakeOpenAIServer) -> None:
    done = b"data: [DONE]\n\n"
    field = EVENTS + _event(role="assistant", reasoning_content="хм") + _event(reasoning="ещё") + _event(content="Да.")
    part = {"type": "thinking", "thinking": [{"type": "text", "text": "хм"}]}
    parts = EVENTS + _event(content=[part]) + _event(content=[{"type": "text", "text": "Да."}])
    server.script(Reply(garbage=field + done), Reply(garbage=parts + done))
    model = ChatModel(server.base_url, "key", timeout=5, max_retries=0)
    assert [(await model.complete(TALK)).text for _ in range(2)] == ["Да.", "Да."]
    await model.close()
