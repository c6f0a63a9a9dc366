"""What a chat offers its model to call: OpenAI's `tools`, `tool_choice`, `parallel_tool_calls`.

Source, checked 2026-11-30: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.http.constraints import Constrained
from konspekt.serving.http.fields import Lenient, at_most

_TOOLS = 128
_NAME = r"^[a-zA-Z0-9_.-]{1,64}$"


class Function(Lenient):
    """`parameters`: a JSON schema of an object; without one any object is taken."""

    name: str = Field(pattern=_NAME)
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Tool(Lenient):
    type: Literal["function"]
    function: Function


class NamedFunction(Lenient):
    name: str


class NamedTool(Lenient):
    type: Literal["function"]
    function: NamedFunction


@dataclass(frozen=True, slots=True)
class Offer:
    """`shown`: the tools as a template takes them; `functions`: those that may be called; `required`: at least one
    has to be; `several`: more than one may be."""

    shown: tuple[dict[str, Any], ...]
    functions: tuple[Function, ...]
    required: bool
    several: bool

    @property
    def names(self) -> frozenset[str]:
        return frozenset(function.name for function in self.functions)


class WithTools(Constrained):
    """The fields, for a request to inherit."""

    tools: Annotated[list[Tool] | None, BeforeValidator(at_most(_TOOLS, "tools"))] = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    parallel_tool_calls: bool = True

    def offer(self) -> Offer | None:
        """None: nothing may be called. Raises InvalidRequestError."""
        choice, tools = self.tool_choice, self.tools or []
        named = choice.function.name if isinstance(choice, NamedTool) else None
        if not tools:
            if named is not None or choice == "required":
                raise InvalidRequestError("`tool_choice` asks for a call, but there are no `tools`", "tool_choice")
            return None
        functions = [tool.function for tool in tools]
        if twice := {f.name for f in functions if sum(other.name == f.name for other in functions) > 1}:
            raise InvalidRequestError(f"two `tools` are called {min(twice)!r}", "tools")
        if choice == "none":
            return None
        if named is not None:
            functions = [function for function in functions if function.name == named]
            if not functions:
                raise InvalidRequestError(f"`tool_choice` names {named!r}, which is not among `tools`", "tool_choice")
        if self.constraint() is not None:
            raise InvalidRequestError("an answer follows a constraint or calls `tools`, not both", "tools")
        return Offer(
            tuple(tool.model_dump(exclude_unset=True) for tool in tools),
            tuple(functions),
            named is not None or choice == "required",
            self.parallel_tool_calls and named is None,
        )
