"""Find how many blocks of keys each head of a model may skip, and write the thresholds to a small file.

    python -m konspekt.kernels.attention.tune qwen2.5-coder-0.5b-instruct-q4_k_m.gguf notes.txt --out thresholds.json
    python -m konspekt.kernels.attention.tune path/to/folder a.txt b.txt --tokens 8192 --bound 0.03 --device cuda

Every layer is fed what dense attention feeds it; of a grid of thresholds each head gets the pair that computes the
fewest blocks while its output differs from the dense one by no more than `bound`, in relative L1, on every text
(SpargeAttention, arXiv 2502.18137, section 3.6). A head for which no pair will do stays dense. Then:

    konspekt.kernels.attention.register(sparse="thresholds.json")
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from konspekt.kernels.attention.skipping import SparsePlan
from konspekt.kernels.attention.sparse.recipe import K_BLOCK, Q_BLOCK
from konspekt.kernels.attention.sparse.search import (
    GATES,
    MASSES,
    SKIPS,
    Keys,
    Search,
)
from konspekt.kernels.errors import BackendUnavailable, KernelError

NAME = "konspekt_tune"
LEAST_TOKENS = Q_BLOCK + 2 * K_BLOCK  # below it no block can be skipped
Progress = Callable[[str], None]


@torch.inference_mode()
def tune(
    model: Any,
    texts: Iterable[Sequence[int]],
    *,
    bound: float = 0.05,
    skip_bound: float | None = None,
    keys: Keys = "each",
    masses: Sequence[float] = MASSES,
    gates: Sequence[float] | None = None,
    progress: Progress = lambda _: None,
) -> SparsePlan:
    """Thresholds of every layer of a `transformers` causal language model.

    texts: token ids of some texts as long as those that the model will read: what may be skipped grows with length.
    bound: largest relative L1 between sparse and dense output of a head. skip_bound: search for the second skip too,
    up to this error (the authors take 0.05 and 0.06); without it the second skip stays off. keys: as in `SparseRecipe`.
    masses, gates: what is tried, each with each; gates are spreads or, with keys="mean", similarities.

    Raises: KernelError for texts too short to skip anything; BackendUnavailable without transformers.
    """
    ids = [list(text) for text in texts]
    if not ids or min(map(len, ids)) < LEAST_TOKENS:
        shortest = min(map(len, ids), default=0)
        raise KernelError(
            f"a text of {shortest} tokens: below {LEAST_TOKENS} nothing can be skipped; give longer texts"
        )
    search = Search(bound, skip_bound, tuple(masses), tuple(gates or GATES[keys]), SKIPS, keys)
    before = model.config._attn_implementation
    model.set_attn_implementation(_register(search))
    try:
        for step in ("first",) if skip_bound is None else ("first", "second"):
            search.start(step)
            for number, text in enumerate(ids, 1):
                progress(f"{step} skip, text {number} of {len(ids)}: {len(text)} tokens through every layer")
                model(torch.tensor([text], device=model.device), use_cache=False, logits_to_keep=1)
    finally:
        model.set_attn_implementation(before)
    layers = search.recipes()
    notes = {
        "made_by": "konspekt.kernels.attention.tune",
        "date": datetime.now(UTC).isoformat(timespec="seconds"), "bound": bound,
        "skip_bound": skip_bound, "tokens": list(map(len, ids)), "computed_share": round(search.share(), 4),
        "share_of_layers": {str(layer): round(share, 4) for layer, share in search.shares().items()},
    }  # fmt: skip
    return SparsePlan(layers, notes)


def _register(search: Search) -> str:
    try:
        from transformers import AttentionInterface
        from transformers.masking_utils import AttentionMaskInterface, sdpa_mask
    except ImportError as missing:
        raise BackendUnavailable(f"tuning needs transformers 4.53 or newer: {missing}") from missing

    def forward(
        module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, **options: Any
    ) -> tuple[torch.Tensor, None]:
        scale = options.get("scaling") or query.shape[-1] ** -0.5
        if mask is None:  # a layer with a mask of its own stays dense when it is served, too
            search.look(module.layer_idx, query, key, value, scale)
        gqa = query.shape[1] != key.shape[1]
        out = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, mask, is_causal=mask is None, scale=scale, enable_gqa=gqa
        )
        return out.transpose(1, 2), None

    AttentionInterface.register(NAME, forward)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    return NAME


def _parser() -> argparse.ArgumentParser:
    summary, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m konspekt.kernels.attention.tune", description=summary, epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("model", type=Path, help="a folder that transformers can load, or a GGUF file")
    parser.add_argument("texts", nargs="+", type=Path, help="text files, UTF-8; of each the first --tokens are taken")
    parser.add_argument("--out", type=Path, default=Path("thresholds.json"), help="file to write (thresholds.json)")
    parser.add_argument("--tokens", type=int, default=2048, help="tokens of a text (2048): as long as in use")
    parser.add_argument("--bound", type=float, default=0.05, help="largest relative L1 of a head (0.05)")
    parser.add_argument("--skip-bound", type=float, help="search for the second skip too, up to this error (say 0.06)")
    parser.add_argument("--keys", choices=("each", "mean"), default="each", help="predict from each key or their mean")
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    return parser


def load(model: Path, device: str) -> tuple[Any, Any]:
    """Model and tokenizer. Raises: BackendUnavailable without transformers, OSError or ValueError for a wrong file."""
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as missing:
        raise BackendUnavailable(
            f"tuning needs transformers: pip install transformers accelerate ({missing})"
        ) from None
    folder, options = (model, {}) if model.is_dir() else (model.parent, {"gguf_file": model.name})
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    network: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, **options)
    return network.to(device).eval(), AutoTokenizer.from_pretrained(folder, **options)


def main(arguments: list[str] | None = None) -> int:
    """0: written; 1: it failed; 2: a file is not there or a number makes no sense."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    for path in (asked.model, *asked.texts):
        if not path.exists():
            parser.error(f"{path}: there is no such file")
    if not 0 < asked.bound < 1 or asked.tokens < LEAST_TOKENS:
        parser.error(f"--bound must be between 0 and 1, --tokens at least {LEAST_TOKENS}")
    try:
        model, tokenizer = load(asked.model, asked.device)
        ids = [tokenizer(path.read_text("utf-8"))["input_ids"][: asked.tokens] for path in asked.texts]
        for path, text in zip(asked.texts, ids, strict=True):
            if len(text) < asked.tokens:
                print(f"{path}: {len(text)} tokens, not {asked.tokens}; longer texts may skip more", file=sys.stderr)
        plan = tune(
            model, ids, bound=asked.bound, skip_bound=asked.skip_bound, keys=asked.keys,
            progress=lambda line: print(line, file=sys.stderr, flush=True),
        )  # fmt: skip
        plan.save(asked.out)
    except (KernelError, OSError, ValueError) as reason:
        print(f"Not tuned: {reason}", file=sys.stderr)
        return 1
    share = plan.notes["computed_share"]
    print(f"{asked.out}: {len(plan.layers)} layers; {100 * share:.1f} % of the blocks are computed on these texts.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
