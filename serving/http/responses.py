"""Answers in the shapes of OpenAI's API: whole, streamed, and errors."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from konspekt.serving.engine.async_engine import Answer
from konspekt.serving.engine.sequence import TokenLogprob
from konspekt.serving.errors import (
    EngineStoppedError,
    InvalidRequestError,
    QueueFullError,
    ServingError,
)
from konspekt.serving.model.tokenizer import Tokenizer


class Shape:
    """Builds the objects of one response; `chat` decides between chat and plain completions."""

    def __init__(self, model: str, tokenizer: Tokenizer, *, chat: bool) -> None:
        self.chat = chat
        self._tokenizer = tokenizer
        self._base = {
            "id": ("chatcmpl-" if chat else "cmpl-") + uuid.uuid4().hex,
            "created": int(time.time()),
            "model": model,
        }

    def whole(self, choices: list[dict[str, Any]], usage: dict[str, Any]) -> dict[str, Any]:
        return self._base | {
            "object": "chat.completion" if self.chat else "text_completion",
            "choices": choices,
            "usage": usage,
        }

    def choice(self, index: int, text: str, finish: str | None, logprobs: list[TokenLogprob] | None) -> dict[str, Any]:
        content = {"message": {"role": "assistant", "content": text}} if self.chat else {"text": text}
        return self._choice(index, content, finish, logprobs)

    def chunk(
        self, index: int, text: str, finish: str | None, logprobs: list[TokenLogprob] | None, *, first: bool = False
    ) -> dict[str, Any]:
        """One streamed piece."""
        delta = ({"role": "assistant"} if first else {}) | ({"content": text} if text or first else {})
        content = {"delta": delta} if self.chat else {"text": text}
        return self._chunk([self._choice(index, content, finish, logprobs)])

    def usage_chunk(self, usage: dict[str, Any]) -> dict[str, Any]:
        return self._chunk([]) | {"usage": usage}

    def _choice(
        self, index: int, content: dict[str, Any], finish: str | None, logprobs: list[TokenLogprob] | None
    ) -> dict[str, Any]:
        return {"index": index, **content, "logprobs": self._logprobs(logprobs), "finish_reason": finish}

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return self._base | {"object": "chat.completion.chunk" if self.chat else "text_completion", "choices": choices}

    def _logprobs(self, entries: list[TokenLogprob] | None) -> dict[str, Any] | None:
        if entries is None:
            return None
        if self.chat:
            content = [
                self._named(entry.token, entry.logprob) | {"top_logprobs": [self._named(*pair) for pair in entry.top]}
                for entry in entries
            ]
            return {"content": content, "refusal": None}
        texts = [self._text(entry.token) for entry in entries]
        return {
            "tokens": texts,
            "token_logprobs": [entry.logprob for entry in entries],
            "top_logprobs": [{self._text(token): value for token, value in entry.top} for entry in entries],
            "text_offset": [sum(map(len, texts[:i])) for i in range(len(texts))],
        }

    def _named(self, token: int, logprob: float) -> dict[str, Any]:
        raw = self._bytes(token)
        return {"token": raw.decode("utf-8", "replace"), "logprob": logprob, "bytes": list(raw)}

    def _text(self, token: int) -> str:
        return self._bytes(token).decode("utf-8", "replace")

    def _bytes(self, token: int) -> bytes:
        pieces = self._tokenizer.token_bytes
        return pieces[token] if token < len(pieces) else b""


def usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": answer.prompt_tokens + answer.output_tokens,
        "prompt_tokens_details": {"cached_tokens": answer.cached_tokens},
    }


def event(data: dict[str, Any] | str) -> str:
    """One server-sent event."""
    return f"data: {data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)}\n\n"


def error_json(
    message: str, kind: str = "invalid_request_error", code: str | None = None, param: str | None = None
) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def error_body(error: ServingError) -> tuple[int, dict[str, str], dict[str, Any]]:
    """(status, headers, body) of an error."""
    if isinstance(error, InvalidRequestError):
        return error.status, {}, error_json(str(error), code=error.code, param=error.param)
    if isinstance(error, QueueFullError):
        return 429, {"Retry-After": str(error.retry_after)}, error_json(str(error), "rate_limit_error", "queue_full")
    if isinstance(error, EngineStoppedError):
        return 503, {"Retry-After": "5"}, error_json(str(error), "server_error")
    return 500, {}, error_json(str(error), "server_error")
