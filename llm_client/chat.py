"""The chat model: one call in the house to a language model, with streaming, stall timeout and fallbacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from konspekt.llm_client.endpoint import Endpoint, EndpointSettings
from konspekt.llm_client.errors import LLMTimeout, LLMUnavailable
from konspekt.llm_client.text_stream import TextStream
from konspekt.llm_client.usage import Completion, Usage


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel:
    """An OpenAI-compatible chat model, with others to fall back on.

    `timeout`: seconds without a new token after which the call is given up (not the length of the whole answer).
    `max_retries`: the library's own retries with backoff, honouring `Retry-After`, before the first token.
    `fallbacks`: asked in turn when the one before fails before its first token; one that failed is passed over for a
    while. `usage` adds up what all calls of this object cost.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        model: str | None = None,
        *,
        timeout: float = 120.0,
        max_retries: int = 2,
        fallbacks: Sequence[EndpointSettings] = (),
    ) -> None:
        self.timeout = timeout
        self.usage = Usage()
        settings = (EndpointSettings(base_url, api_key, model), *fallbacks)
        self._endpoints = [Endpoint(one, timeout=timeout, max_retries=max_retries) for one in settings]

    async def model_name(self) -> str:
        """Name of the first endpoint's model. Raises `LLMError` when it cannot be found out."""
        return await self._endpoints[0].model_name()

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 400,
        temperature: float = 0.0,
        stop: Sequence[str] | None = None,
        response_format: dict[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Completion:
        """The whole answer at once. Streams underneath, so that a slow model is not a stalled one.

        A connection cut in the middle is tried once more: nobody has seen the half answer.
        """
        options: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature, "stop": stop}
        options |= {"response_format": response_format, "extra": extra}
        for attempt in (1, 2):
            answer = self.stream(messages, **options)
            try:
                async for _ in answer:
                    pass
                return answer.completion
            except LLMTimeout:
                raise
            except LLMUnavailable:
                if attempt == 2 or not answer.text:
                    raise
            finally:
                await answer.aclose()
        raise AssertionError("unreachable")

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 400,
        temperature: float = 0.0,
        stop: Sequence[str] | None = None,
        response_format: dict[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> TextStream:
        """Pieces of the answer as they come: `async for piece in model.stream(…)`.

        `extra`: parameters beyond OpenAI's, such as `guided_regex`; left out for an endpoint that refuses them. What a
        reasoning model thinks before it answers is neither given nor counted in `max_tokens`.

        Leaving the loop early: `await stream.aclose()` closes the connection, so that the server stops writing.
        Raises a `LLMError`; what had come before it stays in `stream.text`.
        """
        request: dict[str, Any] = {
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
        }
        if stop:
            request["stop"] = list(stop)
        if response_format is not None:
            request["response_format"] = response_format
        if extra:
            request["extra_body"] = dict(extra)
        return TextStream(self._in_turn, request, timeout=self.timeout, spent=self._spend)

    def _spend(self, usage: Usage) -> None:
        self.usage += usage

    def _in_turn(self) -> list[Endpoint]:
        """Endpoints to ask, those that failed a moment ago last."""
        return sorted(self._endpoints, key=lambda endpoint: endpoint.cooling)

    async def close(self) -> None:
        for endpoint in self._endpoints:
            await endpoint.close()
