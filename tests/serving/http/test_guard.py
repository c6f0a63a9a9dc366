"""Who may ask, under which name, with which bodies; and that every refusal is JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from konspekt.serving.model.model import Model
from tests.serving.served import KEY, Served

CHAT = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 2}


def assert_openai_error(response: httpx.Response, status: int) -> dict[str, object]:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    return error  # type: ignore[no-any-return]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer ", "bEaReR"])
def test_the_scheme_of_a_key_is_read_in_any_case(served: Served, scheme: str) -> None:
    assert served.post("/v1/chat/completions", CHAT, Authorization=f"{scheme} {KEY}").status_code == 200


@pytest.mark.parametrize("value", ["", KEY, f"Basic {KEY}", f"Bearer{KEY}", "Bearer", "Bearer x", f"Bearer {KEY}x"])
def test_anything_but_the_key_is_refused(served: Served, value: str) -> None:
    error = assert_openai_error(served.post("/v1/chat/completions", CHAT, Authorization=value), 401)
    assert error["code"] == "invalid_api_key"


def test_a_key_may_be_of_any_alphabet(tiny: Model) -> None:
    it = Served(tiny, app={"api_key": "ключ"})
    try:
        for key, status in (("ключ", 200), ("клюк", 401)):
            headers = [(b"Authorization", f"Bearer {key}".encode())]
            assert httpx.get(f"{it.url}/v1/models", headers=headers).status_code == status
    finally:
        it.close()


@pytest.fixture(scope="module")
def local(tiny: Model) -> Iterator[Served]:
    """As `konspekt serve` is on loopback, without a key."""
    it = Served(tiny, app={"api_key": None, "hosts": {"localhost", "127.0.0.1", "::1", "Models.Example"}})
    yield it
    it.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8111", "LOCALHOST", "[::1]:80", "models.example:443"])
def test_a_server_on_loopback_answers_to_its_names(local: Served, host: str) -> None:
    assert local.request("GET", "/v1/models", Host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8111", "127.0.0.1.evil.example", "localhost.evil", "[::2]:80", "", "169.254.1.1"],
)
def test_another_name_for_it_is_refused_whatever_is_asked(local: Served, host: str) -> None:
    for method, path in (("GET", "/v1/models"), ("POST", "/v1/chat/completions"), ("GET", "/health"), ("OPTIONS", "/")):
        assert_openai_error(local.request(method, path, Host=host), 403)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_body_that_is_no_json_by_its_type_is_refused_by_name(local: Served, kind: str) -> None:
    """What a page of another site can send without asking first has one of these types."""
    error = assert_openai_error(local.post("/v1/chat/completions", CHAT, Content_Type=kind), 415)
    assert "application/json" in str(error["message"])


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_is_taken_however_its_type_is_written(served: Served, kind: str) -> None:
    assert served.post("/v1/chat/completions", CHAT, Content_Type=kind).status_code == 200


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_chunked_body_is_read(served: Served, size: int) -> None:
    body = json.dumps(CHAT | {"user": "x" * 3000}).encode()
    chunks = (body[at : at + size] for at in range(0, len(body), size))
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    response = httpx.post(f"{served.url}/v1/chat/completions", content=chunks, headers=headers, timeout=60)
    assert response.status_code == 200


def test_a_chunked_body_without_end_is_refused_when_it_is_too_large(served: Served) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 64 << 20:
            sent += 1 << 16
            yield b" " * (1 << 16)

    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    try:
        response = httpx.post(f"{served.url}/v1/chat/completions", content=endless(), headers=headers, timeout=60)
        assert_openai_error(response, 413)
    except httpx.TransportError:  # it hung up before everything was sent
        pass
    assert sent < 64 << 20


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/models", "/health"])
def test_options_tell_the_methods_without_a_key_and_invite_no_other_site(served: Served, path: str) -> None:
    response = httpx.options(f"{served.url}{path}", headers={"Origin": "http://evil.example"})
    assert response.status_code == 200
    assert ("GET" if path in ("/v1/models", "/health") else "POST") in response.headers["Allow"]
    assert not [name for name in response.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("POST", "/", 404),
        ("OPTIONS", "/v1/nothing", 404),
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models", 405),
        ("PUT", "/v1/completions", 405),
        ("POST", "/health", 405),
        ("GET", "/v1/models/другая", 404),
        ("GET", "/v1/models/org/repo:file", 404),
        ("POST", "/v1/assistants", 404),
    ],
)
def test_unknown_places_and_methods_are_told_in_json(served: Served, method: str, path: str, status: int) -> None:
    response = served.request(method, path)
    assert_openai_error(response, status)
    assert ("Allow" in response.headers) == (status == 405)


@pytest.mark.parametrize("model", ["tiny", "tiny-embedder"])
def test_one_model_can_be_asked_for(served: Served, model: str) -> None:
    assert served.client.models.retrieve(model).id == model


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"messages": NaN}', "NaN"),
        (b'{"temperature": Infinity, "messages": []}', "Infinity"),
        (b'{"messages": "\xff"}', "UTF-8"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "JSON"),
        (b"\xef\xbb\xbf{}", "JSON"),
        (b'{"messages": [1]}', "messages"),
        (b"3", "dict"),
    ],
)
def test_what_is_wrong_with_a_body_is_said(served: Served, body: bytes, told: str) -> None:
    for path in ("/v1/chat/completions", "/v1/completions", "/v1/embeddings"):
        error = assert_openai_error(served.post(path, body), 400)
        assert told in str(error["message"]) or path != "/v1/chat/completions"


HALF = r"\ud83d"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", r'{"messages":[{"role":"user","content":"a HALF b"}],"max_tokens":2}'),
        ("/v1/chat/completions", r'{"messages":[{"role":"user","content":"a"}],"max_tokens":2,"stop":"HALF"}'),
        ("/v1/chat/completions", r'{"messages":[{"role":"user","content":"a","name":"HALF"}],"max_tokens":2}'),
        ("/v1/chat/completions", r'{"messages":[{"role":"user","content":"a"}],"max_tokens":2,"HALF":1}'),
        (
            "/v1/chat/completions",
            r'{"messages":[{"role":"user","content":"a"}],"max_tokens":9,"guided_choice":["HALF"]}',
        ),
        ("/v1/completions", r'{"prompt":["a HALF","\ude00 b"],"max_tokens":2}'),
        ("/v1/embeddings", r'{"input":["HALF"]}'),
    ],
)
def test_half_an_emoji_is_taken_for_a_replacement_character(served: Served, path: str, body: str) -> None:
    assert served.post(path, body.replace("HALF", HALF).encode()).status_code == 200


def test_a_whole_emoji_in_two_escapes_stays_whole(served: Served) -> None:
    whole, escaped = (
        served.post("/v1/chat/completions", body).json()["usage"]["prompt_tokens"]
        for body in (
            '{"max_tokens":1,"messages":[{"role":"user","content":"😀"}]}'.encode(),
            rb'{"max_tokens":1,"messages":[{"role":"user","content":"\ud83d\ude00"}]}',
        )
    )
    assert whole == escaped


def test_an_unknown_model_half_named_is_told(served: Served) -> None:
    body = rb'{"model":"\ud83d","messages":[{"role":"user","content":"a"}]}'
    assert_openai_error(served.post("/v1/chat/completions", body), 404)


def test_health_is_the_truth(tiny: Model) -> None:
    it = Served(tiny)
    try:
        good = httpx.get(f"{it.url}/health")
        assert (good.status_code, good.json()["status"]) == (200, "ok")
        it.engine.stop()
        bad = httpx.get(f"{it.url}/health")
        assert bad.status_code == 503
        assert "engine" in bad.json()["problem"]
    finally:
        it.close()
