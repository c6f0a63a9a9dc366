"""Before any time is taken: a small model's logits on the machine that will be timed, beside the reference's."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.gpu.serving.models import LEAST, TINY, random_model
from konspekt import kernels
from konspekt.serving.engine.runner import Runner, Step

BOUNDS = {"float32": 0.9995, "bfloat16": 0.99}  # of the worst cosine of a token's logits


def plan(*, quick: bool = False) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("logits", {"products": products, "padding": padding})
        for products in BOUNDS
        for padding in (False, True)
        if not quick or (products, padding) in (("float32", False), ("bfloat16", True))
    ]


def logits(device: torch.device, products: str, padding: bool) -> dict[str, Any]:
    """Of a prompt and of decoded tokens, as they come or padded as a CUDA graph; replayed, a graph gives the same."""
    config, steps = (LEAST, 1) if device.type == "cpu" else (TINY, 3)
    prompt = [(7 * i * i + 3 * i) % config.vocab_size for i in range(21)]
    with kernels.use("reference"):
        want = decoded(Runner(random_model(config, torch.device("cpu")), 4), prompt, steps)
    tokens = [int(row.argmax()) for row in want]
    with kernels.use("triton"):
        model = random_model(config, device)
        model.decoder.products = getattr(torch, products)
        runner = Runner(model, 4, padding=padding)
        got = decoded(runner, prompt, steps, tokens)
        same = replays(runner) if device.type == "cuda" and padding else True
    cosine = float(torch.nn.functional.cosine_similarity(got.double(), want.double(), dim=-1).min())
    what = f"a small model in {products}{', padded' if padding else ''}"
    return {
        "what": what if same else f"{what}: a graph replays something else than the call computes",
        "worst_cosine": round(cosine, 6), "good": cosine >= BOUNDS[products] and same,
    }  # fmt: skip


def decoded(runner: Runner, prompt: list[int], steps: int, tokens: list[int] | None = None) -> torch.Tensor:
    """float32 [steps + 1, vocab]: logits after the prompt and after more tokens, `tokens` or else the best ones."""
    pages, count = [2, 0], len(prompt)
    rows = [runner.run(Step(prompt, [count], [count], [pages], [count - 1])).cpu()]
    for i in range(steps):
        token = tokens[i] if tokens else int(rows[-1].argmax())
        rows.append(runner.run(Step([token], [1], [count + i + 1], [pages], [0])).cpu())
    return torch.cat(rows)


def replays(runner: Runner) -> bool:
    """Whether the latest step's graph gives what the same call gives without one; keys are written twice alike."""
    captured = next(iter(runner.captured.values()))
    captured.replay()
    return bool(torch.equal(captured.logits, captured.compute()[0]))
