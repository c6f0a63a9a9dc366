"""How fast the page is: first paint, search as one types, many readers at once.

    python -m benchmarks.product.page [--posts 10000] [--readers 200]

A real `konspekt web` without a language model over an index of that many posts. Each begins with a sentence of the
sample and goes on in its words; its vector is that sentence's with noise, because embedding them all
takes minutes and changes nothing here; questions are embedded by the real model. Checked first: each typed query finds
something.

- `page_ms`: GET / to the last byte; `first_paint_ms`: what Chromium reports, when there is one
- `typed_ms`: the results after each letter of a query, one request at a time
- `readers`: that many searches in flight at once: how many failed, and how long the slowest waited

Results go to benchmarks/results/page.json.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt.app.build import build_database, build_embedder
from konspekt.app.settings import Settings
from konspekt.indexer.embedding.embeddings import Embedder, Vectors
from konspekt.indexer.reindexing.correction_marks import hints_at_change, says_it_corrects
from konspekt.indexer.reindexing.reindex import Reindexer
from tests.fakes.list_source import ListSource, post

QUERIES = (
    "квантизация весов",
    "сколько шагов нужно сэмплеру",
    "расписание шума",
    "как учат LoRA",
    "внимание в восьми битах",
    "classifier free guidance",
)
PAINTS = 15


class Mixed:
    """The real model for questions; a passage's vector is that of its first sentence, with noise of its own."""

    def __init__(self, real: Embedder) -> None:
        self._real = real
        self._of_sentence: dict[str, np.ndarray] = {}
        self.name, self.dimension, self.max_tokens = real.name, real.dimension, real.max_tokens

    def learn(self, sentences: Sequence[str]) -> None:
        for sentence, vector in zip(sentences, self._real.embed_passages(sentences), strict=True):
            self._of_sentence[sentence] = vector

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._real.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        found = []
        for text in texts:
            own = next((vector for sentence, vector in self._of_sentence.items() if sentence in text), None)
            seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
            noise = np.random.default_rng(seed).normal(size=self.dimension).astype(np.float32)
            mixed = noise if own is None else own + 0.02 * noise
            found.append(mixed / np.linalg.norm(mixed))
        return np.stack(found).astype(np.float32)

    def count_tokens(self, text: str) -> int:
        return self._real.count_tokens(text)


def sentences() -> list[str]:
    found: set[str] = set()
    for file in sorted((ROOT / "sample" / "course").rglob("*.md")):
        for line in file.read_text("utf-8").splitlines():
            found |= {one.strip() for one in line.split(". ") if 50 < len(one.strip()) < 200 and "|" not in one}
    return sorted(found)


def index(home: Path, count: int) -> None:
    settings = Settings()
    known = sentences()
    embedder = Mixed(build_embedder(settings))
    embedder.learn(known[:300])
    draw = random.Random(0)
    words = " ".join(known).split()
    documents = []
    for number in range(count):
        text = ""
        while not text or hints_at_change(text) or says_it_corrects(text):  # words by lot would be full of corrections
            first = draw.choice(known[:300])
            rest = (" ".join(draw.choices(words, k=14)) for _ in range(4))
            text = ". ".join([first, *rest, f"Запись номер{number}"])
        documents.append(replace(post(number, text), title=f"Запись {number}"))
    database = build_database(settings)
    source = ListSource("channel", documents, location="/channel")
    report = Reindexer(database, home / "index", embedder, recognise=lambda _path, _known: [source]).run(["/channel"])
    if report.embedded < count:
        raise SystemExit(f"{report.embedded} of {count} posts were indexed")
    database.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            if httpx.get(url, timeout=30).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("konspekt web ended")


def told(milliseconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(milliseconds)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "count": len(ordered),
    }


def typed(client: httpx.Client) -> list[float]:
    waits = []
    for query in QUERIES:
        for end in range(2, len(query) + 1):
            began = time.perf_counter()
            answer = client.get("/search", params={"q": query[:end]}, headers={"HX-Request": "true"})
            waits.append(1000 * (time.perf_counter() - began))
            answer.raise_for_status()
        if 'href="/posts/' not in answer.text and "/post" not in answer.text:
            raise SystemExit(f"nothing is found for {query!r}")
    return waits


def paints(url: str) -> dict[str, float] | None:
    chromium = shutil.which("chromium")
    if chromium is None:
        return None
    from playwright.sync_api import sync_playwright

    script = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
    found = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page()
        for _ in range(PAINTS):
            tab.goto(url)
            tab.wait_for_function(script)
            found.append(float(tab.evaluate(script)))
        browser.close()
    return told(found)


async def at_once(url: str, readers: int) -> dict[str, Any]:
    limits = httpx.Limits(max_connections=readers)
    waits: list[float] = []
    failed = 0

    async def one(client: httpx.AsyncClient, number: int) -> None:
        nonlocal failed
        began = time.perf_counter()
        answer = await client.get("/search", params={"q": f"{QUERIES[number % len(QUERIES)]} {number}"})
        failed += answer.status_code != 200
        waits.append(1000 * (time.perf_counter() - began))

    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=None) as client:
        began = time.perf_counter()
        await asyncio.gather(*(one(client, number) for number in range(readers)))
        seconds = time.perf_counter() - began
    return {"readers": readers, "failed": failed, "per_second": round(readers / seconds, 1), "ms": told(waits)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--readers", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home, port = Path(name), free_port()
        os.environ.update(KONSPEKT_HOME=str(home), MODELS_DIR=str(MODEL_FILES), LOCAL_MODEL="none")
        os.environ["WEB_LISTEN"] = f"127.0.0.1:{port}"
        index(home, options.posts)
        command = [sys.executable, "-m", "konspekt.cli.main", "web", "--no-llm"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(url, process)
            with httpx.Client(base_url=url, timeout=None) as client:
                typed(client)  # the model is loaded
                pages = []
                for _ in range(50):
                    began = time.perf_counter()
                    client.get("/").raise_for_status()
                    pages.append(1000 * (time.perf_counter() - began))
                waits = typed(client)
            result = {
                "posts": options.posts,
                "page_ms": told(pages),
                "first_paint_ms": paints(url),
                "typed_ms": told(waits),
                "readers": asyncio.run(at_once(url, options.readers)),
            }
        finally:
            process.terminate()
            process.wait()
    for key, value in result.items():
        print(f"{key}: {value}")
    print(write_result("page", result))


if __name__ == "__main__":
    main()
