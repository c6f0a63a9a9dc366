"""The many names under which clients ask for JSON, a schema, a choice or a grammar.

OpenAI's `response_format`; vLLM's `structured_outputs` and the older `guided_*`; llama.cpp's `json_schema`, `grammar`,
and a `schema` inside `json_object`. One of them may be given.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field

from konspekt.serving.engine.grammar import GrammarSpec
from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.http.fields import Lenient

Schema = str | dict[str, Any] | bool
_STYLE = frozenset(("disable_any_whitespace", "disable_fallback", "disable_additional_properties", "_backend"))


class StructuredOutputs(Lenient):
    """vLLM's `structured_outputs`."""

    json_schema: Schema | None = Field(None, alias="json")
    regex: str | None = None
    choice: list[str] | None = None
    grammar: str | None = None
    json_object: bool = False

    def specs(self) -> list[GrammarSpec]:
        for name, value in self.unknown.items():
            if value not in (False, "", [], {}) and name not in _STYLE:
                at = f"structured_outputs.{name}"
                raise InvalidRequestError(f"`{at}` is not supported by this server", at, "unsupported_parameter")
        at = "structured_outputs"
        found = _of(at, self.json_schema, self.regex, self.choice, self.grammar)
        return [*found, GrammarSpec.json_object(at)] if self.json_object else found


class Constrained(Lenient):
    """The fields, for a request to inherit."""

    response_format: dict[str, Any] | None = None
    structured_outputs: StructuredOutputs | None = None
    guided_json: Schema | None = None
    guided_regex: str | None = None
    guided_choice: list[str] | None = None
    guided_grammar: str | None = None
    json_schema: Schema | None = None
    grammar: str | None = None

    def constraint(self) -> GrammarSpec | None:
        """Raises InvalidRequestError when two are given, or one is not what its name says."""
        found = self._response_format() + (self.structured_outputs.specs() if self.structured_outputs else [])
        found += _of("guided_json", schema=self.guided_json) + _of("guided_regex", regex=self.guided_regex)
        found += _of("guided_choice", choice=self.guided_choice) + _of("guided_grammar", grammar=self.guided_grammar)
        found += _of("json_schema", schema=self.json_schema) + _of("grammar", grammar=self.grammar)
        if len({spec.key for spec in found}) > 1:
            names = " and ".join(f"`{spec.field}`" for spec in found)
            raise InvalidRequestError(f"an answer can follow one constraint, not {names}", found[1].field)
        return found[0] if found else None

    def _response_format(self) -> list[GrammarSpec]:
        given = self.response_format or {}
        kind = given.get("type", "text")
        if kind == "text":
            return []
        if kind == "json_object":
            schema = given.get("schema")
            return [GrammarSpec.json_object()] if schema is None else [_schema("response_format.schema", schema)]
        if kind == "json_schema":
            wrapped = given.get("json_schema")
            at = "response_format.json_schema"
            if not isinstance(wrapped, dict):
                raise InvalidRequestError(f"{at} must be an object with a `schema`", at)
            if not isinstance(wrapped.get("schema"), dict):
                raise InvalidRequestError(f"{at}.schema must be an object", f"{at}.schema")
            return [_schema(at, wrapped["schema"])]
        raise InvalidRequestError(f"response_format of type {kind!r} is unknown", "response_format")


def _of(
    field: str,
    schema: Schema | None = None,
    regex: str | None = None,
    choice: list[str] | None = None,
    grammar: str | None = None,
) -> list[GrammarSpec]:
    """What is given; empty text and an empty list ask for nothing."""
    found = [_schema(field, schema)] if schema not in (None, "") else []
    found += [GrammarSpec("regex", regex, field)] if regex else []
    found += [GrammarSpec.choice(choice, field)] if choice else []
    return found + ([GrammarSpec("ebnf", grammar, field)] if grammar else [])


def _schema(field: str, schema: Any) -> GrammarSpec:
    if isinstance(schema, str):
        try:
            schema = json.loads(schema)
        except (ValueError, RecursionError):
            raise InvalidRequestError(f"`{field}` is not JSON", field, "invalid_grammar") from None
    if not isinstance(schema, (dict, bool)):
        raise InvalidRequestError(f"`{field}` must be a JSON schema: an object", field, "invalid_grammar")
    try:
        return GrammarSpec("json_schema", json.dumps(schema, ensure_ascii=False), field)
    except RecursionError:
        raise InvalidRequestError(f"`{field}` is nested too deep", field, "invalid_grammar") from None
