"""The FastAPI application: `create_app(engine, name)`."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException

from konspekt.serving.engine.async_engine import Answer, start_answer
from konspekt.serving.engine.engine import Engine
from konspekt.serving.errors import InvalidRequestError, NotServedError, ServingError
from konspekt.serving.http.guard import Guard
from konspekt.serving.http.protocol import (
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Sampling,
)
from konspekt.serving.http.responses import (
    Shape,
    error_body,
    error_json,
    usage,
)
from konspekt.serving.http.streams import collect, disconnected, stream
from konspekt.serving.model.chat_template import ChatTemplate
from konspekt.serving.model.sampling_defaults import SamplingDefaults


class Embeddings(Protocol):
    """The index's embedding model; whoever starts the server brings it."""

    @property
    def name(self) -> str: ...
    def embed(self, texts: Sequence[str], *, query: bool) -> Any:
        """float32 [len(texts), dimension]"""
        ...

    def count_tokens(self, text: str) -> int: ...


class _Api:
    """What the handlers share."""

    def __init__(self, engine: Engine, name: str, embeddings: Embeddings | None, sampling: SamplingDefaults) -> None:
        self.engine, self.name, self.embeddings, self.sampling = engine, name, embeddings, sampling
        self.template = ChatTemplate(engine.model.tokenizer)
        self.started = int(time.time())

    def check_model(self, wanted: str | None) -> None:
        if wanted not in (None, "", self.name):
            raise NotServedError(f"model {wanted!r} is not served here; there is {self.name!r}")

    async def start(
        self, request: Sampling, prompts: list[list[int]], logprobs: int | None, most: int | None
    ) -> Answer:
        """Queue all prompts of a request, or none."""
        vocab = self.engine.model.output.out_features
        grammar = request.grammar()
        if grammar is not None:  # compiling may take a second: not in the event loop
            await asyncio.to_thread(self.engine.grammars.start, grammar)
        asked = []
        for prompt in prompts:
            room = max(1, self.engine.context - len(prompt))
            if any(not 0 <= token < vocab for token in prompt):
                raise InvalidRequestError(f"the prompt has token ids outside the vocabulary of {vocab}", "prompt")
            asked.append((prompt, request.params(min(most or room, room), logprobs, vocab, self.sampling)))
        return start_answer(self.engine, asked, grammar, request.samples)

    async def respond(self, request: Request, body: Sampling, answer: Answer, shape: Shape, logprobs: bool) -> Response:
        if body.stream:
            with_usage = bool(body.stream_options and body.stream_options.include_usage)
            events = stream(answer, shape, logprobs=logprobs, with_usage=with_usage)
            return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        collecting = asyncio.ensure_future(collect(answer, shape, logprobs=logprobs))
        leaving = asyncio.ensure_future(disconnected(request))
        try:
            await asyncio.wait({collecting, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not collecting.done():
                return Response(status_code=499)  # nobody reads it
            return JSONResponse(shape.whole(collecting.result(), usage(answer)))
        finally:
            for task in (collecting, leaving):
                task.cancel()
            answer.cancel()


def create_app(
    engine: Engine,
    name: str,
    *,
    api_key: str | None = None,
    embeddings: Embeddings | None = None,
    sampling: SamplingDefaults | None = None,
) -> FastAPI:
    """`name` is what /v1/models lists. With `api_key`, everything but /health asks for `Authorization: Bearer`.

    `sampling` takes the place of what the model's file recommends.
    """
    app = FastAPI(title="Konspekt model server", docs_url=None, redoc_url=None, openapi_url=None)
    api = _Api(engine, name, embeddings, sampling or engine.model.sampling)
    app.add_middleware(Guard, api_key=api_key)
    _add_error_handlers(app)
    _add_routes(app, api)
    return app


def _add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(ServingError)
    async def serving_error(_: Request, error: ServingError) -> JSONResponse:
        status, headers, body = error_body(error)
        return JSONResponse(body, status, headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return JSONResponse(error_json(f"{where or 'body'}: {first['msg']}", param=where or None), 400)

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(error_json(str(error.detail)), error.status_code)


def _add_routes(app: FastAPI, api: _Api) -> None:
    engine = api.engine

    @app.get("/health")
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok", "model": api.name, "waiting": engine.waiting, "running": engine.running})

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(engine.metrics.text(), media_type="text/plain; version=0.0.4")

    @app.get("/v1/models")
    async def models() -> JSONResponse:
        card = {"object": "model", "created": api.started, "owned_by": "konspekt"}
        names = [api.name] + ([api.embeddings.name] if api.embeddings else [])
        data = [card | {"id": n} | ({"max_model_len": engine.context} if n == api.name else {}) for n in names]
        return JSONResponse({"object": "list", "data": data})

    @app.post("/v1/chat/completions")
    async def chat(body: ChatRequest, request: Request) -> Response:
        body.check()
        api.check_model(body.model)
        messages = [message.for_template() for message in body.messages]
        prompt = await asyncio.to_thread(api.template.encode, messages)
        top = (body.top_logprobs or 0) if body.logprobs else None
        answer = await api.start(body, [prompt], top, body.max_completion_tokens or body.max_tokens)
        shape = Shape(api.name, engine.model.tokenizer, chat=True)
        return await api.respond(request, body, answer, shape, logprobs=bool(body.logprobs))

    @app.post("/v1/completions")
    async def complete(body: CompletionRequest, request: Request) -> Response:
        body.check()
        api.check_model(body.model)
        tokenizer = engine.model.tokenizer
        prompts = [
            await asyncio.to_thread(tokenizer.encode, prompt, add_bos=tokenizer.special.add_bos)
            if isinstance(prompt, str)
            else prompt
            for prompt in body.prompts()
        ]
        answer = await api.start(body, prompts, body.logprobs, body.max_tokens or 16)
        shape = Shape(api.name, tokenizer, chat=False)
        return await api.respond(request, body, answer, shape, logprobs=body.logprobs is not None)

    @app.post("/v1/embeddings")
    async def embed(body: EmbeddingRequest) -> Response:
        if api.embeddings is None:
            raise NotServedError("this server was started without an embedding model")
        if body.model not in (None, "", api.embeddings.name):
            raise NotServedError(f"embedding model {body.model!r} is not served here; there is {api.embeddings.name!r}")
        texts = [body.input] if isinstance(body.input, str) else body.input
        if not texts or not all(text.strip() for text in texts):
            raise InvalidRequestError("`input` must be non-empty text", "input")
        model, query = api.embeddings, body.input_type == "query"
        vectors = np.asarray(await asyncio.to_thread(model.embed, texts, query=query), np.float32)
        if body.dimensions not in (None, vectors.shape[1]):
            raise InvalidRequestError(f"this model has {vectors.shape[1]} dimensions only", "dimensions")
        tokens = await asyncio.to_thread(lambda: sum(map(model.count_tokens, texts)))
        plain = body.encoding_format == "float"
        shown = [v.tolist() if plain else base64.b64encode(v.tobytes()).decode() for v in vectors]
        data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(shown)]
        counted = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse({"object": "list", "data": data, "model": model.name, "usage": counted})
