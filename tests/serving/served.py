"""A model behind uvicorn in a thread, for tests that speak HTTP."""

from __future__ import annotations

import json
import threading
import time
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import openai
import uvicorn

from konspekt.serving.engine.engine import Engine, EngineConfig
from konspekt.serving.engine.grammar import GrammarFactory, GrammarLimits
from konspekt.serving.engine.scheduler import Limits
from konspekt.serving.engine.sleep import Sleep
from konspekt.serving.http.app import create_app
from konspekt.serving.model.model import Model
from konspekt.serving.server import bind

KEY = "secret-key"


class HashEmbeddings:
    name = "tiny-embedder"

    def embed(self, texts: list[str], *, query: bool) -> np.ndarray:
        return np.array([[len(text), float(query), 0.5] for text in texts], np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text)

    @property
    def max_tokens(self) -> int:
        return 100


class Served:
    """`model` behind uvicorn in a thread."""

    def __init__(
        self,
        model: Model,
        *,
        app: dict[str, Any] | None = None,
        grammars: GrammarLimits | None = None,
        context: int = 256,
        sleep: Sleep | None = None,
        sinks: int = 0,
        **limits: int,
    ) -> None:
        config = EngineConfig(context=context, cache_tokens=2 * context, sinks=sinks, limits=Limits(**limits))
        self.engine = Engine(model, config, sleep=sleep)
        if grammars is not None:
            self.engine.grammars = GrammarFactory(model.tokenizer, model.output.out_features, grammars)
        self.engine.start()
        self.socket = bind("127.0.0.1", 0)
        self.app = create_app(self.engine, "tiny", **({"api_key": KEY, "embeddings": HashEmbeddings()} | (app or {})))
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_level="error", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.client = openai.OpenAI(base_url=f"{self.url}/v1", api_key=KEY, max_retries=0)

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        """`body`: JSON to be, or the bytes as they are."""
        return self.request("POST", path, body, **headers)

    def request(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return httpx.request(method, f"{self.url}{path}", content=content, headers=sent, timeout=120)

    def chat(self, **fields: object) -> httpx.Response:
        """A short greedy chat with `fields` in its body."""
        body = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 6, "temperature": 0}
        return self.post("/v1/chat/completions", body | fields)

    def complete(self, **fields: object) -> httpx.Response:
        return self.post("/v1/completions", {"prompt": "hi", "max_tokens": 6, "temperature": 0} | fields)

    def close(self) -> None:
        self.client.close()
        self.server.should_exit = True
        self.thread.join()
        self.engine.stop()
        self.socket.close()

    def cancelled(self) -> float:
        found = self.engine.metrics.registry.get_sample_value("konspekt_llm_requests_total", {"finish": "cancelled"})
        return found or 0.0

    def ended(self) -> float:
        """Requests that came to an end, in whatever way."""
        samples = [sample for metric in self.engine.metrics.registry.collect() for sample in metric.samples]
        return sum(sample.value for sample in samples if sample.name == "konspekt_llm_requests_total")

    def settle(self) -> None:
        """Wait until nothing runs; a request that hangs would hang the test here."""
        while self.engine.running or self.engine.waiting:
            time.sleep(0.01)
        self.engine.blocks.check()
        assert self.engine.blocks.used == 0


def ask(served: Served, text: str = "Привет", **params: object) -> SimpleNamespace:
    given = {"max_tokens": 12, "temperature": 0, "seed": 1} | params
    return served.client.chat.completions.create(  # type: ignore[call-overload, no-any-return]
        model="tiny", messages=[{"role": "user", "content": text}], **given
    )
