"""Called in a process where Triton's interpreter runs the GPU kernels: a model served through the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from konspekt import kernels
from konspekt.serving.engine.drafting import speculate
from konspekt.serving.engine.runner import Runner
from konspekt.serving.engine.sequence import Sequence
from konspekt.serving.model.model import load_model
from tests.serving.conftest import Answers


def draft_from(known: list[list[int]]) -> None:
    """Drafts as prompt lookup would give them: the tokens that come next, and a wrong one at their end."""

    def look_up(sequence: Sequence, most: int) -> tuple[tuple[int, ...], int]:
        done = sequence.tokens[sequence.prompt_length :]
        following = next((k[len(done) :] for k in known if done and k[: len(done)] == done), [])[:most]
        return ((*following[:-1], (following[-1] + 1) % 256), 16) if len(following) > 1 else ((), 0)

    speculate.look_up = look_up


def outputs(  # noqa: PLR0917
    path: str,
    backend: str,
    prompts: list[str],
    drafts: list[list[int]] | None = None,
    products: str = "float32",
    padding: bool = False,
    again: bool = True,
    no_lookup: bool = False,
    **settings: Any,
) -> dict[str, Any]:
    """Greedy tokens of all prompts, served together, and what the engine counted."""
    if drafts is not None or no_lookup:
        draft_from(drafts or [])
    tokens, plain = settings.pop("max_tokens", 5), settings.pop("plain", False)
    with kernels.use(backend):  # type: ignore[arg-type]
        model = load_model(Path(path))
        model.decoder.products = getattr(torch, products)
        if plain:
            settings |= {"prefix_cache": False, "draft_tokens": 0, "running": 1}
        it = Answers(model, context=128, **settings)
        if padding:
            it.engine.runner = Runner(model, it.engine.blocks.pages, padding=True)
        found = []
        for _ in range(2 if again and not plain else 1):  # a second time from the cached prefixes
            sequences = [it.add(prompt, max_tokens=tokens, repetition_penalty=1.0) for prompt in prompts]
            it.run()
            found.append([it.output(sequence) for sequence in sequences])
    count = it.engine.metrics.registry.get_sample_value
    return {
        "tokens": found,
        "cached": count("konspekt_llm_cached_tokens_total"),
        "accepted": count("konspekt_llm_accepted_tokens_total"),
        "shapes": len(it.engine.runner.captured),
    }


def logits(path: str, backend: str, ids: list[int], products: str) -> torch.Tensor:
    from konspekt.kernels import PagedBatch

    with kernels.use(backend):  # type: ignore[arg-type]
        model = load_model(Path(path))
        model.decoder.products = getattr(torch, products)
        cache = model.new_cache(-(-len(ids) // 16))
        batch = PagedBatch.of([len(ids)], [len(ids)], [list(range(cache.pages))])
        return model.forward(ids, cache, batch, range(len(ids)))


def kinds(path: str) -> dict[str, Any]:
    """What a model's matrices are for the Triton kernels, products a layer, and bytes of them left on this side."""
    from konspekt.kernels.decoder.gpu import bind

    with kernels.use("triton"):
        model = load_model(Path(path))
        bound = bind(model.decoder, model.device)[0]
    stacks = [*bound.qkv, *bound.out, *bound.gate_up, *bound.down]
    weights = [*model.decoder.layers[0].matrices, *(part.weight for part in stacks)]
    parts = [getattr(w, name) for w in weights for name in type(w).__dataclass_fields__ if name != "prepared"]
    here = [part.nbytes for part in parts if isinstance(part, torch.Tensor) and part.device.type != "meta"]
    return {"weights": sorted({type(w).__name__ for w in weights}), "products": len(stacks), "bytes_here": sum(here)}
