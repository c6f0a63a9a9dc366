"""The chat model: one call in the house to a language model, with streaming, stall timeout and several endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from konspekt.llm_client.endpoint import Endpoint, EndpointSettings
from konspekt.llm_client.errors import LLMError, LLMTimeout, LLMUnavailable
from konspekt.llm_client.pool import Pool
from konspekt.llm_client.text_stream import TextStream
from konspekt.llm_client.usage import Completion, Usage


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel:
    """An OpenAI-compatible chat model, at one endpoint or at several.

    `timeout`: seconds without a new token after which the call is given up (not the length of the whole answer).
    `max_retries`: the library's own retries with backoff, honouring `Retry-After`, before the first token; with several
    endpoints the next one is asked first. `others`: further endpoints of the same rank. The least busy one is asked;
    one that fails before its first token is passed over for a while, and the next one answers.
    `usage` adds up what all calls of this object cost.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        model: str | None = None,
        *,
        timeout: float = 120.0,
        max_retries: int = 2,
        others: Sequence[EndpointSettings] = (),
    ) -> None:
        self.timeout = timeout
        self.usage = Usage()
        settings = (EndpointSettings(base_url, api_key, model), *others)
        self._pool = Pool([Endpoint(one, timeout=timeout, max_retries=max_retries) for one in settings])

    @classmethod
    def at(cls, endpoints: Sequence[EndpointSettings], *, timeout: float = 120.0) -> ChatModel:
        """The model at these endpoints; there is at least one."""
        first, *others = endpoints
        return cls(first.base_url, first.api_key, first.model, timeout=timeout, others=others)

    async def model_name(self) -> str:
        """Name of the first endpoint's model; another's while that one cannot say. Raises `LLMError`."""
        failure: LLMError | None = None
        for endpoint in self._pool.endpoints:
            try:
                return await endpoint.model_name()
            except LLMError as error:
                failure = failure or error
        assert failure is not None, "there is an endpoint"
        raise failure

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
        return TextStream(self._pool, request, timeout=self.timeout, spent=self._spend)

    def _spend(self, usage: Usage) -> None:
        self.usage += usage

    async def close(self) -> None:
        await self._pool.close()
