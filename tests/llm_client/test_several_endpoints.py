"""Several endpoints in one line: who is asked, who rests and for how long, and what a reader sees of it (nothing)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from konspekt.llm_client import (
    ChatModel,
    EndpointSettings,
    LLMBadRequest,
    LLMError,
    LLMFiltered,
    LLMNotThere,
    LLMQuotaExceeded,
    LLMRefused,
    LLMTimeout,
    LLMUnavailable,
    Message,
    MismatchedList,
    listed,
)
from konspekt.llm_client.health import FIRST_REST, LONGEST_REST, Fitness, Health
from tests.fakes.openai_server import FakeOpenAIServer, Reply

QUESTION: list[Message] = [{"role": "user", "content": "Сколько?"}]


@pytest.fixture
def first() -> Iterator[FakeOpenAIServer]:
    with FakeOpenAIServer(models=("first",)) as server:
        yield server


@pytest.fixture
def second() -> Iterator[FakeOpenAIServer]:
    with FakeOpenAIServer(models=("second",)) as server:
        yield server


@asynccontextmanager
async def both(*servers: FakeOpenAIServer, seconds: float = 5.0, max_retries: int = 2) -> AsyncIterator[ChatModel]:
    one, *others = (EndpointSettings(server.base_url, "key") for server in servers)
    model = ChatModel(one.base_url, one.api_key, timeout=seconds, max_retries=max_retries, others=others)
    try:
        yield model
    finally:
        await model.close()


def chats(*servers: FakeOpenAIServer) -> list[int]:
    return [len(server.chats) for server in servers]


async def test_the_least_busy_one_is_asked(first: FakeOpenAIServer, second: FakeOpenAIServer) -> None:
    for server in (first, second):
        server.answer = lambda _body: Reply("раз два три", delay=0.1)
    async with both(first, second) as model:
        answers = await asyncio.gather(*(model.complete(QUESTION) for _ in range(6)))
        assert {answer.text for answer in answers} == {"раз два три"}
        assert chats(first, second) == [3, 3]
        leaving = [model.stream(QUESTION) for _ in range(2)]
        for stream in leaving:  # a reader who leaves frees the place
            await anext(stream)
            await stream.aclose()
        assert [endpoint.busy for endpoint in model._pool.endpoints] == [0, 0]


@pytest.mark.parametrize("status", [429, 500, 503, 401, 404])
async def test_one_that_fails_is_not_waited_for(first: FakeOpenAIServer, second: FakeOpenAIServer, status: int) -> None:
    """Without the library's retries: another endpoint is free at once."""
    first.answer = lambda _body: Reply(status=status, retry_after=9 if status == 429 else None)
    async with both(first, second) as model:
        for _ in range(3):
            assert (await model.complete(QUESTION)).model == "second"
    assert chats(first, second) == [1, 3]


async def test_one_that_names_a_time_is_asked_again_after_it_and_not_before(
    first: FakeOpenAIServer, second: FakeOpenAIServer
) -> None:
    first.script(Reply(status=429, retry_after=0.3))
    async with both(first, second) as model:
        until = time.monotonic() + 0.3
        while (await model.complete(QUESTION)).model == "second":  # noqa: ASYNC110 - readers go on asking
            await asyncio.sleep(0.02)
        assert time.monotonic() >= until
    assert len(first.chats) == 2


async def test_when_all_are_full_the_soonest_is_waited_for(first: FakeOpenAIServer, second: FakeOpenAIServer) -> None:
    first.answer = lambda _body: Reply(status=429, retry_after=15)
    second.script(Reply(status=429, retry_after=0.2))
    async with both(first, second) as model:
        assert (await model.complete(QUESTION)).model == "second"
    assert chats(first, second) == [1, 2]


async def test_nobody_waits_for_minutes(first: FakeOpenAIServer, second: FakeOpenAIServer) -> None:
    first.answer = second.answer = lambda _body: Reply(status=429, retry_after=100)
    async with both(first, second) as model:
        for _ in range(2):
            with pytest.raises(LLMQuotaExceeded) as caught:
                await model.complete(QUESTION)
            assert 90 < (caught.value.retry_after or 0) <= 100
    assert chats(first, second) == [1, 1]


async def test_when_all_fail_the_library_tries_again(first: FakeOpenAIServer, second: FakeOpenAIServer) -> None:
    first.script(Reply(status=503), Reply(status=500, retry_after=0.01))
    second.script(Reply(status=503))
    async with both(first, second) as model:
        assert (await model.complete(QUESTION)).model == "first"
    assert chats(first, second) == [3, 1]


@pytest.mark.parametrize("reply", [Reply(hang_after=0), Reply(status=401)])
async def test_what_does_not_pass_is_tried_once_at_each(
    first: FakeOpenAIServer, second: FakeOpenAIServer, reply: Reply
) -> None:
    """A reader waits for silent servers as often as there are servers, not again and again."""
    first.answer = second.answer = lambda _body: reply
    async with both(first, second, seconds=0.3) as model:
        with pytest.raises(LLMError) as caught:
            await model.complete(QUESTION)
    assert isinstance(caught.value, LLMRefused if reply.status == 401 else LLMTimeout)
    assert chats(first, second) == [1, 1]


async def test_a_bad_request_is_asked_of_each_once_and_nobody_rests_for_it(
    first: FakeOpenAIServer, second: FakeOpenAIServer
) -> None:
    long = Reply(status=400, code="context_length_exceeded")
    first.script(long, long)
    second.script(Reply("в его окно помещается"), long)
    async with both(first, second) as model:
        assert (await model.complete(QUESTION)).model == "second"
        with pytest.raises(LLMBadRequest):
            await model.complete(QUESTION)
        assert (await model.complete(QUESTION)).model == "first"
    assert chats(first, second) == [3, 2]


async def test_a_dead_one_is_probed_when_its_rest_is_over_and_no_question_waits_for_it(
    first: FakeOpenAIServer, second: FakeOpenAIServer
) -> None:
    first.script(Reply(hang_after=0))
    async with both(first, second, seconds=0.3) as model:
        assert (await model.complete(QUESTION)).model == "second"
        dead, _ = model._pool.endpoints
        assert dead.health.fitness(time.monotonic(), 0) == Fitness.RESTING
        dead.health.rests_until = time.monotonic()  # some seconds later
        assert (await model.complete(QUESTION)).model == "second"
        await asyncio.gather(*model._pool._probes.values())  # it may be over by now
        assert dead.health.probed
        assert (await model.complete(QUESTION)).model == "first"
        assert not dead.health.unproven


async def test_a_probe_in_vain_makes_the_rest_longer() -> None:
    model = ChatModel("http://127.0.0.1:9/v1", model="m", timeout=1, others=[EndpointSettings("http://127.0.0.1:9/v1")])
    with pytest.raises(LLMUnavailable):
        await model.complete(QUESTION)
    dead, _ = model._pool.endpoints
    failures = dead.health.failures
    dead.health.rests_until = time.monotonic()
    model._pool.in_turn()
    await asyncio.gather(*model._pool._probes.values())  # it may be over by now
    assert dead.health.failures == failures + 1
    assert dead.health.rests_until > time.monotonic() + FIRST_REST
    await model.close()


async def test_the_models_name_is_another_ones_while_the_first_is_away(second: FakeOpenAIServer) -> None:
    model = ChatModel("http://127.0.0.1:9/v1", timeout=1, max_retries=0, others=[EndpointSettings(second.base_url)])
    assert await model.model_name() == "second"
    await model.close()


def rest_after(*errors: LLMError) -> float:
    health = Health()
    for error in errors:
        health.failed(error, 1000.0)
    return max(health.rests_until, health.waits_until, 1000.0) - 1000.0


def test_a_rest_grows_with_each_failure_and_ends_with_an_answer() -> None:
    down = LLMUnavailable("down")
    assert [rest_after(*[down] * times) for times in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert rest_after(*[down] * 30) == LONGEST_REST
    health = Health()
    for _ in range(4):
        health.failed(down, 1000.0)
    health.worked()
    assert health.fitness(1000.0, 0) == Fitness.FIT
    health.failed(down, 1000.0)
    assert health.rests_until == 1000.0 + FIRST_REST


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (LLMTimeout("slow"), FIRST_REST),
        (LLMRefused("key"), FIRST_REST),
        (LLMNotThere("model"), FIRST_REST),
        (LLMQuotaExceeded("full"), FIRST_REST),
        (LLMQuotaExceeded("full", retry_after=0.5), 0.5),
        (LLMQuotaExceeded("full", retry_after=3600), 3600),
        (LLMUnavailable("loading", retry_after=30), 30),
        (LLMUnavailable("loading", retry_after=1), FIRST_REST),
        (LLMBadRequest("long"), 0),
        (LLMFiltered("filter"), 0),
    ],
)
def test_how_long_each_failure_lets_rest(error: LLMError, seconds: float) -> None:
    assert rest_after(error) == seconds


def test_one_that_is_up_again_gets_one_question_at_a_time_until_it_answers() -> None:
    health = Health()
    health.failed(LLMUnavailable("down"), 1000.0)
    assert (health.fitness(1004.0, 0), health.wants_probe(1004.0)) == (Fitness.RESTING, False)
    assert (health.fitness(1006.0, 0), health.wants_probe(1006.0)) == (Fitness.RESTING, True)
    health.probed = True
    assert [health.fitness(1006.0, busy) for busy in (0, 1)] == [Fitness.FIT, Fitness.TRIED]
    health.failed(LLMUnavailable("down"), 1006.0)
    assert health.fitness(1015.0, 0) == Fitness.RESTING


@pytest.mark.parametrize(
    ("urls", "keys", "models", "expected"),
    [
        (None, "k", None, [(None, "k", None)]),
        ("http://a/v1", None, "m", [("http://a/v1", None, "m")]),
        ("http://a/v1, http://b/v1", "k", "m", [("http://a/v1", "k", "m"), ("http://b/v1", "k", "m")]),
        ("http://a/v1,http://b/v1,", "k1,k2", None, [("http://a/v1", "k1", None), ("http://b/v1", "k2", None)]),
        ("http://a/v1,http://b/v1", None, "m1, m2", [("http://a/v1", None, "m1"), ("http://b/v1", None, "m2")]),
        (" , ", "", "", [(None, None, None)]),
    ],
)
def test_a_line_is_read_with_keys_and_models_by_position_or_one_for_all(
    urls: str | None, keys: str | None, models: str | None, expected: list[tuple[str | None, str | None, str | None]]
) -> None:
    assert listed(urls, keys, models) == [EndpointSettings(*one) for one in expected]


@pytest.mark.parametrize(
    ("urls", "keys", "models", "name"),
    [("a,b,c", "k1,k2", None, "keys"), ("a,b", None, "m1,m2,m3", "models"), ("a", "k1,k2", None, "keys")],
)
def test_a_line_that_does_not_fit_says_what(urls: str, keys: str | None, models: str | None, name: str) -> None:
    with pytest.raises(MismatchedList) as caught:
        listed(urls, keys, models)
    assert caught.value.name == name
    assert "k1" not in str(caught.value)
