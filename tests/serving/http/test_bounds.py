"""What one request may cost: counted before it is built, read outside the event loop, compiled outside the process.

That others are answered meanwhile is held by order, not by a clock: what should go on does while the other is held up.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from konspekt.serving.engine.grammar import GrammarFactory, GrammarLimits, GrammarSpec
from konspekt.serving.engine.grammar.process import CompilationStoppedError
from konspekt.serving.errors import EngineStoppedError, InvalidRequestError, QueueFullError
from konspekt.serving.model.model import Model
from tests.serving.served import KEY, Served

SMALL = GrammarLimits(source=1 << 20, seconds=1, memory=256 << 20, result=4 << 20)


def nested(depth: int, leaf: str = '{"type":"boolean"}') -> str:
    return '{"type":"object","required":["a"],"properties":{"a":' * depth + leaf + "}}" * depth


def wide(count: int) -> str:
    properties = {f"p{i}": {"type": "string", "maxLength": 200} for i in range(count)}
    return json.dumps({"type": "object", "properties": properties, "required": list(properties)})


BOMBS = [
    GrammarSpec("json_schema", wide(3000)),
    GrammarSpec("json_schema", nested(600)),
    GrammarSpec("json_schema", nested(5000)),
    GrammarSpec("json_schema", '{"anyOf":[' * 3000 + "{}" + "]}" * 3000),
    GrammarSpec("json_schema", '{"type":"array","items":' * 5000 + "{}" + "}" * 5000),
    GrammarSpec("regex", "((((a{1,900}){1,900}){1,900}){1,900}){1,900}"),
    GrammarSpec("regex", "(" * 30_000 + "a" + ")" * 30_000),
    GrammarSpec("ebnf", "root ::= " + "(" * 50_000),
    GrammarSpec("ebnf", "root ::= root root | root"),
    GrammarSpec("json_schema", '{"type":"string","pattern":"^((a|b|[^c]){0,2000}){0,2000}$"}'),
    GrammarSpec("ebnf", "x" * (2 << 20)),
]


@pytest.fixture(scope="module")
def factory(tiny: Model) -> Iterator[GrammarFactory]:
    it = GrammarFactory(tiny.tokenizer, tiny.output.out_features, SMALL)
    yield it
    it.close()


def refusal(factory: GrammarFactory, spec: GrammarSpec) -> str:
    try:
        factory.compile(spec)
    except InvalidRequestError as error:
        return str(error)
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: f"{bomb.kind}-{bomb.source[:24]}")
def test_a_grammar_beyond_the_bounds_ends_as_a_refusal_and_the_next_one_compiles(
    factory: GrammarFactory, bomb: GrammarSpec
) -> None:
    refused = refusal(factory, bomb)
    assert len(refused) < 400
    if refused:  # some machines may be fast enough
        with pytest.raises(InvalidRequestError):
            factory.known(bomb)  # remembered: the same one costs nothing the second time
    factory.compile(GrammarSpec("regex", f"[a-c]{{{len(bomb.source) % 50 + 1}}}"))
    assert factory.compiling == 0


@pytest.mark.parametrize(
    "limits", [GrammarLimits(seconds=1), GrammarLimits(memory=48 << 20), GrammarLimits(result=20_000)]
)
def test_each_bound_is_told(tiny: Model, limits: GrammarLimits) -> None:
    factory = GrammarFactory(tiny.tokenizer, tiny.output.out_features, limits)
    try:
        source = nested(600) if limits.seconds == 1 else wide(5 if limits.result == 20_000 else 300)
        with pytest.raises(
            InvalidRequestError, match=r"1 s to compile|48 MiB to compile|too large once compiled"
        ) as caught:
            factory.compile(GrammarSpec("json_schema", source, "json_schema"))
        assert (caught.value.param, caught.value.code) == ("json_schema", "invalid_grammar")
    finally:
        factory.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_killed_compiler_is_started_again(factory: GrammarFactory, number: int) -> None:
    factory.compile(GrammarSpec("regex", f"before{number}"))
    before = factory.process.pid
    assert before is not None
    os.kill(before, number)
    factory.compile(GrammarSpec("regex", f"after{number}"))
    assert factory.process.pid not in (None, before)


def test_a_closed_factory_refuses_what_it_compiles_and_starts_nothing_new(tiny: Model) -> None:
    factory = GrammarFactory(tiny.tokenizer, tiny.output.out_features, GrammarLimits(seconds=600, wall=600))
    factory.compile(GrammarSpec("regex", "a"))
    threading.Timer(0.3, factory.close).start()
    with pytest.raises(EngineStoppedError):
        factory.compile(GrammarSpec("json_schema", nested(900)))
    assert factory.process.pid is None


def test_who_leaves_stops_a_compilation(tiny: Model) -> None:
    factory = GrammarFactory(tiny.tokenizer, tiny.output.out_features, GrammarLimits(seconds=600, wall=600))
    stopped = threading.Event()
    try:
        factory.compile(GrammarSpec("regex", "a"))  # it runs
        threading.Timer(0.3, stopped.set).start()
        with pytest.raises(CompilationStoppedError):
            factory.compile(GrammarSpec("json_schema", nested(900)), stopped)
        factory.compile(GrammarSpec("regex", "b"))
    finally:
        factory.close()


def test_grammars_that_wait_are_counted(tiny: Model) -> None:
    factory = GrammarFactory(tiny.tokenizer, tiny.output.out_features, GrammarLimits(seconds=600, wall=600))
    stopped = threading.Event()

    def waits(i: int) -> None:
        with pytest.raises(CompilationStoppedError):
            factory.compile(GrammarSpec("json_schema", nested(400 + i)), stopped)

    threads = [threading.Thread(target=waits, args=(i,)) for i in range(8)]
    try:
        for thread in threads:
            thread.start()
        while factory.compiling < 8:
            time.sleep(0.01)
        with pytest.raises(QueueFullError):
            factory.compile(GrammarSpec("regex", "one more"))
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
        factory.close()
    assert factory.compiling == 0


async def until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110  threads and processes set no event of this loop
        await asyncio.sleep(0.01)


async def test_chats_and_health_are_answered_while_grammars_compile(tiny: Model) -> None:
    it = Served(tiny, grammars=GrammarLimits(seconds=600, wall=600))
    headers = {"Authorization": f"Bearer {KEY}"}
    chat = {"messages": [{"role": "user", "content": "x"}], "max_tokens": 2}
    try:
        async with httpx.AsyncClient(base_url=it.url, headers=headers, timeout=120) as client:

            async def ask(**fields: object) -> httpx.Response:
                return await client.post("/v1/chat/completions", json=chat | fields)

            held = [asyncio.create_task(ask(guided_json=nested(400 + i))) for i in range(8)]
            await until(lambda: it.engine.grammars.compiling == 8)
            assert (await ask()).status_code == 200
            assert (await ask(guided_regex="later")).status_code == 429
            health = (await client.get("/health")).json()
            assert health["status"] == "ok"
            assert health["grammars"] == {"status": "ok", "compiling": 8}
            assert not any(task.done() for task in held)
            for task in held:
                task.cancel()
            await asyncio.gather(*held, return_exceptions=True)
        await until(lambda: not it.engine.grammars.compiling)  # they left: nothing is compiled for them
    finally:
        await asyncio.to_thread(it.close)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/completions", {"prompt": ["a"] * 30_000}),
        ("/v1/completions", {"prompt": [[65]] * 30_000}),
        ("/v1/completions", {"prompt": ["a"] * 65}),
        ("/v1/completions", {"prompt": ["a"] * 9, "n": 16}),
        ("/v1/completions", {"prompt": ["a"] * 300_000}),
        ("/v1/completions", {"prompt": [1] * 300_000}),
        ("/v1/completions", {"prompt": "x" * 2_000_000}),
        ("/v1/completions", {"prompt": ["a", "x" * 2_000_000]}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x" * 2_000_000}]}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}] * 30_000}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}] * 30_000}]}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}], "stop": ["x"] * 300_000}),
        ("/v1/embeddings", {"input": "x" * 2_000_000}),
        ("/v1/embeddings", {"input": ["a"] * 30_000}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_too_much_is_counted_and_no_token_is_made_of_it(
    served: Served, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, object]
) -> None:
    made: list[int] = []
    encode = served.engine.model.tokenizer.encode

    def counted(text: str, **options: bool) -> list[int]:
        made.append(len(text))
        return encode(text, **options)

    monkeypatch.setattr(served.engine.model.tokenizer, "encode", counted)
    response = served.post(path, body)
    assert response.status_code == 400, response.text[:200]
    assert len(response.content) < 1000
    assert sum(made) <= 1


async def test_tokens_are_made_outside_the_event_loop(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """One prompt is held up in its thread; everything else is answered, /health too."""
    go_on, encode = threading.Event(), served.engine.model.tokenizer.encode

    def slow(text: str, **options: bool) -> list[int]:
        if text == "slow":
            go_on.wait()
        return encode(text, **options)

    monkeypatch.setattr(served.engine.model.tokenizer, "encode", slow)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=served.url, headers=headers, timeout=60) as client:
        held = asyncio.create_task(client.post("/v1/completions", json={"prompt": "slow", "max_tokens": 1}))
        try:
            assert (await client.get("/health")).json()["status"] == "ok"
            other = await client.post("/v1/completions", json={"prompt": "fast", "max_tokens": 1})
            assert other.status_code == 200
            assert not held.done()
        finally:
            go_on.set()
        assert (await held).status_code == 200


async def test_health_tells_when_no_prompt_is_taken_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, encode = threading.Event(), served.engine.model.tokenizer.encode

    taken: list[str] = []

    def stuck(text: str, **options: bool) -> list[int]:
        taken.append(text)
        go_on.wait()
        return encode(text, **options)

    monkeypatch.setattr(served.engine.model.tokenizer, "encode", stuck)
    monkeypatch.setattr("konspekt.serving.http.health._BUSY", 0.2)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=served.url, headers=headers, timeout=60) as client:
        body = {"prompt": "x", "max_tokens": 1}
        held = [asyncio.create_task(client.post("/v1/completions", json=body)) for _ in range(2)]
        try:
            await until(lambda: len(taken) == 2)
            health = await client.get("/health")
            assert health.status_code == 503
            assert "prompts" in health.json()["problem"]
        finally:
            go_on.set()
        assert [(await task).status_code for task in held] == [200, 200]
        assert (await client.get("/health")).status_code == 200
