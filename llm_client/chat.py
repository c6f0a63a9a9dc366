"""The chat model: one call in the house to a language model, with streaming, stall timeout and fallbacks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from typing import Any, Literal, TypedDict

from konspekt.llm_client.endpoint import (
    FORESEEN,
    Endpoint,
    EndpointSettings,
    translate,
)
from konspekt.llm_client.errors import (
    LLMBadResponse,
    LLMError,
    LLMTimeout,
    LLMUnavailable,
)
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
    ) -> Completion:
        """The whole answer at once. Streams underneath, so that a slow model is not a stalled one.

        A connection cut in the middle is tried once more: nobody has seen the half answer.
        """
        options: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature, "stop": stop}
        options["response_format"] = response_format
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
    ) -> TextStream:
        """Pieces of the answer as they come: `async for piece in model.stream(…)`.

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
        return TextStream(self, request)

    def _in_turn(self) -> list[Endpoint]:
        """Endpoints to ask, those that failed a moment ago last."""
        return sorted(self._endpoints, key=lambda endpoint: endpoint.cooling)

    async def close(self) -> None:
        for endpoint in self._endpoints:
            await endpoint.close()


class TextStream(AsyncIterator[str]):
    """One streamed answer. After the loop `completion` holds the text, its usage and why it ended."""

    def __init__(self, owner: ChatModel, request: dict[str, Any]) -> None:
        self._owner = owner
        self._request = request
        self._pieces: AsyncGenerator[str] | None = None
        self._parts: list[str] = []
        self._usage = Usage()
        self._finish_reason: str | None = None
        self._model: str | None = None

    @property
    def text(self) -> str:
        return "".join(self._parts)

    @property
    def completion(self) -> Completion:
        return Completion(self.text, self._usage, self._finish_reason, self._model or "")

    def __aiter__(self) -> TextStream:
        return self

    async def __anext__(self) -> str:
        if self._pieces is None:
            self._pieces = self._run()
        return await anext(self._pieces)

    async def aclose(self) -> None:
        if self._pieces is not None:
            await self._pieces.aclose()

    async def _run(self) -> AsyncGenerator[str]:
        endpoints = self._owner._in_turn()
        for number, endpoint in enumerate(endpoints, start=1):
            try:
                async for piece in self._from(endpoint):
                    self._parts.append(piece)
                    yield piece
            except LLMError:
                endpoint.failed()
                if self._parts or number == len(endpoints):
                    raise
            else:
                endpoint.worked()
                return

    async def _from(self, endpoint: Endpoint) -> AsyncGenerator[str]:
        """Pieces of one endpoint, every failure as a `LLMError`."""
        timeout = self._owner.timeout
        response = None
        try:
            self._model = await endpoint.model_name()
            response = await endpoint.client.chat.completions.create(
                **self._request, model=self._model, stream=True, stream_options={"include_usage": True}
            )
            chunks = aiter(response)
            while True:
                async with asyncio.timeout(timeout):  # a keep-alive comment is not a token
                    chunk = await _next_chunk(chunks)
                if chunk is None:
                    break
                piece = self._take(chunk)
                if piece:
                    yield piece
        except FORESEEN as error:  # TimeoutError is an OSError
            raise translate(error, endpoint.host) from error
        finally:
            if response is not None:
                with suppress(Exception):
                    await response.close()
            self._owner.usage += Usage(
                self._usage.prompt_tokens, self._usage.completion_tokens, self._usage.cached_tokens, 1
            )
        if self._finish_reason is None:
            # A server that dies ends the stream like one that is done; only the finish reason tells them apart.
            if self._parts:
                raise LLMUnavailable(f"{endpoint.host} closed the connection before the answer was complete")
            raise LLMBadResponse(f"{endpoint.host} sent no answer")

    def _take(self, chunk: Any) -> str | None:
        """Text of a chunk; its usage and finish reason are kept."""
        if chunk.usage is not None:
            details = chunk.usage.prompt_tokens_details
            self._usage = Usage(
                chunk.usage.prompt_tokens or 0,
                chunk.usage.completion_tokens or 0,
                (details.cached_tokens or 0) if details else 0,
                1,
            )
        if not chunk.choices:
            return None
        choice = chunk.choices[0]
        self._finish_reason = choice.finish_reason or self._finish_reason
        content = choice.delta.content if choice.delta is not None else None
        return content if isinstance(content, str) else None


async def _next_chunk(chunks: AsyncIterator[Any]) -> Any | None:
    try:
        return await anext(chunks)
    except StopAsyncIteration:
        return None
