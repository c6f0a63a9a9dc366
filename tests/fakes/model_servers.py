"""vLLM, SGLang, llama.cpp's server and TGI as a client meets them: each refuses, fails and thinks in its own way.

    with ModelServer("tgi") as server:
        server.mood = "full"

What they do is taken from their sources: vLLM 0.11 (`entrypoints/openai`), SGLang 0.5 (`srt/entrypoints/openai`),
llama.cpp b6900 (`tools/server`), TGI 3.3 (`router/src`) and, where it differs, 1.4.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Literal

from tests.fakes.openai_server import Body, FakeOpenAIServer, Request, _Cut

Engine = Literal["vllm", "sglang", "llama.cpp", "tgi"]
Mood = Literal["well", "thinking", "full", "long", "breaking"]
ENGINES: tuple[Engine, ...] = ("vllm", "sglang", "llama.cpp", "tgi")
PIECES = ("Сорок", " два", ".")
THOUGHT = "Сколько же это будет?"

Refusal = tuple[int, Any, dict[str, str]]


def _error(code: Any, message: str, kind: str, **more: Any) -> Body:
    return {"code": code, "message": message, "type": kind, **more}


TOO_LONG: dict[Engine, Refusal] = {
    "vllm": (400, {"error": _error(400, "This model's maximum context length is 4096 tokens. However, you requested "
             "4500 tokens (4100 in the messages, 400 in the completion).", "BadRequestError", param=None)}, {}),
    "sglang": (400, {"object": "error", **_error(400, "The input (4100 tokens) is longer than the model's context "
               "length (4096 tokens).", "BadRequestError", param=None)}, {}),
    "llama.cpp": (400, {"error": _error(400, "the request exceeds the available context size (4096 tokens), try "
                  "increasing it", "exceed_context_size_error", n_prompt_tokens=4100, n_ctx=4096)}, {}),
    "tgi": (422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4100 "
            "`inputs` tokens and 400 `max_new_tokens`", "error_type": "validation"}, {}),
}  # fmt: skip
FULL: dict[Engine, Refusal] = {
    "vllm": (429, {"error": {"message": "Too many requests"}}, {"Retry-After": "1"}),  # of the router before it
    "llama.cpp": (503, {"error": _error(503, "Loading model", "unavailable_error")}, {}),
    "tgi": (429, {"error": "Model is overloaded", "error_type": "overloaded"}, {}),
}
# What stands in the stream where an engine gives up; SGLang says so that its queue is full, after a 200
SGLANG_FULL = {"error": {"object": "error", **_error(503, "The request queue is full.", "SERVICE_UNAVAILABLE")}}
VLLM_DIED = {"object": "error", **_error(500, "EngineCore encountered an issue.", "InternalServerError", param=None)}
LLAMA_DIED = _error(500, "failed to decode", "server_error")
TGI_DIED = {"error": "Request failed during generation: Server error: CUDA out of memory", "error_type": "generation"}


class ModelServer(FakeOpenAIServer):
    def __init__(self, engine: Engine) -> None:
        super().__init__(models=(f"{engine}-model",))
        self.engine = engine
        self.mood: Mood = "well"
        self.broken_after = 2  # pieces, when it is breaking
        self.answered = 0

    async def _respond(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if request.path.endswith("/models"):
            if self.engine == "tgi":
                return await _plain(writer, 404, "", {})
            return await super()._respond(request, reader, writer)
        if (refusal := self._refusal(request.body)) is not None:
            return await _plain(writer, *refusal)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for block in self._blocks(request.body):
            writer.write(block)
            await writer.drain()
        self.answered += self.mood in ("well", "thinking")
        raise _Cut

    def _refusal(self, body: Body) -> Refusal | None:
        if self.mood == "full" and self.engine in FULL:
            return FULL[self.engine]
        if self.mood == "long":
            return TOO_LONG[self.engine]
        if self.engine == "tgi" and body.get("temperature") == 0.0:
            told = "Input validation error: `temperature` must be strictly positive"
            return 422, {"error": told, "error_type": "validation"}, {}
        if self.engine == "llama.cpp" and body["messages"][0]["role"] == "system":
            return 500, {"error": _error(500, "Value is not callable: System role not supported", "server_error")}, {}
        return None

    def _blocks(self, body: Body) -> list[bytes]:
        if self.mood == "full":
            return [_data(SGLANG_FULL), b"data: [DONE]\n\n"]
        thought, pieces = self._thinking() if self.mood == "thinking" else [], [*PIECES]
        if self.mood == "thinking" and self.engine == "tgi":  # it has no field for it
            pieces.insert(0, f"<think>{THOUGHT}</think>\n")
        deltas: list[Body] = [{"role": "assistant", "content": None}, *thought, *({"content": one} for one in pieces)]
        if self.engine in ("vllm", "sglang"):
            deltas[0]["content"] = ""
        blocks = [self._chunk(delta) for delta in deltas]
        if self.mood == "breaking":
            return blocks[: self.broken_after + 1] + self._broken()
        blocks.append(self._chunk({}, "eos_token" if self.engine == "tgi" else "stop"))
        if self.engine != "tgi" and body.get("stream_options", {}).get("include_usage"):
            usage = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
            blocks.append(_data({**_EMPTY, "choices": [], "usage": usage, "timings": {"predicted_ms": 1.0}}))
        return blocks if self.engine == "tgi" else [*blocks, b"data: [DONE]\n\n"]

    def _thinking(self) -> list[Body]:
        field = {"vllm": "reasoning", "sglang": "reasoning_content", "llama.cpp": "reasoning_content"}.get(self.engine)
        return [{field: THOUGHT, "content": None}] if field else []

    def _broken(self) -> list[bytes]:
        done = b"data: [DONE]\n\n"
        if self.engine == "vllm":
            return [_data(VLLM_DIED), done]
        if self.engine == "sglang":
            return [self._chunk({}, "abort"), done]
        if self.engine == "llama.cpp":  # a field that a reader of events does not know: it passes over it
            return [b"error: " + json.dumps(LLAMA_DIED).encode() + b"\n\n"]
        return [_data(TGI_DIED)]

    def _chunk(self, delta: Body, finish_reason: str | None = None) -> bytes:
        return _data({**_EMPTY, "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})


_EMPTY = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def _data(said: Body) -> bytes:
    return f"data: {json.dumps(said)}\n\n".encode()


async def _plain(writer: asyncio.StreamWriter, status: int, body: Any, headers: dict[str, str]) -> None:
    raw = (body if isinstance(body, str) else json.dumps(body)).encode()
    extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(raw)}\r\n{extra}\r\n".encode() + raw)
    await writer.drain()
