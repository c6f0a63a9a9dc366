"""Answers in the shapes of OpenAI's API: whole, streamed, and errors."""

from __future__ import annotations

import codecs
import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

from konspekt.serving.engine.async_engine import Answer
from konspekt.serving.engine.sequence import TokenLogprob
from konspekt.serving.errors import (
    EngineStoppedError,
    InvalidRequestError,
    QueueFullError,
    ServingError,
)
from konspekt.serving.http.tools.calls import CallDelta
from konspekt.serving.model.tokenizer import Tokenizer


class Shape:
    """Builds the objects of one response; `chat` decides between chat and plain completions."""

    def __init__(self, model: str, tokenizer: Tokenizer, *, chat: bool) -> None:
        self.chat = chat
        self.pieces = tokenizer.token_bytes
        self._hidden = tokenizer.special.control_ids
        self._offsets: dict[int, Offsets] = {}  # of each choice
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

    def choice(
        self,
        index: int,
        text: str,
        thoughts: str | None,
        finish: str | None,
        logprobs: list[TokenLogprob] | None,
        *,
        calls: Sequence[CallDelta] = (),
    ) -> dict[str, Any]:
        """`thoughts` None: this answer has none. calls: whole ones."""
        told: dict[str, Any] = {} if thoughts is None else {"reasoning_content": thoughts}
        if calls:  # what stands before them is said, white space is not
            told["tool_calls"] = [call_json(call) for call in calls]
        shown = (text.strip() or None) if calls else text
        content = {"message": {"role": "assistant", "content": shown} | told} if self.chat else {"text": text}
        return self._choice(index, content, finish, logprobs)

    def chunk(
        self,
        index: int,
        text: str,
        finish: str | None,
        logprobs: list[TokenLogprob] | None,
        *,
        thoughts: str = "",
        calls: Sequence[CallDelta] = (),
        first: bool = False,
    ) -> dict[str, Any]:
        """One streamed piece."""
        delta: dict[str, Any] = {"role": "assistant"} if first else {}
        delta |= {"content": text} if text or first else {}
        delta |= {"reasoning_content": thoughts} if thoughts else {}
        delta |= {"tool_calls": [{"index": call.index} | call_json(call) for call in calls]} if calls else {}
        content = {"delta": delta} if self.chat else {"text": text}
        return self._chunk([self._choice(index, content, finish, logprobs)])

    def usage_chunk(self, usage: dict[str, Any]) -> dict[str, Any]:
        return self._chunk([]) | {"usage": usage}

    def _choice(
        self, index: int, content: dict[str, Any], finish: str | None, logprobs: list[TokenLogprob] | None
    ) -> dict[str, Any]:
        return {"index": index, **content, "logprobs": self._logprobs(index, logprobs), "finish_reason": finish}

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return self._base | {"object": "chat.completion.chunk" if self.chat else "text_completion", "choices": choices}

    def _logprobs(self, index: int, entries: list[TokenLogprob] | None) -> dict[str, Any] | None:
        if entries is None:
            return None
        if self.chat:
            content = [
                self._named(entry.token, entry.logprob) | {"top_logprobs": [self._named(*pair) for pair in entry.top]}
                for entry in entries
            ]
            return {"content": content, "refusal": None}
        offsets = self._offsets.setdefault(index, Offsets())
        return {
            "tokens": [token_name(self._bytes(entry.token)) for entry in entries],
            "token_logprobs": [entry.logprob for entry in entries],
            "top_logprobs": [self._by_name(entry.top) for entry in entries],
            "text_offset": [offsets.next(self._shown(entry.token)) for entry in entries],
        }

    def _by_name(self, top: tuple[tuple[int, float], ...]) -> dict[str, float]:
        """Alternatives, one entry each: tokens of equal text go by their ids."""
        found: dict[str, float] = {}
        for token, value in top:
            name = token_name(self._bytes(token))
            found[f"token_id:{token}" if name in found or not name else name] = value
        return found

    def _named(self, token: int, logprob: float) -> dict[str, Any]:
        raw = self._bytes(token)
        return {"token": raw.decode("utf-8", "replace"), "logprob": logprob, "bytes": list(raw)}

    def _bytes(self, token: int) -> bytes:
        return self.pieces[token] if token < len(self.pieces) else b""

    def _shown(self, token: int) -> bytes:
        return b"" if token in self._hidden else self._bytes(token)


class Offsets:
    """Where each token begins in its answer's text, in characters; half a character begins where the whole one does."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._at = 0

    def next(self, piece: bytes) -> int:
        first = self._decoder.decode(piece[:1])
        waits = bool(self._decoder.getstate()[0])
        begins = self._at + len(first) - (bool(piece) and not waits)  # after what the first byte showed to be broken
        self._at += len(first) + len(self._decoder.decode(piece[1:]))
        return begins


def token_name(piece: bytes) -> str:
    """The text of a token; of half a character its bytes (`bytes:\\xd0`), as OpenAI writes them."""
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in piece)


def call_json(call: CallDelta) -> dict[str, Any]:
    """Of a whole call, or of a piece of one."""
    function = ({"name": call.name} if call.name is not None else {}) | {"arguments": call.arguments}
    return ({"id": call.id, "type": "function"} if call.id is not None else {}) | {"function": function}


def usage(answer: Answer, thoughts: int | None = None) -> dict[str, Any]:
    """`thoughts`: how many of the answer's tokens are thoughts; None: not told apart."""
    told = {} if thoughts is None else {"completion_tokens_details": {"reasoning_tokens": thoughts}}
    return told | {
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
