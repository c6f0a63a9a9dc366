"""A request for a response, and the chat that it comes to.

Nothing is kept between requests: what refers to an earlier response is refused, and a talk is sent whole.
Source, checked 2026-11-30: https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, ValidationError

from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.http.fields import UNSUPPORTED, Lenient, at_most
from konspekt.serving.http.protocol import ChatRequest

_ITEMS = 16_384
_TEXTS = ("input_text", "output_text", "text")
_ROLES = ("user", "assistant", "system", "developer")


class TextConfig(Lenient):
    format: dict[str, Any] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class Reasoning(Lenient):
    effort: str | None = None


class ResponsesRequest(Lenient):
    unsupported: ClassVar[Mapping[str, tuple[Any, ...]]] = UNSUPPORTED | {
        "previous_response_id": (),
        "conversation": (),
        "background": (),
        "prompt": (),
        "include": (),
        "truncation": ("disabled",),
        "max_tool_calls": (),
        "top_logprobs": (0,),
        "context_management": (),
        "moderation": (),
    }

    model: str | None = None
    input: Annotated[str | list[dict[str, Any]], BeforeValidator(at_most(_ITEMS, "items"))]
    instructions: str | None = None
    stream: bool = False
    max_output_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=100)
    top_p: float | None = Field(None, ge=0, le=1)
    text: TextConfig | None = None
    tools: list[dict[str, Any]] = Field(default_factory=list)
    tool_choice: str | dict[str, Any] = "auto"
    parallel_tool_calls: bool = True
    reasoning: Reasoning | None = None
    metadata: dict[str, str] = Field(default_factory=dict)

    def chat(self) -> ChatRequest:
        """Raises InvalidRequestError for what is not supported, or not well-formed."""
        self.refuse_unsupported()
        fields = {
            "model": self.model,
            "messages": self._messages(),
            "max_completion_tokens": self.max_output_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "stream": self.stream,
            "response_format": self._format(),
            "tools": [self._tool(i, tool) for i, tool in enumerate(self.tools)] or None,
            "tool_choice": self._choice() if self.tools or self.tool_choice != "auto" else None,
            "parallel_tool_calls": self.parallel_tool_calls,
            "reasoning_effort": self.reasoning.effort if self.reasoning is not None else None,
        }
        try:
            return ChatRequest.model_validate({name: value for name, value in fields.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]).replace("messages", "input", 1)
            raise InvalidRequestError(f"{where}: {first['msg']}", where) from None

    def _messages(self) -> list[dict[str, Any]]:
        said: list[dict[str, Any]] = [{"role": "system", "content": self.instructions}] if self.instructions else []
        if isinstance(self.input, str):
            return [*said, {"role": "user", "content": self.input}]
        for i, item in enumerate(self.input):
            kind, at = item.get("type", "message"), f"input[{i}]"
            if kind == "message":
                if item.get("role") not in _ROLES:
                    raise InvalidRequestError(f"{at}.role must be one of {', '.join(_ROLES)}", at)
                said.append({"role": item["role"], "content": _text(item.get("content"), f"{at}.content")})
            elif kind == "function_call":
                call = {"id": item.get("call_id"), "function": {key: item.get(key) for key in ("name", "arguments")}}
                if not said or said[-1]["role"] != "assistant":
                    said.append({"role": "assistant", "content": ""})
                said[-1].setdefault("tool_calls", []).append(call)
            elif kind == "function_call_output":
                output = _text(item.get("output"), f"{at}.output")
                said.append({"role": "tool", "tool_call_id": item.get("call_id"), "content": output})
            elif kind != "reasoning":  # thoughts of an earlier answer: templates leave them out
                raise InvalidRequestError(f"an item of type {str(kind)[:64]!r} is not supported", at)
        return said

    def _format(self) -> dict[str, Any] | None:
        """As chats have it: there what belongs to a schema lies one level deeper."""
        given = self.text.format if self.text is not None else None
        if given is None or given.get("type") != "json_schema":
            return given
        return {"type": "json_schema", "json_schema": {key: given[key] for key in given if key != "type"}}

    def _tool(self, i: int, tool: dict[str, Any]) -> dict[str, Any]:
        if tool.get("type") != "function":
            kind = str(tool.get("type"))[:64]
            raise InvalidRequestError(f"a tool of type {kind!r} is not supported, only `function` is", f"tools[{i}]")
        return {"type": "function", "function": {key: tool[key] for key in tool if key not in ("type", "strict")}}

    def _choice(self) -> Any:
        choice = self.tool_choice
        if isinstance(choice, dict) and choice.get("type") == "function":
            return {"type": "function", "function": {"name": choice.get("name")}}
        return choice


def _text(content: Any, at: str) -> str:
    """Raises InvalidRequestError for anything but text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise InvalidRequestError(f"{at} must be text, or a list of parts", at)
    for part in content:
        if part.get("type") not in _TEXTS or not isinstance(part.get("text"), str):
            kind = str(part.get("type"))[:64]
            raise InvalidRequestError(f"{at}: a part of type {kind!r} is not supported, only text is", at)
    return "".join(part["text"] for part in content)
