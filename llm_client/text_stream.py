"""One streamed answer: its endpoints in turn, its thinking left out, its end told as what it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from konspekt.llm_client.endpoint import Endpoint
from konspekt.llm_client.errors import (
    LLMBadResponse,
    LLMError,
    LLMFiltered,
    LLMUnavailable,
)
from konspekt.llm_client.failures import FORESEEN, error_within, translate
from konspekt.llm_client.pool import Pool
from konspekt.llm_client.reasoning import ReasoningFilter
from konspekt.llm_client.usage import Completion, Usage
from konspekt.tracing.spans import Span, begin

FINISHED = {"eos_token": "stop", "eos": "stop", "stop_sequence": "stop"}  # other words for OpenAI's; TGI's
BROKEN_OFF = frozenset({"abort", "error"})  # finish reasons of vLLM and SGLang when the engine gave a request up


class TextStream(AsyncIterator[str]):
    """After the loop `completion` holds the text, its usage and why it ended.

    `text` is the answer so far. It is the sum of the pieces, unless what was given first turned out to be thinking, or
    was cut short by it and is written anew: then it begins again.
    """

    def __init__(
        self,
        pool: Pool,
        request: Mapping[str, Any],
        *,
        timeout: float,
        spent: Callable[[Usage], None],
    ) -> None:
        self._pool = pool
        self._request = dict(request)
        self._timeout = timeout
        self._spent = spent
        self._pieces: AsyncGenerator[str] | None = None
        self._answer = ReasoningFilter()
        self._cut: int | None = None  # where a stop sequence stands in the answer
        self._thought = False  # in a field of its own, or in the text
        self._usage = Usage()
        self._finish_reason: str | None = None
        self._declined = self._begun = False  # refused to answer; sent a chunk of one
        self._model: str | None = None

    @property
    def text(self) -> str:
        return self._answer.text[: self._cut]

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
        failure: LLMError | None = None
        for endpoint in (*self._pool.in_turn(), None):
            patient = endpoint is None  # each was asked in vain, or there is but one
            if endpoint is None and (endpoint := await self._pool.last_chance()) is None:
                break
            span = begin("chat")
            span.set("gen_ai.operation.name", "chat")
            span.set("server.address", endpoint.host)
            try:
                with endpoint.at_work():
                    async for piece in self._from(endpoint, patient):
                        yield piece
            except LLMError as error:
                endpoint.failed(error)
                self._tell(span, error)
                if self.text:
                    raise
                failure = error
            except BaseException:  # whoever reads it has left
                self._tell(span)
                raise
            else:
                endpoint.worked()
                self._tell(span)
                return
        assert failure is not None, "nothing failed and nothing was asked"
        raise failure

    def _tell(self, span: Span, error: LLMError | None = None) -> None:
        """Ends the span of one endpoint's answer."""
        span.set("gen_ai.request.model", self._model or "")
        span.set("gen_ai.usage.input_tokens", self._usage.prompt_tokens)
        span.set("gen_ai.usage.output_tokens", self._usage.completion_tokens)
        span.set_text("gen_ai.output.messages", self.text)
        span.end(error)

    async def _from(self, endpoint: Endpoint, patient: bool) -> AsyncGenerator[str]:
        """One endpoint's answer. One that spent its tokens on thinking is asked again, with room for it."""
        knew = endpoint.dialect.reasons
        async for piece in self._once(endpoint, patient):
            yield piece
        if not self._thought:
            return
        endpoint.dialect = replace(
            endpoint.dialect,
            reasons=True,
            opens_thinking=endpoint.dialect.opens_thinking or self._answer.closed_unopened,
        )
        if not knew and (self._finish_reason == "length" or not self.text.strip()):
            async for piece in self._once(endpoint, patient):
                yield piece
        if not self.text.strip():
            raise LLMBadResponse(f"{endpoint.host} thought about it and gave no answer")

    async def _once(self, endpoint: Endpoint, patient: bool) -> AsyncGenerator[str]:
        """Pieces of one request, every failure as a `LLMError`."""
        self._answer = ReasoningFilter(silent=endpoint.dialect.opens_thinking)
        self._cut, self._thought, self._finish_reason, self._declined, self._begun = None, False, None, False, False
        response, ended, pieces = None, _Ended(), 0
        wanted = {**self._request, "stream_options": {"include_usage": True}}
        try:
            self._model = await endpoint.model_name(patient=patient)
            response = await endpoint.open(wanted, patient=patient)
            ended.watch(response)
            chunks = aiter(response)
            while True:
                async with asyncio.timeout(self._timeout):  # a keep-alive comment is not a token
                    chunk = await _next_chunk(chunks)
                if chunk is None:
                    break
                raw = self._take(chunk, endpoint.host)
                piece = self._answer.feed(raw) if raw else ""
                pieces += bool(raw and self._answer.text and not self._answer.thinking)
                if piece:
                    yield piece
                if self._is_enough(endpoint, pieces):
                    break
            if rest := self._answer.finish():
                yield rest
        except FORESEEN as error:  # TimeoutError is an OSError
            raise translate(error, endpoint.host) from error
        finally:
            if response is not None:
                with suppress(Exception):
                    await response.close()
            self._spent(replace(self._usage, requests=1))
        self._thought = self._thought or self._answer.seen
        self._judge_end(endpoint.host, ended)

    def _is_enough(self, endpoint: Endpoint, pieces: int) -> bool:
        """Limits that are kept here, because the endpoint was not told them as they are."""
        dialect = endpoint.dialect
        if dialect.reasons or "stop" in dialect.without:
            found = [at for stop in self._request.get("stop", ()) if (at := self._answer.text.find(stop)) >= 0]
            if found:
                self._cut, self._finish_reason = min(found), "stop"
                return True
        told = dialect.limit is not None and not dialect.reasons
        if not told and pieces >= self._request["max_tokens"] and self._finish_reason is None:
            self._finish_reason = "length"
            return True
        return False

    def _judge_end(self, host: str, ended: _Ended) -> None:
        """Raises unless the answer is complete, or as long as it may be."""
        if self._finish_reason == "content_filter" or (self._declined and not self.text):
            raise LLMFiltered(f"{host} withheld the answer: its content filter stopped it")
        if self._finish_reason is not None:
            return
        if not (self.text or self._thought or (self._begun and not ended.said)):
            raise LLMBadResponse(f"{host} sent no answer")
        if not ended.said:
            # A server that dies ends the stream like one that is done; a finish reason or [DONE] tells them apart.
            raise LLMUnavailable(f"{host} closed the connection before the answer was complete")

    def _take(self, chunk: Any, host: str) -> str | None:
        """Text of a chunk; its usage and finish reason are kept. Raises `LLMError` for an error in a chunk's place."""
        if getattr(chunk, "object", None) == "error":  # vLLM and SGLang, where the library sees none
            raise error_within(chunk.model_dump(), host)
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
        choice, self._begun = chunk.choices[0], True
        self._finish_reason = FINISHED.get(choice.finish_reason, choice.finish_reason) or self._finish_reason
        if self._finish_reason in BROKEN_OFF:
            raise LLMUnavailable(f"{host} broke off in the middle of its answer")
        delta = choice.delta
        if delta is None:
            return None
        self._thought = self._thought or any(getattr(delta, name, None) for name in ("reasoning_content", "reasoning"))
        self._declined = self._declined or bool(getattr(delta, "refusal", None))
        return self._text_of(delta.content)

    def _text_of(self, content: Any) -> str | None:
        """Some send a list of parts, thinking among them."""
        if isinstance(content, list):
            parts = [part for part in content if isinstance(part, dict)]
            self._thought = self._thought or any(part.get("type") in {"thinking", "reasoning"} for part in parts)
            return "".join(str(part.get("text") or "") for part in parts if part.get("type") in {"text", "output_text"})
        return content if isinstance(content, str) else None


class _Ended:
    """Whether a stream said `[DONE]`, which the library keeps to itself."""

    def __init__(self) -> None:
        self.said = False

    def watch(self, response: Any) -> None:
        events = getattr(response, "_iter_events", None)
        if events is None:  # another version of the library: then only a finish reason tells
            return

        async def watched() -> AsyncGenerator[Any]:
            async for event in events():
                self.said = self.said or str(event.data).startswith("[DONE]")
                yield event

        response._iter_events = watched


async def _next_chunk(chunks: AsyncIterator[Any]) -> Any | None:
    try:
        return await anext(chunks)
    except StopAsyncIteration:
        return None
