"""What a draft model does to decoding: the same answers with and without one, in turn, in one process.

    python benchmarks/draft_model.py [--model qwen2.5-coder-1.5b] [--draft qwen2.5-coder-0.5b] [--tokens 96]

Checks that no token differs, then prints tokens a second of the medians of three rounds and how many guesses were
right. Writes benchmarks/results/draft_model.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

import kernels  # noqa: E402
import modelhub  # noqa: E402
from serving.chat_template import ChatTemplate  # noqa: E402
from serving.detokenizer import Detokenizer  # noqa: E402
from serving.engine import Engine, EngineConfig  # noqa: E402
from serving.model import Model, load_model  # noqa: E402
from serving.sequence import SamplingParams, Sequence  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "draft_model.json"
QUESTIONS = (
    "Объясни простыми словами, что такое квантизация нейронной сети.",
    "Write a Python function that returns the n-th Fibonacci number, with a short explanation.",
    "Чем отличается процесс от потока?",
)


def answer(model: Model, draft: Model | None, tokens: int) -> tuple[list[list[int]], float, float, float]:
    """Answers one after another -> their tokens, seconds of decoding, drafted and accepted tokens."""
    engine = Engine(model, EngineConfig(context=1024, cache_tokens=1024, prefix_cache=False), draft)
    template, answers, seconds = ChatTemplate(model.tokenizer), [], 0.0
    for question in QUESTIONS:
        prompt = template.encode([{"role": "user", "content": question}])
        params = SamplingParams(max_tokens=tokens, temperature=0.0, ignore_eos=True)
        sequence = Sequence(prompt, params, Detokenizer(model.tokenizer))
        engine.submit([(sequence, lambda _: None)])
        engine._take_inbox()
        while sequence.output_length == 0:
            engine.step()
        start = time.perf_counter()
        while not engine.scheduler.idle:
            engine.step()
        seconds += time.perf_counter() - start
        answers.append(sequence.tokens[sequence.prompt_length :])
    count = engine.metrics.registry.get_sample_value
    drafted, accepted = (count(f"konspekt_llm_{name}_tokens_total") or 0.0 for name in ("draft", "accepted"))
    return answers, seconds, drafted, accepted


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
    model, draft = (load_model(modelhub.ensure(name, ROOT / "data" / "models")) for name in (asked.model, asked.draft))
    decoded = len(QUESTIONS) * (asked.tokens - 1)
    speeds: dict[str, list[float]] = {"alone": [], "with the draft model": []}
    rows: dict[str, Any] = {}
    said: list[list[int]] | None = None
    for _ in range(asked.rounds):
        for name, helper in (("alone", None), ("with the draft model", draft)):
            answers, seconds, drafted, accepted = answer(model, helper, asked.tokens)
            if said not in (None, answers):
                print("An answer differs with the draft model: this must not be.", file=sys.stderr)
                return 1
            said = answers
            speeds[name].append(decoded / seconds)
            rows[name] = {"drafted": drafted, "accepted": accepted}
            print(f"{name}: {speeds[name][-1]:.1f} tokens/s, {accepted:.0f} of {drafted:.0f} drafts right", flush=True)
    for name, found in speeds.items():
        rows[name]["tokens_per_second"] = round(statistics.median(found), 2)
    ratio = rows["with the draft model"]["tokens_per_second"] / rows["alone"]["tokens_per_second"]
    result = {"date": datetime.now(UTC).isoformat(timespec="seconds"), **vars(asked), "ratio": round(ratio, 3), **rows}
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"ratio {ratio:.2f}, written: {RESULT.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
