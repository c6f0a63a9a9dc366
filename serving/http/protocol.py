"""Requests as OpenAI's API and vLLM's extensions name their fields, and what they mean to the engine.

Fields that this server cannot honour are refused by name rather than ignored. Sources, checked 2026-11-21:
https://platform.openai.com/docs/api-reference/chat, https://docs.vllm.ai/en/stable/serving/openai_compatible_server
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from konspekt.serving.engine.grammar import GrammarSpec
from konspekt.serving.engine.sequence import SamplingParams
from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.model.sampling_defaults import SamplingDefaults

_SEED_MASK = (1 << 62) - 1


class StreamOptions(BaseModel):
    include_usage: bool = False


class Sampling(BaseModel):
    """What chat and plain completions have in common."""

    model_config = ConfigDict(extra="allow")

    model: str | None = None
    max_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=100)
    top_p: float | None = Field(None, gt=0, le=1)
    n: int | None = Field(None, ge=1, le=16)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    stop: str | list[str] | None = Field(None)
    seed: int | None = None
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    logit_bias: dict[int, float] | None = None
    # vLLM's extensions
    top_k: int | None = Field(None, ge=-1)
    min_p: float | None = Field(None, ge=0, le=1)
    repetition_penalty: float | None = Field(None, gt=0)
    ignore_eos: bool = False
    min_tokens: int = Field(0, ge=0)
    stop_token_ids: list[int] = []
    skip_special_tokens: bool = True
    guided_json: str | dict[str, Any] | None = None
    guided_regex: str | None = None
    guided_choice: list[str] | None = None
    guided_grammar: str | None = None

    @property
    def samples(self) -> int:
        return self.n or 1

    def refuse_unsupported(self, *names: str) -> None:
        """Raises InvalidRequestError for a field that would change the answer and is not implemented."""
        for name in names:
            if (self.model_extra or {}).get(name) not in (None, False, [], {}, "none", 1, ""):
                raise InvalidRequestError(f"`{name}` is not supported by this server", name, "unsupported_parameter")

    def stops(self) -> tuple[str, ...]:
        stops = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        if len(stops) > 16:
            raise InvalidRequestError("at most 16 stop strings", "stop")
        return stops

    def params(
        self, max_tokens: int, logprobs: int | None, vocab_size: int, default: SamplingDefaults
    ) -> SamplingParams:
        bias = tuple(sorted((self.logit_bias or {}).items()))
        for token in [*(token for token, _ in bias), *self.stop_token_ids]:
            if not 0 <= token < vocab_size:
                raise InvalidRequestError(f"token id {token} is outside the vocabulary of {vocab_size}", "logit_bias")
        given = {"seed": self.seed & _SEED_MASK} if self.seed is not None else {}
        return SamplingParams(
            max_tokens=max_tokens,
            temperature=default.temperature if self.temperature is None else self.temperature,
            top_k=default.top_k if self.top_k is None else max(0, self.top_k),
            top_p=default.top_p if self.top_p is None else self.top_p,
            min_p=default.min_p if self.min_p is None else self.min_p,
            repetition_penalty=self.repetition_penalty or 1.0,
            presence_penalty=self.presence_penalty or 0.0,
            frequency_penalty=self.frequency_penalty or 0.0,
            logit_bias=bias,
            logprobs=logprobs,
            stop=self.stops(),
            stop_token_ids=frozenset(self.stop_token_ids),
            ignore_eos=self.ignore_eos,
            min_tokens=self.min_tokens,
            show_control_tokens=not self.skip_special_tokens,
            **given,
        )

    def grammar(self) -> GrammarSpec | None:
        if self.guided_json is not None:
            text = self.guided_json if isinstance(self.guided_json, str) else _dump(self.guided_json)
            return GrammarSpec("json_schema", text)
        if self.guided_regex is not None:
            return GrammarSpec("regex", self.guided_regex)
        if self.guided_choice:
            return GrammarSpec.choice(self.guided_choice)
        if self.guided_grammar is not None:
            return GrammarSpec("ebnf", self.guided_grammar)
        return None


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class Message(BaseModel):
    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None

    @model_validator(mode="after")
    def _only_text(self) -> Message:
        if isinstance(self.content, list):
            for part in self.content:
                if part.get("type") != "text" or not isinstance(part.get("text"), str):
                    raise ValueError(f"content part of type {part.get('type')!r} is not supported, only `text` is")
        return self

    def for_template(self) -> dict[str, Any]:
        text = self.content
        if isinstance(text, list):
            text = "".join(part["text"] for part in text)
        return {"role": "system" if self.role == "developer" else self.role, "content": text or ""}


class ChatRequest(Sampling):
    messages: list[Message] = Field(min_length=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=20)
    response_format: dict[str, Any] | None = None

    def check(self) -> None:
        self.refuse_unsupported(
            "tools", "functions", "tool_choice", "function_call", "audio", "modalities", "prediction"
        )
        if self.top_logprobs is not None and not self.logprobs:
            raise InvalidRequestError("`top_logprobs` needs `logprobs`: true", "top_logprobs")

    def grammar(self) -> GrammarSpec | None:
        kind = (self.response_format or {}).get("type", "text")
        if kind == "text":
            return super().grammar()
        if kind == "json_object":
            return GrammarSpec("json")
        if kind == "json_schema":
            schema = (self.response_format or {}).get("json_schema", {}).get("schema")
            if not isinstance(schema, dict):
                raise InvalidRequestError("response_format.json_schema.schema must be an object", "response_format")
            return GrammarSpec("json_schema", _dump(schema))
        raise InvalidRequestError(f"response_format of type {kind!r} is unknown", "response_format")


class CompletionRequest(Sampling):
    prompt: str | list[str] | list[int] | list[list[int]]
    logprobs: int | None = Field(None, ge=0, le=20)

    def check(self) -> None:
        self.refuse_unsupported("echo", "suffix", "best_of")

    def prompts(self) -> list[str | list[int]]:
        """One entry a prompt."""
        if isinstance(self.prompt, str):
            return [self.prompt]
        if self.prompt and isinstance(self.prompt[0], int):
            return [self.prompt]
        return [*self.prompt]


class EmbeddingRequest(BaseModel):
    model: str | None = None
    input: str | list[str]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    input_type: Literal["query", "document", "passage"] = "document"  # e5 embeds questions and passages differently
