"""What speculation does to decoding: token by token, with prompt lookup, and with a draft model besides, in turn.

    python -m benchmarks.serving.draft_model [--model qwen2.5-coder-1.5b] [--draft qwen2.5-coder-0.5b] [--threads 2]

One process, the three ways in turn for some rounds; four questions of a chat, one of which asks for its own text back.
Checks that no token differs, then prints tokens per second (medians of the rounds) and how many guesses were right.
Writes benchmarks/results/draft_model.json.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

import torch

from benchmarks.common.machine import write_result
from benchmarks.common.paths import MODEL_FILES
from konspekt import (
    kernels,
    modelhub,
)
from konspekt.serving.engine.detokenizer import Detokenizer
from konspekt.serving.engine.engine import Engine, EngineConfig
from konspekt.serving.engine.scheduler import Limits
from konspekt.serving.engine.sequence import SamplingParams, Sequence
from konspekt.serving.model.chat_template import ChatTemplate
from konspekt.serving.model.model import Model, load_model

QUESTIONS = {
    "explain, Russian": "Объясни простыми словами, что такое квантизация нейронной сети.",
    "write code": "Write a Python function that returns the n-th Fibonacci number, with a short explanation.",
    "compare, Russian": "Чем отличается процесс от потока?",
    "give back": "Repeat this text word for word, then stop: A weight of four bits instead of sixteen makes a model of "
    "a quarter of the size, and a language model reads all of its weights once for each token that it writes.",
}
WAYS = ("token by token", "prompt lookup", "lookup and draft model")


def answer(model: Model, draft: Model | None, tokens: int, drafted: bool) -> dict[str, dict[str, Any]]:
    """Answers one after another: tokens, seconds of decoding, guessed and accepted tokens of each question."""
    limits = Limits() if drafted else Limits(draft_tokens=0)
    config = EngineConfig(context=1024, cache_tokens=1024, prefix_cache=False, limits=limits)
    engine = Engine(model, config, draft)
    if drafted:
        engine.time_steps()  # as at a server's start
    template, count = ChatTemplate(model.tokenizer), engine.metrics.registry.get_sample_value
    found: dict[str, dict[str, Any]] = {}
    for name, question in QUESTIONS.items():
        prompt = template.encode([{"role": "user", "content": question}])
        params = SamplingParams(max_tokens=tokens, temperature=0.0, ignore_eos=True)
        sequence = Sequence(prompt, params, Detokenizer(model.tokenizer))
        before = [count(f"konspekt_llm_{kind}_tokens_total") or 0.0 for kind in ("draft", "accepted")]
        engine.submit([(sequence, lambda _: None)])
        engine._take_inbox()
        while sequence.output_length == 0:
            engine.step()
        start = time.perf_counter()
        while not engine.scheduler.idle:
            engine.step()
        seconds = time.perf_counter() - start
        after = [count(f"konspekt_llm_{kind}_tokens_total") or 0.0 for kind in ("draft", "accepted")]
        guessed, right = (int(b - a) for a, b in zip(before, after, strict=True))
        said = sequence.tokens[sequence.prompt_length :]
        found[name] = {"said": said, "seconds": seconds, "guessed": guessed, "right": right}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--draft", default="qwen2.5-coder-0.5b")
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    kernels.set_threads(asked.threads)
    model, draft = (load_model(modelhub.ensure(name, MODEL_FILES)) for name in (asked.model, asked.draft))
    rounds: dict[str, list[dict[str, dict[str, Any]]]] = {way: [] for way in WAYS}
    said: list[list[int]] | None = None
    for _ in range(asked.rounds):
        for way in WAYS:
            found = answer(model, draft if way == WAYS[2] else None, asked.tokens, way != WAYS[0])
            if said not in (None, [row["said"] for row in found.values()]):
                print(f"An answer differs with {way}: this must not be.", file=sys.stderr)
                return 1
            said = [row["said"] for row in found.values()]
            rounds[way].append(found)
            seconds = sum(row["seconds"] for row in found.values())
            print(f"{way}: {len(found) * (asked.tokens - 1) / seconds:.1f} tokens/s", flush=True)
    rows = []
    for name in QUESTIONS:
        row: dict[str, Any] = {"question": name}
        for way in WAYS:
            of = [found[name] for found in rounds[way]]
            speed = (asked.tokens - 1) / statistics.median(one["seconds"] for one in of)
            row[way] = {"tokens_per_second": round(speed, 2), "guessed": of[0]["guessed"], "right": of[0]["right"]}
        speeds = [row[way]["tokens_per_second"] for way in WAYS]
        row["lookup_gain"], row["draft_gain"] = round(speeds[1] / speeds[0], 2), round(speeds[2] / speeds[1], 2)
        rows.append(row)
        print(name, *(f"{way}: {row[way]}" for way in WAYS), sep="\n  ")
    path = write_result("draft_model", {**vars(asked), "tokens_differ": False, "rows": rows})
    print(f"written: {path.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
