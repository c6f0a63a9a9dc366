"""The same tokens whatever way they are computed, on a model whose logits mean something."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt import kernels
from konspekt.serving.model.model import Model, load_model
from tests.serving.conftest import Answers

pytestmark = [pytest.mark.model, pytest.mark.slow]
PLAIN = {"prefix_cache": False, "draft_tokens": 0, "running": 1}
STORY = "Once upon a time a fox and a crow met in a wood. " * 6
PROMPTS = [f"{STORY}Then", f"{STORY}The fox said:", "The capital of France is", "1, 2, 3, 4, 1, 2, 3, 4, 1, 2,"]


def outputs(it: Answers, prompts: list[str], tokens: int) -> list[list[int]]:
    sequences = [it.add(prompt, max_tokens=tokens, repetition_penalty=1.0) for prompt in prompts]
    it.run()
    return [it.output(sequence) for sequence in sequences]


def test_batch_pieces_preemption_prefix_cache_and_drafts_change_no_token(smollm: Model) -> None:
    expected = outputs(Answers(smollm, **PLAIN), PROMPTS, 40)
    it = Answers(smollm, context=208, cache_tokens=208, step_tokens=50)
    assert outputs(it, PROMPTS, 40) == expected
    assert outputs(it, PROMPTS, 40) == expected  # again, from the cached prefixes
    assert it.engine.scheduler.preemptions > 0
    assert it.engine.metrics.registry.get_sample_value("konspekt_llm_accepted_tokens_total")
    assert it.engine.metrics.registry.get_sample_value("konspekt_llm_cached_tokens_total")


def test_the_reference_backend_says_the_same(smollm: Model, smollm_path: Path) -> None:
    prompt = ["The capital of France is"]
    expected = outputs(Answers(smollm, **PLAIN), prompt, 5)
    with kernels.use("reference"):
        assert outputs(Answers(load_model(smollm_path), **PLAIN), prompt, 5) == expected
