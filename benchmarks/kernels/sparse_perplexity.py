"""What sparse attention loses on a real model: perplexity over long texts, and the share of blocks it computes.

    python -m benchmarks.kernels.sparse_perplexity --model smollm2-135m --tokens 2048 [--minutes 3] [--plan FILE]

transformers loads the GGUF dequantised to float32; its attention is replaced. `exact` is PyTorch's own. `blocks` skips
the blocks that a recipe skips and computes the others exactly, in float32: what skipping costs by itself. `decoded`
reads for every token the pages that it would read if it were decoded by itself, exactly too. `int8` is the float64
reference of the kernels, which Triton's interpreter holds to it, dense and sparse. The default thresholds were chosen
on the text marked "seen" with both smaller models; the bound counts on the others. Each text with each attention is a
piece that is saved when it is done: called again, the script continues. Needs no GPU.
Writes benchmarks/results/sparse_perplexity.json and .md.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import subprocess
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.common.frame import COMPLETE, TIME_OVER, Deadline, Results, add_arguments, measured
from benchmarks.common.paths import MODEL_FILES, ROOT
from benchmarks.kernels import page_masks
from benchmarks.kernels.attention_study import dequantised
from konspekt import modelhub
from konspekt.kernels.attention import quantized_reference
from konspekt.kernels.attention.recipe import RECIPES
from konspekt.kernels.attention.skipping import SparsePlan
from konspekt.kernels.attention.sparse import reference as sparse_reference
from konspekt.kernels.attention.sparse.recipe import (
    K_BLOCK,
    Q_BLOCK,
    SparseRecipe,
    Thresholds,
)

NAME = "konspekt_sparse_study"
MODELS = ("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
TUNED = "blocks, tuned"  # by --plan
BOUND = 0.5  # per cent of perplexity that the default thresholds may cost
REVISION = "a5067cd"  # of the texts: they are pages of this repository, and pages change
TEXTS: dict[str, tuple[str, ...]] = {
    "en, seen": ("docs/conversion.md", "docs/answers.md"),
    "en": ("docs/quantisation.md", "docs/sources.md", "docs/indexing.md", "docs/bot.md"),
    "ru": ("sample/course/04-guidance.md", "sample/course/05-quantization.md", "sample/course/06-ptq.md",
           "sample/course/07-attention.md"),
}  # fmt: skip
How = tuple[str, SparseRecipe | SparsePlan | None]
ATTENTIONS: dict[str, How] = {
    "exact": ("exact", None),
    "blocks, default thresholds": ("exact", SparseRecipe()),
    "blocks, mass 0.99": ("exact", SparseRecipe(mass=0.99)),
    "blocks, mass 0.99, spread 1.75": ("exact", SparseRecipe(mass=0.99, spread=1.75)),
    "blocks, no gate": ("exact", SparseRecipe(spread=math.inf)),
    "blocks as published, mass 0.98": ("exact", SparseRecipe(mass=0.98, similarity=0.4, keys="mean")),
    "decoded, sparse pages, mass 0.99": ("pages", SparseRecipe(mass=0.99)),
    "decoded, sparse pages, mass 0.95": ("pages", SparseRecipe(mass=0.95)),
    "int8": ("int8", None),
    "int8, default thresholds": ("int8", SparseRecipe()),
}


class Study:
    """An attention function for transformers: `how` says which attention it computes."""

    def __init__(self) -> None:
        self.how: How = ("exact", None)
        self.shares: list[torch.Tensor] = []

    def __call__(
        self, module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, **options: Any
    ) -> tuple[torch.Tensor, None]:
        scale = options.get("scaling") or query.shape[-1] ** -0.5
        arithmetic, recipe = self.how
        recipe = recipe.of(module.layer_idx) if isinstance(recipe, SparsePlan) else recipe
        if arithmetic == "int8":
            out = self.int8(query, key, value, scale, recipe)
        else:
            choose = self.pages if arithmetic == "pages" else self.computed
            seen = None if recipe is None else choose(query, key, scale, recipe)
            out = torch.nn.functional.scaled_dot_product_attention(
                query, key, value, seen, is_causal=seen is None, scale=scale, enable_gqa=True
            )
        return out.to(query.dtype).transpose(1, 2), None

    def computed(self, q: torch.Tensor, k: torch.Tensor, scale: float, recipe: SparseRecipe) -> torch.Tensor:
        """bool [1, heads, q_len, k_len]: causal, without the blocks skipped."""
        blocks = sparse_reference.choose(q, k, Thresholds.of(recipe, q.shape[1]), causal=True, scale=scale)
        self.shares.append(blocks.share[0])
        wide = blocks.kept.repeat_interleave(Q_BLOCK, dim=2)[:, :, : q.shape[2]]
        wide = wide.repeat_interleave(K_BLOCK, dim=3)[..., : k.shape[2]]
        return wide & torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).tril(k.shape[2] - q.shape[2])

    def pages(self, q: torch.Tensor, k: torch.Tensor, scale: float, recipe: SparseRecipe) -> torch.Tensor:
        """bool [1, heads, q_len, k_len]: what every token would read if it were decoded with sparse pages."""
        seen, share = page_masks.read(q, k, scale, Thresholds.of(recipe, q.shape[1]))
        self.shares.append(share)
        return seen

    def int8(
        self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float, recipe: SparseRecipe | None
    ) -> torch.Tensor:
        """The float64 reference, a head at a time: scores of 4,096 tokens are 134 MB per head."""
        outs, group = [], q.shape[1] // k.shape[1]
        limits = None if recipe is None else Thresholds.of(recipe, q.shape[1])
        for head in range(q.shape[1]):
            # values as a half-precision model would hand them over: the kernels round P to the type of V
            rows = q[:, head, None], k[:, head // group, None], v[:, head // group, None].half()
            if limits is None:
                outs.append(quantized_reference.attend(*rows, RECIPES["int8"], causal=True, scale=scale)[0])
                continue
            one = Thresholds(
                limits.by_mass, limits.each, limits.keep[head : head + 1], limits.gate[head : head + 1],
                limits.skip[head : head + 1],
            )  # fmt: skip
            self.shares.append(sparse_reference.choose(*rows[:2], one, causal=True, scale=scale).share[0])
            outs.append(sparse_reference.attend(*rows, RECIPES["int8"], one, causal=True, scale=scale)[0])
        return torch.cat(outs, dim=1)


class Looking(Study):
    """Exact attention, and a `look` at every head of one in `every` layers."""

    def __init__(self, every: int) -> None:
        super().__init__()
        self.every = every

    def __call__(
        self, module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, **options: Any
    ) -> tuple[torch.Tensor, None]:
        if module.layer_idx % self.every == self.every - 1:
            group = query.shape[1] // key.shape[1]
            for head in range(query.shape[1]):
                self.look(query[0, head], key[0, head // group], value[0, head // group], options["scaling"])
        return super().__call__(module, query, key, value, mask, **options)

    def look(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> None:
        """q, k, v: [len, dim]."""


class Model:
    """A model of the hub, and the study in the place of its attention."""

    def __init__(self, name: str, study: Study | None = None) -> None:
        from transformers import AttentionInterface
        from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

        from konspekt.serving.model.model import load_model

        path = modelhub.ensure(name, MODEL_FILES)
        self.tokenizer = load_model(path).tokenizer
        self.study = study or Study()
        AttentionInterface.register(NAME, self.study)
        AttentionMaskInterface.register(NAME, sdpa_mask)
        self.network: Any = dequantised(path)
        self.network.set_attn_implementation(NAME)

    @torch.inference_mode()
    def row(self, text: str, tokens: int, how: How) -> dict[str, Any]:
        """Sum of -log p over the tokens of a text, and the share of blocks computed, mean over layers and heads."""
        started = time.perf_counter()
        self.study.how, self.study.shares = how, []
        ids = torch.tensor([self.tokenizer.encode(text, parse_special=False)[:tokens]])
        logits = self.network(ids, use_cache=False).logits[0, :-1]
        loss = float(torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum").double())
        shares = torch.cat(self.study.shares) if self.study.shares else torch.ones(1)
        return {"loss": loss, "predicted": len(ids[0]) - 1, "computed": round(float(shares.mean()), 4),
                "seconds": round(time.perf_counter() - started, 1)}  # fmt: skip


def joined(files: tuple[str, ...]) -> str:
    """Their texts as they were. Raises: CalledProcessError where the history is not there."""
    wanted = [["git", "show", f"{REVISION}:{file}"] for file in files]
    return "\n\n".join(subprocess.run(one, cwd=ROOT, capture_output=True, check=True).stdout.decode() for one in wanted)


def mark(how: How, files: tuple[str, ...]) -> str:
    gate = how[1].gate if isinstance(how[1], SparseRecipe) else ""  # a default that may change
    return hashlib.sha256(f"{joined(files)}{how!r}{gate}".encode()).hexdigest()[:16]


def measure(asked: argparse.Namespace, results: Results, deadline: Deadline) -> bool:
    """Fill in what is missing of one model; False when time is over before all is there."""
    found = results.held.setdefault(f"{asked.model}, {asked.tokens} tokens", {})
    attentions = dict(ATTENTIONS)
    if asked.plan:
        attentions[TUNED] = ("exact", SparsePlan.load(asked.plan))
    model = None
    marks = {(name, label): mark(how, files) for name, how in attentions.items() for label, files in TEXTS.items()}
    for name in list(found):  # what another text or other thresholds gave is forgotten
        own = name == TUNED and not asked.plan  # its thresholds are not at hand, and need not have changed
        current = {label: row["of"] if own else marks.get((name, label)) for label, row in found[name].items()}
        found[name] = {label: row for label, row in found[name].items() if row["of"] == current[label]}
        if not found[name]:
            del found[name]
    for name, how in attentions.items():
        for label, files in TEXTS.items():
            if name not in (asked.only or attentions) or label not in (asked.text or TEXTS):
                continue
            if label in found.get(name, {}):
                continue
            if deadline.over:
                return False
            model = model or Model(asked.model)
            row = model.row(joined(files), asked.tokens, how)
            where = measured()
            found.setdefault(name, {})[label] = {
                **row,
                "of": marks[name, label],
                **where,
                "cpu": where["hardware"]["cpu"],
            }
            print(asked.model, asked.tokens, name, label, row, flush=True)
            results.write()
    results.write()
    return True


def table(held: dict[str, Any]) -> str:
    """Change of perplexity against exact attention, and the share of blocks computed, of each text."""
    lines = [
        f"Change of perplexity; in brackets the share of blocks computed. Bound: +{BOUND} % on the unseen texts.",
        "",
    ]
    for title, attentions in held.items():
        exact = attentions.get("exact", {})
        some: dict[str, Any] = next(iter(exact.values()), {})
        lines += [f"**{title}**, {some.get('date', '')[:10]}, {some.get('cpu', '')}", ""]
        lines += ["| attention | " + " | ".join(TEXTS) + " |", "|---" * (1 + len(TEXTS)) + "|"]
        for name, rows in attentions.items():
            lines.append(f"| {name} | " + " | ".join(_cell(rows.get(x), exact.get(x), name) for x in TEXTS) + " |")
        lines.append("")
    return "\n".join(lines)


def _cell(row: dict[str, Any] | None, exact: dict[str, Any] | None, name: str) -> str:
    if row is None or exact is None or row["predicted"] != exact["predicted"]:
        return "–"
    if name == "exact":
        return f"perplexity {math.exp(row['loss'] / row['predicted']):.2f}"
    change = math.expm1((row["loss"] - exact["loss"]) / row["predicted"])
    return f"{100 * change:+.2f} % ({100 * row['computed']:.0f} %)"


def main() -> int:
    """0: complete; 4: time is over, call again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default=MODELS[0])
    parser.add_argument("--tokens", type=int, default=2048)
    parser.add_argument(
        "--plan", type=Path, help="thresholds that konspekt.kernels.attention.tune wrote for this model"
    )
    parser.add_argument("--only", action="append", help="this attention alone; may be repeated")
    parser.add_argument("--text", action="append", choices=tuple(TEXTS), help="this text alone; may be repeated")
    parser.add_argument("--threads", type=int, default=2)
    add_arguments(parser, minutes=60.0)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    results = Results(asked.out / "sparse_perplexity.json", table=table)
    if asked.fresh:
        results.held.pop(f"{asked.model}, {asked.tokens} tokens", None)
    complete = measure(asked, results, Deadline(asked.minutes))
    print(table(results.held))
    return COMPLETE if complete else TIME_OVER


if __name__ == "__main__":
    raise SystemExit(main())
