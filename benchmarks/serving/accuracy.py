"""How far our logits are from an independent float reference of the same file, with llama.cpp's distance beside it.

    python -m benchmarks.serving.accuracy --model smollm2-135m --model qwen2.5-coder-0.5b

The reference is transformers, which loads the GGUF dequantised to float32. On 20 texts in Russian and English:
top-1 agreement (all tokens, and those where the reference is not torn between two), mean KL divergence of the next
token, and perplexity against the reference's; all tokens, and all but the first of each text.
A model whose kernels, texts and machine are as they were is not measured again. Writes
benchmarks/results/serving_accuracy.json and .md.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.common.frame import COMPLETE, TIME_OVER, Deadline, Results, add_arguments, measured, stamp
from benchmarks.common.paths import MODEL_FILES, ROOT
from konspekt import (
    kernels,
    modelhub,
)
from konspekt.kernels import PagedBatch
from konspekt.kernels.kv_cache import Kind
from konspekt.serving.model.model import Model, load_model

MODELS = ("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
# The first token of a text stands alone, is every later token's attention sink and has activations in the thousands:
# eight bits for activations lose its own prediction (Qwen2.5-1.5B: 7 nats, in llama.cpp as here). A chat begins with
# its template, whose first token predicts nothing, so both counts are given.
PARTS = {"all": 0, "after the first": 1}
TIE = 0.1  # nats between the reference's best two: closer is a tie
TEXTS = 20
TOKENS = 128
CANDIDATES = ["konspekt, int8 KV", "konspekt, fp16 KV", "llama.cpp"]
ABOUT = ("of", "date", "hardware")  # beside the engines of a model: what its numbers depend on


def texts(count: int) -> list[str]:
    """Texts of our own: half paragraphs of the sample (Russian), half of the documentation (English)."""

    def paragraphs(folder: str, pattern: str) -> list[str]:
        files = sorted((ROOT / folder).rglob(pattern))
        return [p.strip() for f in files for p in f.read_text("utf-8").split("\n\n") if len(p) > 300]

    half = count // 2
    russian, english = paragraphs("sample", "*.md"), paragraphs("docs", "*.md")
    chosen = [*spread(russian, half), *spread(english, count - half)]
    if len(chosen) < count:
        raise SystemExit(f"only {len(chosen)} paragraphs found in sample/ and docs/")
    return chosen


def spread(items: list[str], count: int) -> list[str]:
    """`count` of `items`, evenly over the list."""
    return [items[i * len(items) // count] for i in range(min(count, len(items)))]


def ours(model: Model, ids: list[int], kv: Kind) -> torch.Tensor:
    """float32 [tokens, vocab], the prompt computed in two pieces as the server would."""
    cache = model.new_cache(-(-len(ids) // 16), kind=kv)
    pages = list(range(cache.pages))
    parts = []
    for start in range(0, len(ids), 96):
        piece = ids[start : start + 96]
        batch = PagedBatch.of([len(piece)], [start + len(piece)], [pages])
        parts.append(model.forward(piece, cache, batch, range(len(piece))))
    return torch.cat(parts)


class LlamaCpp:
    def __init__(self, path: Path, threads: int) -> None:
        from llama_cpp import Llama

        self._llama = Llama(str(path), n_ctx=512, n_threads=threads, logits_all=True, verbose=False)

    def logits(self, ids: list[int]) -> torch.Tensor:
        self._llama.reset()
        self._llama.eval(ids)
        return torch.from_numpy(self._llama.scores[: len(ids)].copy())


class Distance:
    """Sums over tokens of what separates a candidate from the reference."""

    def __init__(self) -> None:
        self.tokens = self.agree = self.clear = self.clear_agree = self.predicted = 0
        self.kl = self.nll = self.reference_nll = 0.0

    def add(self, candidate: torch.Tensor, reference: torch.Tensor, following: torch.Tensor) -> None:
        """candidate, reference: logits [tokens, vocabulary]; following: the token after each, but for the last."""
        p, q = reference.double().log_softmax(-1), candidate.double().log_softmax(-1)
        best = p.topk(2).values
        clear = best[:, 0] - best[:, 1] > TIE
        same = p.argmax(-1) == q.argmax(-1)
        self.tokens += len(p)
        self.agree += int(same.sum())
        self.clear += int(clear.sum())
        self.clear_agree += int((same & clear).sum())
        self.kl += float((p.exp() * (p - q)).sum())
        self.predicted += len(following)
        self.nll -= float(q[: len(following)].gather(1, following[:, None]).sum())
        self.reference_nll -= float(p[: len(following)].gather(1, following[:, None]).sum())

    def result(self) -> dict[str, float]:
        return {
            "tokens": self.tokens,
            "top1": self.agree / self.tokens,
            "top1_without_ties": self.clear_agree / self.clear,
            "mean_kl": self.kl / self.tokens,
            "perplexity_ratio": math.exp((self.nll - self.reference_nll) / self.predicted),
            "reference_perplexity": math.exp(self.reference_nll / self.predicted),
        }


def run_model(name: str, threads: int, candidates: list[str], count: int) -> dict[str, Any]:
    from transformers import AutoModelForCausalLM

    path = modelhub.ensure(name, MODEL_FILES)
    model = load_model(path)
    ids = [model.tokenizer.encode(text, parse_special=False)[:TOKENS] for text in texts(count)]
    torch.set_num_threads(threads)
    reference = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    peer = LlamaCpp(path, threads) if "llama.cpp" in candidates else None
    distances = {(candidate, part): Distance() for candidate in candidates for part in PARTS}
    for one in ids:
        with torch.no_grad():
            expected = reference(torch.tensor([one])).logits[0]
        following = torch.tensor(one[1:])
        for candidate in candidates:
            if candidate == "llama.cpp":
                assert peer is not None
                found = peer.logits(one)
            else:
                kv: Kind = "fp16" if "fp16" in candidate else "int8"
                found = ours(model, one, kv)
            found = found[:, : expected.shape[1]]
            for part, start in PARTS.items():
                distances[candidate, part].add(found[start:], expected[start:], following[start:])
    return {candidate: {part: distances[candidate, part].result() for part in PARTS} for candidate in candidates}


def table(results: dict[str, Any]) -> str:
    lines = [
        "| model | engine | tokens | top-1 | without ties | mean KL | perplexity against float |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, held in results.items():
        engines = {engine: parts for engine, parts in held.items() if engine not in ABOUT}
        for engine, part, r in ((engine, part, r) for engine, parts in engines.items() for part, r in parts.items()):
            lines.append(
                f"| {name} | {engine} | {part} | {100 * r['top1']:.2f} % | {100 * r['top1_without_ties']:.2f} % "
                f"| {r['mean_kl']:.5f} | {100 * (r['perplexity_ratio'] - 1):+.2f} % |"
            )
    return "\n".join(lines) + "\n"


def main() -> int:
    """0: complete; 4: time is over, call again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", choices=MODELS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--texts", type=int, default=TEXTS)
    add_arguments(parser)
    asked = parser.parse_args()
    kernels.set_threads(asked.threads)
    results, deadline = Results(asked.out / "serving_accuracy.json", table=table), Deadline(asked.minutes)
    text = hashlib.sha256("\n\n".join(texts(asked.texts)).encode()).hexdigest()[:12]
    code = stamp("kernels", "serving", "benchmarks/serving/accuracy.py", packages=("torch", "llama-cpp-python"))
    of = {**code, "texts": text}
    for name in asked.model or MODELS:
        if results.held.get(name, {}).get("of") == of and not asked.fresh:
            continue
        if deadline.over:
            print("time is over: call again, it goes on from here")
            return TIME_OVER
        started = time.perf_counter()
        found = run_model(name, asked.threads, CANDIDATES, asked.texts)
        print(f"{name}: {time.perf_counter() - started:.0f} s")
        results.keep(name, {**found, "of": of, **measured()})
    print(table(results.held))
    return COMPLETE


if __name__ == "__main__":
    raise SystemExit(main())
