"""A thousand mixed requests to `konspekt serve`: no page, no request and no memory may be left behind.

    python -m benchmarks.serving.soak                              1,000 requests to SmolLM2 (a few minutes)
    python -m benchmarks.serving.soak --requests 200 --model PATH

Good, streamed, abandoned, malformed, too long and JSON requests, ten at a time, to a server in a process of its own;
every answer is checked for being complete. Memory is read after each hundred: it may grow while caches fill, then not.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx

from benchmarks.common.paths import ROOT

CONTEXT = 256  # tokens; small, so that pages run out and answers are set back
GROWTH = 1.03  # of the memory in use once the first third is through
KINDS = ("whole", "whole", "stream", "leave", "malformed", "too long", "json")


def body_of(kind: str, draw: random.Random) -> dict[str, object]:
    body: dict[str, object] = {
        "messages": [{"role": "user", "content": "ab" * draw.randrange(1, 60)}],
        "max_tokens": draw.randrange(1, 30),
        "temperature": draw.choice([0, 0.7]),
        "seed": draw.randrange(100),
        "stream": kind in ("stream", "leave"),
        "n": draw.choice([1, 1, 1, 2]),
    }
    if kind == "too long":
        body["messages"] = [{"role": "user", "content": "z y " * 2 * CONTEXT}]
    if kind == "json":
        body |= {"response_format": {"type": "json_object"}, "stop": ["}"]}
    if kind == "malformed":
        body["messages"] = draw.choice([[], "x", [{"role": "nobody"}]])
    return body


async def ask(client: httpx.AsyncClient, kind: str, body: dict[str, object]) -> None:
    """One request. Raises: AssertionError when its answer is not complete, or a wrong one is not refused."""
    path = "/v1/chat/completions"
    if kind == "leave":
        async with client.stream("POST", path, json=body) as response:
            async for _ in response.aiter_bytes():
                return
    elif kind == "stream":
        async with client.stream("POST", path, json=body) as response:
            text = (await response.aread()).decode()
            assert response.status_code == 200, text
            assert text.rstrip().endswith("data: [DONE]"), text
            assert text.count('"finish_reason": null') < text.count('"finish_reason"'), text
    else:
        response = await client.post(path, json=body)
        assert response.status_code == (400 if kind in ("malformed", "too long") else 200), response.text
        if response.status_code == 200:
            assert all(choice["finish_reason"] in ("stop", "length") for choice in response.json()["choices"])


async def storm(client: httpx.AsyncClient, requests: int, seed: int) -> Counter[str]:
    """`requests` of all kinds, ten at a time -> how many of each."""
    draw, gate = random.Random(seed), asyncio.Semaphore(10)

    async def one(kind: str, body: dict[str, object]) -> str:
        async with gate:
            await ask(client, kind, body)
        return kind

    kinds = [draw.choice(KINDS) for _ in range(requests)]
    return Counter(await asyncio.gather(*(one(kind, body_of(kind, draw)) for kind in kinds)))


def resident(process: int) -> int:
    """Bytes of memory of its own; pages of the model's file do not count."""
    for line in Path(f"/proc/{process}/status").read_text("ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    raise SystemExit("this system does not tell a process's memory")


async def settled(client: httpx.AsyncClient) -> str:
    """Wait for a server without requests -> its metrics. One that takes longer than a minute is stuck."""
    for _ in range(600):
        health = (await client.get("/health")).json()
        if not health["running"] and not health["waiting"]:
            return (await client.get("/metrics")).text
        await asyncio.sleep(0.1)
    raise SystemExit(f"requests are stuck: {health}")


async def soak(url: str, process: int, requests: int) -> None:
    used: list[int] = []
    done: Counter[str] = Counter()
    async with httpx.AsyncClient(base_url=url, timeout=300) as client:
        for part in range(-(-requests // 100)):
            done += await storm(client, min(100, requests - 100 * part), seed=part)
            await settled(client)
            used.append(resident(process))
            print(f"{done.total():5} requests, {used[-1] / 2**20:.1f} MiB", flush=True)
        metrics = dict(line.rsplit(" ", 1) for line in (await settled(client)).splitlines() if not line.startswith("#"))
    print(", ".join(f"{count} {kind}" for kind, count in sorted(done.items())))
    print({name: metrics[name] for name in ("konspekt_llm_pages_used", "konspekt_llm_preemptions")})
    if float(metrics["konspekt_llm_pages_used"]):
        raise SystemExit("pages of the KV cache are still in use")
    if max(used[len(used) // 3 :]) > GROWTH * used[len(used) // 3]:
        raise SystemExit("memory grew")
    print("nothing left behind")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--port", type=int, default=8123)
    chosen = parser.parse_args()
    command = [str(Path(sys.executable).with_name("konspekt")), "serve", "--model", chosen.model, "--no-embeddings"]
    command += ["--port", str(chosen.port), "--context", str(CONTEXT), "--cache-tokens", str(CONTEXT)]
    server = subprocess.Popen(command, cwd=ROOT)
    url = f"http://127.0.0.1:{chosen.port}"
    try:
        for _ in range(600):
            if server.poll() is not None:
                raise SystemExit("the server did not start")
            try:
                httpx.get(f"{url}/health")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        asyncio.run(soak(url, server.pid, chosen.requests))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
