"""Requests as OpenAI's API, vLLM and llama.cpp name their fields, and what they mean to the engine.

What this server cannot honour is refused by name rather than ignored, see `fields`. Sources, checked 2026-11-29:
https://platform.openai.com/docs/api-reference/chat, https://docs.vllm.ai/en/stable/serving/openai_compatible_server
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from konspekt.serving.engine.sequence import SamplingParams
from konspekt.serving.errors import InvalidRequestError
from konspekt.serving.http.constraints import Constrained
from konspekt.serving.http.fields import Lenient, at_most
from konspekt.serving.http.tools.offered import WithTools
from konspekt.serving.model.sampling_defaults import SamplingDefaults

_SEED_MASK = (1 << 62) - 1
_STOPS, _STOP_LENGTH = 16, 1024  # stop strings, and characters of each
_BIAS = 100.0  # OpenAI's limit; what is beyond it forces or forbids all the same
_COLDEST = 1e-5  # a lower temperature is greedy: logits divided by it would overflow
_STOP_IDS = 1024
_MESSAGES = 16_384  # and parts of one
_CALLS = 128  # of one message
_PROMPTS = 131_072  # prompts, or token ids of one
_EMBEDDED = 2048  # texts, as with OpenAI

ReasoningFormat = Literal["auto", "none", "deepseek", "deepseek-legacy"]


class StreamOptions(Lenient):
    include_usage: bool = False


class Sampling(Constrained):
    """What chat and plain completions have in common."""

    model: str | None = None
    max_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=100)
    top_p: float | None = Field(None, ge=0, le=1)
    n: int | None = Field(None, ge=1, le=16)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    stop: Annotated[str | list[str] | None, BeforeValidator(at_most(_STOPS, "stop strings"))] = None
    seed: int | None = None
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    logit_bias: dict[int, float] | None = None
    # vLLM's extensions
    top_k: int | None = Field(None, ge=-1)
    min_p: float | None = Field(None, ge=0, le=1)
    repetition_penalty: float | None = Field(None, gt=0, le=100)
    ignore_eos: bool = False
    min_tokens: int = Field(0, ge=0)
    stop_token_ids: Annotated[list[int], BeforeValidator(at_most(_STOP_IDS, "token ids"))] = Field(default_factory=list)
    skip_special_tokens: bool = True
    # llama.cpp's names
    n_predict: int | None = Field(None, ge=-1)
    repeat_penalty: float | None = Field(None, gt=0, le=100)

    @property
    def samples(self) -> int:
        return self.n or 1

    def most_tokens(self, default: int | None = None) -> int | None:
        """How long the answer may be; None: as long as the context allows."""
        if self.max_tokens is None and self.n_predict is not None:
            return self.n_predict if self.n_predict > 0 else None
        return self.max_tokens or default

    def stops(self) -> tuple[str, ...]:
        stops = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        if any(len(stop) > _STOP_LENGTH for stop in stops):
            raise InvalidRequestError(f"a stop string has at most {_STOP_LENGTH} characters", "stop")
        return stops

    def check(self, vocab_size: int) -> None:
        """What can be told from the request alone. Raises InvalidRequestError."""
        self.refuse_unsupported()
        self.stops()
        for field, tokens in (("logit_bias", self.logit_bias or ()), ("stop_token_ids", self.stop_token_ids)):
            for token in tokens:
                if not 0 <= token < vocab_size:
                    raise InvalidRequestError(f"token id {token} is outside the vocabulary of {vocab_size}", field)

    def params(self, max_tokens: int, logprobs: int | None, default: SamplingDefaults) -> SamplingParams:
        given = {"seed": self.seed & _SEED_MASK} if self.seed is not None else {}
        temperature = default.temperature if self.temperature is None else self.temperature
        bias = {token: min(_BIAS, max(-_BIAS, value)) for token, value in (self.logit_bias or {}).items()}
        return SamplingParams(
            max_tokens=max_tokens,
            temperature=temperature if temperature >= _COLDEST else 0.0,
            top_k=default.top_k if self.top_k is None else max(0, self.top_k),
            top_p=default.top_p if self.top_p is None else self.top_p,
            min_p=default.min_p if self.min_p is None else self.min_p,
            repetition_penalty=self.repetition_penalty or self.repeat_penalty or 1.0,
            presence_penalty=self.presence_penalty or 0.0,
            frequency_penalty=self.frequency_penalty or 0.0,
            logit_bias=tuple(sorted(bias.items())),
            logprobs=logprobs,
            stop=self.stops(),
            stop_token_ids=frozenset(self.stop_token_ids),
            ignore_eos=self.ignore_eos,
            min_tokens=self.min_tokens,
            show_control_tokens=not self.skip_special_tokens,
            **given,
        )


class MadeFunction(Lenient):
    """`arguments`: JSON text of an object, or the object; templates take the object."""

    name: str
    arguments: str | dict[str, Any] = "{}"

    @model_validator(mode="after")
    def _an_object(self) -> MadeFunction:
        if isinstance(self.arguments, str):
            try:
                read = json.loads(self.arguments or "{}")
            except (ValueError, RecursionError):
                raise ValueError(f"the arguments of {self.name[:64]!r} are not JSON") from None
            if not isinstance(read, dict):
                raise ValueError(f"the arguments of {self.name[:64]!r} are not a JSON object")
            self.arguments = read
        return self


class MadeCall(Lenient):
    """A call that the assistant made earlier."""

    id: str | None = None
    type: Literal["function"] = "function"
    function: MadeFunction

    def for_template(self) -> dict[str, Any]:
        function = {"name": self.function.name, "arguments": self.function.arguments}
        return {"type": self.type, "function": function} | ({"id": self.id} if self.id else {})


class Message(Lenient):
    """`tool_calls` of an assistant are answered by messages of role `tool`, each with its `tool_call_id`."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[str | list[dict[str, Any]] | None, BeforeValidator(at_most(_MESSAGES, "parts"))] = None
    tool_calls: Annotated[list[MadeCall] | None, BeforeValidator(at_most(_CALLS, "tool calls"))] = None
    tool_call_id: str | None = None
    name: str | None = None

    @model_validator(mode="after")
    def _only_text(self) -> Message:
        if isinstance(self.content, list):
            for part in self.content:
                if part.get("type") != "text" or not isinstance(part.get("text"), str):
                    kind = str(part.get("type"))[:64]
                    raise ValueError(f"content part of type {kind!r} is not supported, only `text` is")
        return self

    def for_template(self) -> dict[str, Any]:
        text = self.content
        if isinstance(text, list):
            text = "".join(part["text"] for part in text)
        made: dict[str, Any] = {"role": "system" if self.role == "developer" else self.role, "content": text or ""}
        if self.tool_calls:
            made["tool_calls"] = [call.for_template() for call in self.tool_calls]
        more = {"tool_call_id": self.tool_call_id, "name": self.name}
        return made | {key: value for key, value in more.items() if value is not None}


class ChatRequest(Sampling, WithTools):
    messages: Annotated[list[Message], BeforeValidator(at_most(_MESSAGES, "messages"))] = Field(min_length=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=20)
    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)
    reasoning_effort: str | None = None
    reasoning_format: ReasoningFormat | None = None
    include_reasoning: bool = True

    def check(self, vocab_size: int) -> None:
        super().check(vocab_size)
        if self.top_logprobs is not None and not self.logprobs:
            raise InvalidRequestError("`top_logprobs` needs `logprobs`: true", "top_logprobs")

    def most_tokens(self, default: int | None = None) -> int | None:
        return self.max_completion_tokens or super().most_tokens(default)

    def ignored(self) -> list[str]:
        parts = {f"messages.{name}" for message in self.messages for name in message.unknown}
        return [*super().ignored(), *sorted(parts)]


class CompletionRequest(Sampling):
    prompt: Annotated[
        str | list[str] | list[int] | list[list[int]], BeforeValidator(at_most(_PROMPTS, "prompts or token ids"))
    ]
    logprobs: int | None = Field(None, ge=0, le=20)

    def prompts(self) -> list[str | list[int]]:
        """One entry per prompt."""
        if isinstance(self.prompt, str):
            return [self.prompt]
        if not self.prompt:
            raise InvalidRequestError("`prompt` is empty", "prompt")
        if isinstance(self.prompt[0], int):
            return [self.prompt]
        return [*self.prompt]


def _text_only(value: Any) -> Any:
    if isinstance(value, list) and any(isinstance(item, (int, list)) for item in value):
        raise ValueError("token ids are not taken here, send the text")
    return value


class EmbeddingRequest(Lenient):
    """`truncate` (as text-embeddings-inference has it): embed the beginning of a text that is too long."""

    model: str | None = None
    input: Annotated[str | list[str], BeforeValidator(_text_only), BeforeValidator(at_most(_EMBEDDED, "texts"))]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    input_type: Literal["query", "document", "passage"] = "document"  # e5 embeds questions and passages differently
    truncate: bool = False

    def texts(self) -> list[str]:
        """Raises InvalidRequestError when there is nothing to embed."""
        texts = [self.input] if isinstance(self.input, str) else self.input
        if not texts or not all(text.strip() for text in texts):
            raise InvalidRequestError("`input` must be non-empty text", "input")
        return texts
