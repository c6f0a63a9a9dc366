"""Every field of a request does what it says, is refused by its name, or is told to do nothing."""

from __future__ import annotations

import json

import httpx
import pytest

from konspekt.serving.http.fields import IGNORED_HEADER
from konspekt.serving.http.protocol import ChatRequest, CompletionRequest, EmbeddingRequest
from konspekt.serving.model.model import Model
from tests.serving.served import Served

REQUIRED = {"messages", "prompt", "input"}
YES_NO = ["yes", "no"]
OK = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"], "additionalProperties": False}


def text_of(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    choice = response.json()["choices"][0]
    return str(choice["message"]["content"] if "message" in choice else choice["text"])


@pytest.mark.parametrize("field", sorted(set(ChatRequest.model_fields) - REQUIRED))
def test_null_in_a_chat_is_a_field_left_out(served: Served, field: str) -> None:
    assert text_of(served.chat(**{field: None})) or field == "max_tokens"


@pytest.mark.parametrize("field", sorted(set(CompletionRequest.model_fields) - REQUIRED))
def test_null_in_a_completion_is_a_field_left_out(served: Served, field: str) -> None:
    text_of(served.complete(**{field: None}))


@pytest.mark.parametrize("field", sorted(set(EmbeddingRequest.model_fields) - REQUIRED))
def test_null_for_an_embedding_is_a_field_left_out(served: Served, field: str) -> None:
    assert served.post("/v1/embeddings", {"input": "a", field: None}).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"stream_options": {"include_usage": None}},
        {"modalities": ["text"]},
        {"tools": [], "tool_choice": "auto"},
        {"best_of": 1, "echo": False, "suffix": ""},
        {"structured_outputs": {"json": None, "choice": None}},
        {"typical_p": 1.0, "mirostat": 0},
        {"response_format": {"type": "text"}},
        {"seed": -1},
        {"seed": 2**70},
        {"top_p": 0},
        {"temperature": 1e-300},
        {"logit_bias": {"5": 1e308}},
        {"stop": [""]},
    ],
)
def test_what_asks_for_nothing_special_is_answered(served: Served, fields: dict[str, object]) -> None:
    response = served.chat(**fields)
    text_of(response)
    assert IGNORED_HEADER not in response.headers


@pytest.mark.parametrize(
    "fields",
    [
        {"structured_outputs": {"choice": YES_NO}},
        {"structured_outputs": {"regex": "yes|no"}},
        {"structured_outputs": {"grammar": 'root ::= "yes" | "no"'}},
        {"grammar": 'root ::= "yes" | "no"'},
        {"guided_choice": YES_NO, "response_format": {"type": "text"}},
        {"guided_choice": YES_NO, "structured_outputs": {"choice": YES_NO}},
    ],
)
def test_a_choice_is_kept_under_every_name(served: Served, fields: dict[str, object]) -> None:
    assert text_of(served.chat(max_tokens=20, **fields)) in YES_NO
    assert text_of(served.complete(max_tokens=20, **fields)) in YES_NO


@pytest.mark.parametrize(
    "fields",
    [
        {"structured_outputs": {"json": OK}},
        {"structured_outputs": {"json": json.dumps(OK)}},
        {"json_schema": OK},
        {"json_schema": json.dumps(OK)},
        {"guided_json": OK},
        {"response_format": {"type": "json_object", "schema": OK}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": OK}}},
    ],
)
def test_a_schema_is_kept_under_every_name(served: Served, fields: dict[str, object]) -> None:
    for response in (served.chat(max_tokens=60, **fields), served.complete(max_tokens=60, **fields)):
        assert json.loads(text_of(response)) in ({"ok": True}, {"ok": False})


@pytest.mark.parametrize(
    "fields", [{"response_format": {"type": "json_object"}}, {"structured_outputs": {"json_object": True}}]
)
def test_json_object_gives_an_object(served: Served, fields: dict[str, object]) -> None:
    for seed in range(6):
        text = text_of(served.chat(max_tokens=30, temperature=1.0, seed=seed, **fields))
        assert text.startswith("{")
        assert not text.endswith("}") or isinstance(json.loads(text), dict) or text.count("{") > text.count("}")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": {"type": "json_schema", "json_schema": None}}, "response_format.json_schema"),
        ({"response_format": {"type": "json_schema", "json_schema": "x"}}, "response_format.json_schema"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": [1]}}},
            "response_format.json_schema.schema",
        ),
        ({"response_format": {"type": "json_object", "schema": 5}}, "response_format.schema"),
        ({"response_format": {"type": ["json_object"]}}, "response_format"),
        ({"response_format": {"type": "structural_tag"}}, "response_format"),
        ({"structured_outputs": {"structural_tag": "{}"}}, "structured_outputs.structural_tag"),
        ({"structured_outputs": {"whitespace_pattern": " "}}, "structured_outputs.whitespace_pattern"),
        ({"guided_json": "{oops"}, "guided_json"),
        ({"guided_regex": "(a"}, "guided_regex"),
        ({"grammar": "root ::= "}, "grammar"),
        ({"json_schema": {"type": "nonsense"}}, "json_schema"),
        ({"guided_choice": ["a"], "response_format": {"type": "json_object"}}, "guided_choice"),
        ({"grammar": 'root ::= "a"', "json_schema": OK}, "grammar"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"mirostat": 2}, "mirostat"),
        ({"typical_p": 0.5}, "typical_p"),
        ({"chat_template": "{{ messages }}"}, "chat_template"),
        ({"prompt_logprobs": 1}, "prompt_logprobs"),
        ({"use_beam_search": True}, "use_beam_search"),
        ({"stop": ["x" * 5000]}, "stop"),
        ({"stop_token_ids": [10**6]}, "stop_token_ids"),
        ({"chat_template_kwargs": {"messages": []}}, "chat_template_kwargs"),
        ({"reasoning_format": "loud"}, "reasoning_format"),
        ({"n_predict": -7}, "n_predict"),
        ({"repetition_penalty": 1e308}, "repetition_penalty"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_its_name(served: Served, fields: dict[str, object], param: str) -> None:
    response = served.chat(**fields)
    assert response.status_code == 400, response.text
    assert response.json()["error"]["param"] == param


def test_llamacpps_names_mean_the_same(served: Served) -> None:
    body = {"prompt": "hi", "temperature": 0}
    ours = served.post("/v1/completions", body | {"max_tokens": 9, "repetition_penalty": 1.5}).json()
    theirs = served.post("/v1/completions", body | {"n_predict": 9, "repeat_penalty": 1.5}).json()
    plain = served.post("/v1/completions", body | {"n_predict": 9}).json()
    assert ours["choices"] == theirs["choices"] != plain["choices"]
    assert theirs["usage"]["completion_tokens"] == 9
    endless = served.post("/v1/completions", body | {"n_predict": -1, "ignore_eos": True}).json()
    assert endless["choices"][0]["finish_reason"] == "length"
    assert endless["usage"]["total_tokens"] == 256


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"temprature": 1}, ["temprature"]),
        ({"num_ctx": 4096, "keep_alive": "5m"}, ["keep_alive", "num_ctx"]),
        ({"user": "u", "metadata": {"a": "b"}, "service_tier": "auto"}, []),
        ({"chat_template_kwargs": {"enable_thinking": False}}, ["chat_template_kwargs.enable_thinking"]),
        ({"reasoning_effort": "low"}, ["reasoning_effort"]),
        ({"messages": [{"role": "user", "content": "x", "weight": 1}]}, ["messages.weight"]),
        ({"поле\r\nX: y": 1}, ["%D0%BF%D0%BE%D0%BB%D0%B5%0D%0AX%3A%20y"]),
    ],
)
def test_a_field_that_does_nothing_is_told(served: Served, fields: dict[str, object], told: list[str]) -> None:
    for stream in (False, True):
        response = served.chat(stream=stream, **fields)
        assert response.status_code == 200, response.text
        assert [name for name in response.headers.get(IGNORED_HEADER, "").split(", ") if name] == told


def test_a_thousand_unknown_fields_are_told_in_short(served: Served) -> None:
    response = served.post("/v1/embeddings", {"input": "a"} | {f"f{i}" * 20: 1 for i in range(1000)})
    assert response.status_code == 200
    assert len(response.headers[IGNORED_HEADER]) < 2000


@pytest.mark.parametrize("prompt", ["", [], [""], [[]], [[1], []], ["a", ""]])
def test_an_empty_prompt_is_refused_by_name(served: Served, prompt: object) -> None:
    response = served.complete(prompt=prompt)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "prompt"


@pytest.mark.parametrize("prompt", [[1, "a"], [["a"]], {"a": 1}, 5, [[[1]]], [-1], [10**9], [None]])
def test_a_prompt_of_another_kind_is_refused(served: Served, prompt: object) -> None:
    assert served.complete(prompt=prompt).status_code == 400


def test_offsets_of_a_stream_are_those_of_the_whole_and_point_into_the_text(served: Served, tiny: Model) -> None:
    fields = {"logprobs": 3, "max_tokens": 40, "temperature": 1.0, "seed": 4}
    whole = served.complete(**fields).json()["choices"][0]
    events = [
        json.loads(line[6:])["choices"][0]
        for line in served.complete(stream=True, **fields).text.splitlines()
        if line.startswith("data: {")
    ]
    streamed = [offset for event in events if event["logprobs"] for offset in event["logprobs"]["text_offset"]]
    assert streamed == whole["logprobs"]["text_offset"] == sorted(streamed)
    for offset, token in zip(streamed, whole["logprobs"]["tokens"], strict=True):
        if not token.startswith("bytes:"):
            assert whole["text"][offset : offset + len(token)] == token
    assert any(
        token.startswith("bytes:") for token in whole["logprobs"]["tokens"]
    )  # a byte-level vocabulary has halves
    assert all(len(top) == 3 for top in whole["logprobs"]["top_logprobs"])


def test_too_long_a_text_to_embed_is_told_or_cut_on_demand(served: Served) -> None:
    for text in ("x" * 101, "x" * 100_000):
        response = served.post("/v1/embeddings", {"input": ["short", text]})
        assert response.status_code == 400
        assert "input[1]" in response.json()["error"]["message"]
        cut = served.post("/v1/embeddings", {"input": ["short", text], "truncate": True})
        assert cut.status_code == 200
        assert cut.json()["usage"]["prompt_tokens"] == 5 + 100


@pytest.mark.parametrize("given", [[1, 2, 3], [[1, 2]], ["a", 1], [], "", " ", ["a", " "], ["a"] * 2049])
def test_what_cannot_be_embedded_is_refused(served: Served, given: object) -> None:
    response = served.post("/v1/embeddings", {"input": given})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "input" or "input" in response.json()["error"]["message"]
