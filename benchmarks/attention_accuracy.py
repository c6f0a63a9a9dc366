"""What quantised attention loses on a real model: cosine per layer of real Q, K, V, and perplexity end to end.

    python benchmarks/attention_accuracy.py --model qwen2.5-coder-0.5b --texts 4 --tokens 512

transformers loads the GGUF dequantised to float32; its attention is replaced by the float64 references of the variants
(the same arithmetic as the GPU kernels, which Triton's interpreter holds to these references). Texts are our own,
half Russian, half English. The recipe of `int8` was chosen on the beginnings of two of them with two small models, so
its row flatters; other texts, and other models, do not. Needs no GPU.
Writes benchmarks/results/attention_accuracy.json and .md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

import kernels  # noqa: E402
import modelhub  # noqa: E402
from kernels.attention.quantized_reference import attend  # noqa: E402
from kernels.attention.recipe import RECIPES, Recipe  # noqa: E402

MODELS = ("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
NAME = "konspekt_study"
RESULTS = ROOT / "benchmarks" / "results" / "attention_accuracy.json"
STUDIED: dict[str, Recipe] = {
    "sage": RECIPES["sage"],
    "sage, K not smoothed": replace(RECIPES["sage"], smooth_k=False),
    "int8": RECIPES["int8"],
    "int8, Q not smoothed": replace(RECIPES["int8"], smooth_q=False),
    "int8, not rotated": replace(RECIPES["int8"], rotate=False),
    "int8_fp8": RECIPES["int8_fp8"],
    "int8_fp8, V smoothed": replace(RECIPES["int8_fp8"], smooth_v=True),
    "int4_fp8": RECIPES["int4_fp8"],
    "int4_fp8, not rotated": replace(RECIPES["int4_fp8"], rotate=False),
}
MEASURED_END_TO_END = ("sage", "int8", "int8_fp8", "int4_fp8")


class Study:
    """An attention function for transformers that computes with one recipe and, asked to, compares all of them."""

    def __init__(self) -> None:
        self.recipe = RECIPES["exact"]
        self.compare = False
        self.cosines: dict[str, list[torch.Tensor]] = defaultdict(list)  # one entry a layer: of every row
        self.l1: dict[str, list[float]] = defaultdict(list)

    def __call__(
        self, module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, **options: Any
    ) -> tuple[torch.Tensor, None]:
        scale = options.get("scaling") or query.shape[-1] ** -0.5
        # values as a half-precision model would hand them over: the kernels round P to the type of V
        rows = (query, key, value.half())
        exact, _ = attend(*rows, RECIPES["exact"], causal=True, scale=scale)
        if self.compare:
            for name, recipe in STUDIED.items():
                self.note(name, attend(*rows, recipe, causal=True, scale=scale)[0], exact)
            for kind in ("int8", "int4"):
                self.note(f"decode, {kind} pages", *self.decode(query, key, value, exact, scale, kind))
        out = exact if self.recipe.levels == 0 else attend(*rows, self.recipe, causal=True, scale=scale)[0]
        return out.to(query.dtype).transpose(1, 2), None

    def note(self, name: str, got: torch.Tensor, want: torch.Tensor) -> None:
        a, b = got.double().flatten(0, -2), want.double().flatten(0, -2)
        self.cosines[name].append(torch.nn.functional.cosine_similarity(a, b, dim=-1))
        self.l1[name].append(float((a - b).abs().sum() / b.abs().sum()))

    @staticmethod
    def decode(  # noqa: PLR0917
        q: Any, k: Any, v: Any, exact: Any, scale: float, kind: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The last eight queries as single tokens over pages that hold everything."""
        length, pages = k.shape[2], list(range(-(-k.shape[2] // 16)))
        cache = kernels.KVCache(1, len(pages), k.shape[1], k.shape[3], kind=kind)
        found = []
        with kernels.use("reference"):
            cache.store(
                0, k[0].transpose(0, 1), v[0].transpose(0, 1), kernels.PagedBatch.of([length], [length], [pages])
            )
            for last in range(length - 8, length):
                batch = kernels.PagedBatch.of([1], [last + 1], [pages])
                found.append(kernels.paged_attention(q[0, :, last][None], cache, 0, batch, scale=scale)[0])
        return torch.stack(found, dim=1)[None], exact[:, :, -8:]

    def summary(self) -> dict[str, dict[str, float]]:
        return {
            name: {
                "mean_cosine": float(torch.cat(rows).mean()),
                "worst_layer_mean_cosine": min(float(row.mean()) for row in rows),
                "worst_row_cosine": float(torch.cat(rows).min()),
                "mean_relative_l1": sum(self.l1[name]) / len(self.l1[name]),
            }
            for name, rows in self.cosines.items()
        }


def texts(count: int, characters: int) -> list[str]:
    """Stretches of the sample's Russian lectures and posts, and of the English documentation."""
    found = []
    for folder in ("sample", "docs"):
        whole = "\n\n".join(path.read_text("utf-8") for path in sorted((ROOT / folder).rglob("*.md")))
        share = count // 2 if folder == "sample" else count - count // 2
        step = max(1, (len(whole) - characters) // max(1, share))
        found += [whole[i * step : i * step + characters] for i in range(share)]
    return found


def perplexity(model: Any, ids: list[list[int]]) -> float:
    loss = tokens = 0.0
    for one in ids:
        logits = model(torch.tensor([one])).logits[0].double().log_softmax(-1)
        loss -= float(logits[:-1].gather(1, torch.tensor(one[1:])[:, None]).sum())
        tokens += len(one) - 1
    return float(torch.tensor(loss / tokens).exp())


@torch.inference_mode()
def run_model(name: str, count: int, tokens: int) -> dict[str, Any]:
    from transformers import AttentionInterface, AutoModelForCausalLM
    from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

    from serving.model import load_model

    path = modelhub.ensure(name, ROOT / "data" / "models")
    tokenizer = load_model(path).tokenizer
    ids = [tokenizer.encode(text, parse_special=False)[:tokens] for text in texts(count, 8 * tokens)]
    study = Study()
    AttentionInterface.register(NAME, study)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    model.set_attn_implementation(NAME)
    study.compare = True
    model(torch.tensor([ids[0]]))
    model(torch.tensor([ids[-1]]))
    study.compare = False
    base = perplexity(model, ids)
    result: dict[str, Any] = {
        "texts": len(ids), "tokens": sum(map(len, ids)), "activations": study.summary(), "perplexity": {"exact": base},
    }  # fmt: skip
    for variant in MEASURED_END_TO_END:
        study.recipe = STUDIED[variant]
        result["perplexity"][variant] = perplexity(model, ids)
        print(f"{name}: perplexity {variant} {result['perplexity'][variant]:.4f} against {base:.4f}", flush=True)
    return result


def table(results: dict[str, Any]) -> str:
    lines = []
    for name, result in results.items():
        lines += [f"**{name}**, {result['texts']} texts, {result['tokens']} tokens", ""]
        lines += ["| attention | mean cosine | worst layer | worst row | relative L1 | perplexity |", "|---" * 6 + "|"]
        base = result["perplexity"]["exact"]
        for variant, row in result["activations"].items():
            change = result["perplexity"].get(variant)
            shown = "" if change is None else f"{100 * (change / base - 1):+.2f} %"
            lines.append(
                f"| {variant} | {row['mean_cosine']:.5f} | {row['worst_layer_mean_cosine']:.5f} "
                f"| {row['worst_row_cosine']:.4f} | {row['mean_relative_l1']:.4f} | {shown} |"
            )
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", choices=MODELS)
    parser.add_argument("--texts", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    results: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for name in asked.model or MODELS[:2]:
        started = time.perf_counter()
        results[name] = run_model(name, asked.texts, asked.tokens)
        print(f"{name}: {time.perf_counter() - started:.0f} s")
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        RESULTS.with_suffix(".md").write_text(table(results), "utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
