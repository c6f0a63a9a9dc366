"""vLLM, SGLang, llama.cpp and TGI: whatever one refuses, leaves out or breaks off, answer and error are right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from konspekt.llm_client import (
    ChatModel,
    EndpointSettings,
    LLMBadRequest,
    LLMError,
    LLMQuotaExceeded,
    LLMUnavailable,
    Message,
)
from tests.fakes.model_servers import ENGINES, THOUGHT, ModelServer

TALK: list[Message] = [{"role": "system", "content": "Будь краток."}, {"role": "user", "content": "Сколько?"}]


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest) -> Iterator[ModelServer]:
    with ModelServer(request.param) as running:
        yield running


async def asked(server: ModelServer, times: int = 1) -> ChatModel:
    model = ChatModel(server.base_url, timeout=5, max_retries=0)
    for _ in range(times):
        completion = await model.complete(TALK, max_tokens=50)
        assert completion.text.strip() == "Сорок два."
        assert completion.finish_reason == "stop"
    await model.close()
    return model


async def test_an_answer_comes_whole_and_what_was_refused_is_not_sent_again(server: ModelServer) -> None:
    model = await asked(server, 2)
    once = (0, 0) if server.engine == "tgi" else (11, 3)  # this one tells no usage
    assert (model.usage.prompt_tokens, model.usage.completion_tokens) == (2 * once[0], 2 * once[1])
    assert len(server.chats) == 2 + (server.engine in ("tgi", "llama.cpp"))  # the first of these cost a refusal


async def test_what_it_thinks_is_not_the_answer(server: ModelServer) -> None:
    server.mood = "thinking"
    model = ChatModel(server.base_url, timeout=5, max_retries=0)
    stream = model.stream(TALK, max_tokens=50)
    said = "".join([piece async for piece in stream])
    await model.close()
    assert THOUGHT not in said
    assert said.strip() == stream.text.strip() == "Сорок два."


async def failure_of(server: ModelServer) -> LLMError:
    model = ChatModel(server.base_url, timeout=5, max_retries=0)
    with pytest.raises(LLMError) as caught:
        async for _ in model.stream(TALK, max_tokens=50):
            pass
    await model.close()
    return caught.value


async def test_an_error_in_the_stream_is_no_end_of_the_answer(server: ModelServer) -> None:
    server.mood = "breaking"
    for server.broken_after in (0, 2):
        assert type(await failure_of(server)) is LLMUnavailable


async def test_a_full_server_says_so(server: ModelServer) -> None:
    server.mood = "full"
    error = await failure_of(server)
    assert type(error) is {"vllm": LLMQuotaExceeded, "tgi": LLMQuotaExceeded}.get(server.engine, LLMUnavailable)
    assert error.retry_after == (1.0 if server.engine == "vllm" else None)


async def test_a_prompt_that_is_too_long_is_a_bad_request_and_nothing_else_is_guessed(server: ModelServer) -> None:
    server.mood = "long"
    assert type(await failure_of(server)) is LLMBadRequest
    assert len(server.chats) == 1
    server.mood = "well"
    await asked(server)


async def test_another_engine_answers_in_the_place_of_one_that_is_full_or_broke(server: ModelServer) -> None:
    with ModelServer("vllm") as other:
        for server.mood in ("full", "breaking"):
            server.broken_after = 0
            model = ChatModel(server.base_url, timeout=5, max_retries=0, others=[EndpointSettings(other.base_url)])
            assert (await model.complete(TALK, max_tokens=50)).text == "Сорок два."
            await model.close()
        assert other.answered == 2
