"""What quantised attention loses on a real model: cosines of real activations, and perplexity end to end.

    python -m benchmarks.kernels.attention_accuracy --model qwen2.5-coder-1.5b [--minutes 3]

transformers loads the GGUF dequantised to float32; its attention is replaced by the float64 references of the variants
(`attention_study.py`). Each text with each variant is a piece, saved when it is done: called again, it continues.
The texts are held out: recipes were chosen on the beginnings of `sample/course/00-syllabus.md` and `docs/README.md`
with SmolLM2-135M and Qwen2.5-Coder-0.5B, which are not among them. Needs no GPU.
Writes benchmarks/results/attention_accuracy.json and .md.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Sequence
from typing import Any

import torch

from benchmarks.common.frame import COMPLETE, TIME_OVER, Deadline, Results, add_arguments, measured
from benchmarks.common.paths import MODEL_FILES, ROOT
from benchmarks.kernels.attention_report import TEXTS, table
from benchmarks.kernels.attention_study import (
    END_TO_END,
    NAME,
    PAGES,
    STUDIED,
    Study,
    dequantised,
)
from konspekt import modelhub

MODELS = ("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
COMPARED = (TEXTS["ru"][0], TEXTS["en"][0])  # on the beginnings of these the activations are compared too
COMPARED_TOKENS = 256


class Pieces(Results):
    """{model: {"nll": {variant: {text: [sum, tokens]}}, "activations": {text: {variant: numbers}}}}"""

    def of(self, model: str) -> dict[str, Any]:
        return dict(self.held.setdefault(model, {"nll": {}, "activations": {}}))

    def put(self, model: str, part: str, row: str, values: dict[str, Any]) -> None:
        held = self.held[model]
        held[part].setdefault(row, {}).update(values)
        self.keep(model, held | measured())


def load(name: str) -> tuple[Any, Any, Study]:
    """Model, tokenizer, and the attention that the model now has."""
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

    from konspekt.serving.model.model import load_model

    path, study = modelhub.ensure(name, MODEL_FILES), Study()
    tokenizer = load_model(path).tokenizer
    AttentionInterface.register(NAME, study)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model = dequantised(path)
    model.set_attn_implementation(NAME)
    return model, tokenizer, study


def key_of(path: str, tokens: int) -> str:
    """A text that has been edited since counts as another text."""
    digest = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()[:8]
    return f"{path} {digest} {tokens}"


@torch.inference_mode()
def likelihood(model: Any, ids: list[int]) -> tuple[float, int]:
    """Negative log-likelihood of the text, its first token given; and the number of tokens."""
    logits = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
    return -float(logits[:-1].gather(1, torch.tensor(ids[1:])[:, None]).sum()), len(ids) - 1


def pieces(held: dict[str, Any], tokens: int, variants: Sequence[str]) -> list[tuple[str, str, str]]:
    """(part, variant, path) that are not there yet, exact first: what is compared with it needs it."""
    paths = [path for both in zip(*TEXTS.values(), strict=True) for path in both]
    wanted = [("nll", variant, path) for path in paths for variant in variants]
    wanted += [("activations", "", path) for path in COMPARED]

    def there(part: str, variant: str, path: str) -> bool:
        key = key_of(path, tokens)
        return key in held["nll"].get(variant, {}) if part == "nll" else not uncompared(held, key)

    return [piece for piece in wanted if not there(*piece)]


def uncompared(held: dict[str, Any], key: str) -> tuple[str, ...]:
    """Variants whose activations on a text are not there."""
    return tuple(name for name in (*STUDIED, *PAGES) if name not in held["activations"].get(key, {}))


@torch.inference_mode()
def compare(model: Any, study: Study, ids: list[int], names: tuple[str, ...]) -> dict[str, Any]:
    fresh = Study()
    study.rows, study.whole, study.l1 = fresh.rows, fresh.whole, fresh.l1
    study.variant, study.compare = "exact", names
    model(torch.tensor([ids[:COMPARED_TOKENS]]))
    study.compare = ()
    return study.summary()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS, default=MODELS[1])
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--variant", action="append", choices=END_TO_END, help="this attention alone; may be repeated")
    add_arguments(parser)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    deadline = Deadline(asked.minutes)
    results = Pieces(asked.out / "attention_accuracy.json", table=table)
    if asked.fresh:
        results.held.pop(asked.model, None)
    todo = pieces(results.of(asked.model), asked.tokens, asked.variant or END_TO_END)
    if not todo:
        print(table(results.held))
        return COMPLETE
    model, tokenizer, study = load(asked.model)
    for place, (part, variant, path) in enumerate(todo):
        if deadline.over:
            print(f"{len(todo) - place} of {len(todo)} pieces are left: call again.")
            return TIME_OVER
        ids = tokenizer.encode((ROOT / path).read_text("utf-8"), parse_special=False)[: asked.tokens]
        begun = time.monotonic()
        key, held = key_of(path, asked.tokens), results.of(asked.model)
        if part == "nll":
            study.variant = variant
            results.put(asked.model, part, variant, {key: likelihood(model, ids)})
        else:
            results.put(asked.model, part, key, compare(model, study, ids, uncompared(held, key)))
        print(f"{place + 1}/{len(todo)} {part} {variant} {path}: {time.monotonic() - begun:.0f} s", flush=True)
    print(table(results.held))
    return COMPLETE


if __name__ == "__main__":
    raise SystemExit(main())
