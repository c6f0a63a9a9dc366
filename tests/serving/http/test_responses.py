"""/v1/responses, asked by OpenAI's own client over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import openai
import pytest
from pydantic import BaseModel, ConfigDict, Field

from konspekt.serving.model.model import load_model
from tests.serving.http.test_tools import LIGHT, WEATHER, check
from tests.serving.served import Served
from tests.serving.tiny import TOOLS_TEMPLATE, write_tiny

FLAT = [{"type": "function", "strict": True, **tool["function"]} for tool in (WEATHER, LIGHT)]
PNG = "data:image/png;base64,"


class Verdict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ok: bool
    word: Literal["да", "нет"] = Field()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = write_tiny(tmp_path_factory.mktemp("responses") / "tiny.gguf", template=TOOLS_TEMPLATE, context=2048)
    it = Served(load_model(path), context=2048)
    yield it
    it.settle()
    it.close()


def create(served: Served, asked: Any = "Привет", **fields: Any) -> Any:
    given = {"model": "tiny", "temperature": 0, "max_output_tokens": 12} | fields
    return served.client.responses.create(input=asked, **given)


def said_in_a_chat(served: Served, messages: list[dict[str, str]], tokens: int = 12) -> str:
    body = {"messages": messages, "max_tokens": tokens, "temperature": 0}
    return str(served.post("/v1/chat/completions", body).json()["choices"][0]["message"]["content"])


def test_a_text_is_answered_as_in_a_chat(served: Served) -> None:
    found = create(served, instructions="Кратко.", metadata={"who": "me"})
    chat = [{"role": "system", "content": "Кратко."}, {"role": "user", "content": "Привет"}]
    assert found.output_text == said_in_a_chat(served, chat)
    assert found.status == "incomplete"
    assert found.incomplete_details.reason == "max_output_tokens"
    assert found.usage.output_tokens == 12
    assert found.usage.total_tokens == found.usage.input_tokens + 12
    assert (found.instructions, found.metadata, found.model) == ("Кратко.", {"who": "me"}, "tiny")
    assert found.id.startswith("resp_")


def test_a_talk_may_be_sent_in_every_shape(served: Served) -> None:
    chat = [
        {"role": "user", "content": "раз"},
        {"role": "assistant", "content": "два"},
        {"role": "user", "content": "три"},
    ]
    parts = [
        {"role": "user", "content": [{"type": "input_text", "text": "р"}, {"type": "input_text", "text": "аз"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "два"}]},
        {"type": "message", "role": "user", "content": "три"},
    ]
    assert create(served, chat).output_text == create(served, parts).output_text == said_in_a_chat(served, chat)
    first = create(served, "раз")
    again = create(served, [{"role": "user", "content": "раз"}, *first.output, {"role": "user", "content": "и?"}])
    talk = [chat[0], {"role": "assistant", "content": first.output_text}, {"role": "user", "content": "и?"}]
    assert again.output_text == said_in_a_chat(served, talk)


def test_events_grow_to_the_same_response(served: Served) -> None:
    whole = create(served)
    events = list(create(served, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type for event in events]
    assert kinds[:4] == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
    ]  # fmt: skip
    assert kinds[-4:] == [
        "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.incomplete",
    ]  # fmt: skip
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == whole.output_text
    assert events[-1].response.output_text == whole.output_text
    assert events[-1].response.usage.total_tokens == whole.usage.total_tokens


def test_a_schema_is_followed_and_parsed(served: Served) -> None:
    parsed = served.client.responses.parse(
        model="tiny", input="?", text_format=Verdict, temperature=0, max_output_tokens=60
    )
    assert parsed.status == "completed"
    assert isinstance(parsed.output_parsed, Verdict)
    with served.client.responses.stream(
        model="tiny", input="?", text_format=Verdict, temperature=0, max_output_tokens=60
    ) as stream:
        assert stream.get_final_response().output_parsed == parsed.output_parsed
    made = create(served, text={"format": {"type": "json_object"}, "verbosity": "low"}, max_output_tokens=5)
    assert made.output_text.startswith("{")


def test_calls_are_items_and_their_outputs_too(served: Served) -> None:
    fields: dict[str, Any] = {"tools": FLAT, "tool_choice": "required", "parallel_tool_calls": False}
    found = create(served, max_output_tokens=200, **fields)
    (call,) = found.output
    assert (call.type, call.status, found.status) == ("function_call", "completed", "completed")
    check(call.name, call.arguments)
    with served.client.responses.stream(
        model="tiny", input="Привет", temperature=0, max_output_tokens=200, **fields
    ) as stream:
        kinds = [event.type for event in stream]
        (streamed,) = stream.get_final_response().output
    assert streamed.arguments == call.arguments
    assert kinds.count("response.function_call_arguments.delta") > 1
    assert kinds.count("response.function_call_arguments.done") == 1
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "+5 °C"}
    more = create(served, [{"role": "user", "content": "Привет"}, *found.output, output], tools=FLAT)
    assert more.output_text
    named = create(served, tools=FLAT, tool_choice={"type": "function", "name": "set-light"}, max_output_tokens=200)
    assert json.loads(named.output[0].arguments).keys() == {"on"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"background": True}, "background"),
        ({"truncation": "auto"}, "truncation"),
        ({"include": ["reasoning.encrypted_content"]}, "include"),
        ({"tools": [{"type": "web_search"}]}, "web_search"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "item_reference"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": PNG}]}]}, "input_image"),
        ({"input": [{"role": "tool", "content": "x"}]}, "role"),
        ({"input": [{"type": "function_call", "name": "f", "call_id": "1", "arguments": "{"}]}, "not JSON"),
        ({"input": []}, "input"),
        ({"input": [{"role": "user", "content": 5}]}, "must be text"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"text": {"format": {"type": "json_schema", "name": "x"}}}, "schema"),
        ({"tool_choice": "required"}, "tools"),
        ({"tools": FLAT, "tool_choice": {"type": "function", "name": "g"}}, "'g'"),
    ],
)
def test_the_rest_is_refused_by_its_name(served: Served, fields: dict[str, Any], told: str) -> None:
    with pytest.raises(openai.BadRequestError, match=told):
        create(served, **({"asked": fields.pop("input")} if "input" in fields else {}), **fields)


def test_unknown_fields_are_told_and_another_model_is_not_served(served: Served) -> None:
    told = served.post("/v1/responses", {"input": "?", "max_output_tokens": 2, "store": True, "surprise": 1})
    assert told.headers["X-Ignored-Fields"] == "surprise"
    assert told.json()["store"] is False
    assert served.post("/v1/responses", {"input": "?", "model": "other"}).status_code == 404
    assert served.post("/v1/responses", {"input": "x" * 70_000}).json()["error"]["code"] == "context_length_exceeded"
