"""The FastAPI application: `create_app(engine, name)`."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from konspekt.serving.engine.engine import Engine
from konspekt.serving.errors import NotServedError, ServingError
from konspekt.serving.http.completions import Completions
from konspekt.serving.http.fields import ignored_header
from konspekt.serving.http.guard import Guard
from konspekt.serving.http.health import health_of
from konspekt.serving.http.openai_responses.asked import ResponsesRequest
from konspekt.serving.http.openai_responses.telling import respond
from konspekt.serving.http.protocol import (
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    ReasoningFormat,
)
from konspekt.serving.http.responses import error_body, error_json
from konspekt.serving.http.tokens import DetokenizeRequest, TokenizeRequest, detokenize, tokenize
from konspekt.serving.http.vectors.embeddings import Embeddings, embed
from konspekt.serving.http.vectors.pooling import PoolingRequest, pool
from konspekt.serving.http.vectors.rerank import RerankRequest, rerank
from konspekt.serving.http.workers import Workers
from konspekt.serving.model.sampling_defaults import SamplingDefaults

log = structlog.get_logger(__name__)


def create_app(
    engine: Engine,
    name: str,
    *,
    api_key: str | None = None,
    hosts: Collection[str] | None = None,
    embeddings: Embeddings | None = None,
    sampling: SamplingDefaults | None = None,
    reasoning: ReasoningFormat = "auto",
) -> FastAPI:
    """`name` is what /v1/models lists. With `api_key`, everything but /health asks for `Authorization: Bearer`; with
    `hosts`, requests that name another host are refused.

    `sampling` takes the place of what the model's file recommends.
    """
    app = FastAPI(title="Konspekt model server", docs_url=None, redoc_url=None)
    workers = Workers()
    completions = Completions(engine, name, sampling or engine.model.sampling, reasoning, workers)
    app.add_middleware(Guard, api_key=api_key, hosts=hosts)
    _add_error_handlers(app)
    _add_status(app, engine, completions, embeddings, workers)
    _add_answers(app, completions, embeddings, workers)
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
        return JSONResponse(error_json(str(error.detail)), error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def bug(_: Request, error: Exception) -> JSONResponse:  # the log gets the traceback, the client none
        return JSONResponse(error_json("the server failed at this request", "server_error"), 500)


async def _while_connected(request: Request, work: Coroutine[Any, Any, Response]) -> Response:
    """`work`, cancelled when the client leaves before it has a response."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else Response(status_code=499)  # nobody reads it
    finally:
        for task in (working, leaving):
            task.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _add_status(
    app: FastAPI, engine: Engine, completions: Completions, embeddings: Embeddings | None, workers: Workers
) -> None:
    card = {"object": "model", "created": completions.started, "owned_by": "konspekt"}
    cards = {completions.name: card | {"id": completions.name, "max_model_len": engine.context}}
    if embeddings is not None:
        cards[embeddings.name] = card | {"id": embeddings.name}

    @app.get("/health")
    async def health() -> JSONResponse:
        status, body = await health_of(engine, completions.name, workers)
        return JSONResponse(body, status)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(engine.metrics.text(), media_type="text/plain; version=0.0.4")

    @app.get("/v1/models")
    async def models() -> JSONResponse:
        return JSONResponse({"object": "list", "data": list(cards.values())})

    @app.get("/v1/models/{model:path}")
    async def model(model: str) -> JSONResponse:
        if model not in cards:
            raise NotServedError(f"model {model!r} is not served here; there is {', '.join(map(repr, cards))}")
        return JSONResponse(cards[model])


def _add_answers(app: FastAPI, completions: Completions, embeddings: Embeddings | None, workers: Workers) -> None:
    @app.post("/v1/chat/completions")
    async def chat(body: ChatRequest, request: Request) -> Response:
        return await _while_connected(request, completions.chat(body))

    @app.post("/v1/completions")
    async def complete(body: CompletionRequest, request: Request) -> Response:
        return await _while_connected(request, completions.complete(body))

    @app.post("/v1/responses")
    async def response(body: ResponsesRequest, request: Request) -> Response:
        return await _while_connected(request, respond(completions, body))

    @app.post("/tokenize")
    async def tokens(body: TokenizeRequest) -> JSONResponse:
        return JSONResponse(await tokenize(completions, body), headers=ignored_header(body.ignored()))

    @app.post("/detokenize")
    async def text(body: DetokenizeRequest) -> JSONResponse:
        return JSONResponse(detokenize(completions, body), headers=ignored_header(body.ignored()))

    @app.post("/pooling")
    async def pooled(body: PoolingRequest, request: Request) -> Response:
        async def work() -> Response:
            return JSONResponse(await pool(completions, body), headers=ignored_header(body.ignored()))

        return await _while_connected(request, work())

    @app.post("/rerank", include_in_schema=False)
    @app.post("/v1/rerank")
    async def reranked(body: RerankRequest, request: Request) -> Response:
        async def work() -> Response:
            return JSONResponse(await rerank(embeddings, body, workers), headers=ignored_header(body.ignored()))

        return await _while_connected(request, work())

    @app.post("/v1/embeddings")
    async def embedded(body: EmbeddingRequest, request: Request) -> Response:
        async def work() -> Response:
            return JSONResponse(await embed(embeddings, body, workers), headers=ignored_header(body.ignored()))

        return await _while_connected(request, work())
