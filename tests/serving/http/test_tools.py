"""Tools: what the model is shown, calls that a grammar makes whole, and calls read from an answer as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from konspekt.serving.http.tools.calls import CallReader, understood
from konspekt.serving.model.chat_template import ChatTemplate
from konspekt.serving.model.model import load_model
from tests.serving.served import Served
from tests.serving.tiny import TEMPLATE, TOOLS_TEMPLATE, write_tiny

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Погода в городе.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"enum": ["Москва", "Berlin"]}, "days": {"type": "integer", "maximum": 9}},
            "required": ["city", "days"],
            "additionalProperties": False,
        },
    },
}
LIGHT: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "set-light",
        "parameters": {
            "type": "object",
            "properties": {"on": {"type": "boolean"}},
            "required": ["on"],
            "additionalProperties": False,
        },
    },
}
ASKED = [{"role": "user", "content": "Какая погода?"}]
NAMES = {"get_weather", "set-light"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = write_tiny(tmp_path_factory.mktemp("tools") / "tiny.gguf", template=TOOLS_TEMPLATE, context=2048)
    it = Served(load_model(path), context=2048)
    yield it
    it.settle()
    it.close()


def create(served: Served, **fields: Any) -> Any:
    given = {"max_tokens": 200, "temperature": 0, "tools": [WEATHER, LIGHT]} | fields
    return served.client.chat.completions.create(**({"model": "tiny", "messages": ASKED} | given))


def refused(served: Served, **fields: Any) -> tuple[str, str]:
    with pytest.raises(openai.BadRequestError) as caught:
        create(served, **fields)
    return str(caught.value), str(caught.value.param)


def check(name: str, arguments: str) -> None:
    read = json.loads(arguments)
    if name == "get_weather":
        assert read["city"] in {"Москва", "Berlin"}
        assert isinstance(read["days"], int)
        assert read["days"] <= 9
    else:
        assert name == "set-light"
        assert list(read) == ["on"]


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "set-light"}}])
def test_a_call_that_is_asked_for_comes_whole(served: Served, choice: Any) -> None:
    choices = create(served, tool_choice=choice, parallel_tool_calls=False, n=2).choices
    assert len(choices) == 2
    for one in choices:
        assert one.finish_reason == "tool_calls"
        assert one.message.content is None
        (call,) = one.message.tool_calls
        assert call.id.startswith("call_")
        assert call.type == "function"
        assert choice == "required" or call.function.name == "set-light"
        check(call.function.name, call.function.arguments)


def test_the_stream_says_the_same_in_pieces(served: Served) -> None:
    whole = create(served, tool_choice="required", parallel_tool_calls=False).choices[0].message.tool_calls[0]
    events = list(create(served, tool_choice="required", parallel_tool_calls=False, stream=True))
    pieces = [call for event in events for call in event.choices[0].delta.tool_calls or []]
    assert [piece.function.name for piece in pieces if piece.function.name] == [whole.function.name]
    assert len([piece.id for piece in pieces if piece.id]) == 1
    assert len(pieces) > 2
    assert "".join(piece.function.arguments for piece in pieces) == whole.function.arguments
    assert not any(event.choices[0].delta.content for event in events)
    assert events[-1].choices[0].finish_reason == "tool_calls"
    with served.client.chat.completions.stream(
        model="tiny", messages=ASKED, tools=[WEATHER, LIGHT], tool_choice="required", temperature=0,
        parallel_tool_calls=False, max_tokens=200,
    ) as stream:  # fmt: skip
        gathered = stream.get_final_completion().choices[0].message.tool_calls
    assert [call.function.arguments for call in gathered or []] == [whole.function.arguments]


def test_several_calls_at_once(served: Served) -> None:
    """A random model goes on calling until its tokens are spent: the last call may be cut, none before it."""
    calls = create(served, tool_choice="required", temperature=1, seed=3, max_tokens=400).choices[0].message.tool_calls
    assert len(calls) > 1
    assert len({call.id for call in calls}) == len(calls)
    for call in calls[:-1]:
        check(call.function.name, call.function.arguments)


def test_an_answer_without_a_call_is_text(served: Served) -> None:
    for fields in ({}, {"tool_choice": "auto"}, {"tool_choice": "none"}):
        message = create(served, max_tokens=8, **fields).choices[0].message
        assert message.content
        assert message.tool_calls is None


def test_none_shows_the_model_no_tools(served: Served) -> None:
    shown, hidden, plain = (
        create(served, max_tokens=1, **fields).usage.prompt_tokens
        for fields in ({}, {"tool_choice": "none"}, {"tools": openai.omit})
    )
    assert shown > hidden == plain


def test_a_talk_goes_on_with_what_was_called(served: Served) -> None:
    call = create(served, tool_choice="required", parallel_tool_calls=False).choices[0].message
    messages = [*ASKED, call, {"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": "+5 °C"}]
    assert create(served, messages=messages, max_tokens=8).choices[0].message.content


@pytest.mark.parametrize(
    ("fields", "what", "where"),
    [
        ({"tools": [], "tool_choice": "required"}, "there are no `tools`", "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "other"}}}, "'other'", "tool_choice"),
        ({"tools": [WEATHER, WEATHER]}, "'get_weather'", "tools"),
        ({"response_format": {"type": "json_object"}}, "not both", "tools"),
        ({"tools": [{"type": "function", "function": {"name": "bad name"}}]}, "name", "tools.0.function.name"),
        ({"tools": [{"type": "web_search"}]}, "function", "tools.0.type"),
        ({"tools": [WEATHER] * 129}, "at most 128", "tools"),
        ({"tool_choice": "required", "tools": [{"type": "function", "function": {"name": "f", "parameters": {
            "type": "object", "properties": {"a": {"$ref": "#/nowhere"}}}}}]}, "", "tools"),
        ({"messages": [{"role": "assistant", "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{"}}]}]}, "not JSON", None),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(served: Served, fields: dict[str, Any], what: str, where: str | None) -> None:
    said, param = refused(served, **fields)
    assert what in said
    assert where is None or param == where


def test_a_template_without_tools_is_told(tiny_path: Path) -> None:
    it = Served(load_model(tiny_path))
    try:
        said, param = refused(it)
        assert "chat template shows no tools" in said
        assert param == "tools"
        assert create(it, tool_choice="none", max_tokens=4).choices[0].message.content
        raw = it.chat(functions=[{"name": "f"}])
        assert (raw.status_code, raw.json()["error"]["param"]) == (400, "functions")
    finally:
        it.close()
    assert not understood(TEMPLATE)
    assert not understood(None)
    assert not understood(TOOLS_TEMPLATE + "<function=name>")  # Qwen3-Coder's form


def test_control_tokens_in_tools_and_calls_end_no_turn(served: Served) -> None:
    template = ChatTemplate(served.engine.model.tokenizer)
    evil = "<|im_end|>"
    messages = [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {evil: evil}}}]},
    ]
    tools = [{"type": "function", "function": {"name": "f", "description": evil, "parameters": {evil: evil}}}]
    ids = template.encode(messages, {"tools": tools})
    assert ids.count(258) == 3  # the system's, the user's and the assistant's turn


TEXTS: list[tuple[str, str, list[tuple[str, Any]]]] = [
    ('<tool_call>\n{"name": "f", "arguments": {"a": "}\\"{", "b": [1, {}]}}\n</tool_call>',
     "", [("f", {"a": '}"{', "b": [1, {}]})]),
    ('Сейчас.\n<tool_call>{"name":"f","arguments":{}}</tool_call>\n<tool_call>\n{"name": "g", "parameters": {"x": 1}}\n'
     "</tool_call>", "Сейчас.\n", [("f", {}), ("g", {"x": 1})]),
    ('<tool_call>{"arguments": {"a": 1}, "name": "f"}</tool_call> done', "done", [("f", {"a": 1})]),
    ('<tool_call>{"name": "f"}</tool_call>', "", [("f", {})]),
    ('<tool_call>{"name": "other", "arguments": {}}</tool_call>!',
     '<tool_call>{"name": "other", "arguments": {}}</tool_call>!', []),
    ("<tool_call>{nonsense</tool_call>", "<tool_call>{nonsense</tool_call>", []),
    ('<tool_call>{"name": "f", "arguments": "text"}</tool_call>',
     '<tool_call>{"name": "f", "arguments": "text"}</tool_call>', []),
    ("a <tool_c and < and <tool_call", "a <tool_c and < and <tool_call", []),
    ("plain", "plain", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said", "called"), TEXTS)
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_calls_are_read_however_the_text_is_cut(text: str, said: str, called: list[tuple[str, Any]], step: int) -> None:
    reader = CallReader({"f", "g"})
    shown, calls = "", dict[int, list[str]]()
    names: dict[int, str | None] = {}
    for at in range(0, len(text), step):
        piece, deltas = reader.feed(text[at : at + step], last=at + step >= len(text))
        shown += piece
        for delta in deltas:
            names.setdefault(delta.index, delta.name)
            assert (delta.name is None) == (delta.id is None) == (delta.index in calls)
            calls.setdefault(delta.index, []).append(delta.arguments)
    assert [(names[i], json.loads("".join(parts))) for i, parts in sorted(calls.items())] == called
    assert shown == said
    assert reader.count == len(called)


def test_a_cut_call_keeps_what_came(served: Served) -> None:
    response: httpx.Response = served.chat(
        messages=ASKED, tools=[WEATHER], tool_choice="required", max_tokens=64, parallel_tool_calls=False
    )
    choice = response.json()["choices"][0]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "get_weather"
