"""Mixtures of experts: the file's model is the one transformers computes, on the CPU and through the GPU kernels."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import kernels
from serving.errors import UnsupportedModelError
from serving.model import load_model
from tests.kernels.triton.conftest import Interpreted, interpreted  # noqa: F401 - a fixture
from tests.serving import gpu_served
from tests.serving.conftest import Answers
from tests.serving.test_engine import PROMPTS, check
from tests.serving.test_gguf_and_architectures import distance, logits
from tests.serving.tiny import write_tiny
from tests.serving.tiny_mixture import write_mixture

IDS = [1 + (7 * i * i + 3 * i) % 255 for i in range(60)]


@pytest.mark.parametrize("family", ["mixtral", "qwen3moe"])
def test_a_mixture_computes_what_transformers_computes(tmp_path: Path, family: str) -> None:
    reference = write_mixture(tmp_path / "x.gguf", family)
    with torch.no_grad():
        expected = reference(torch.tensor([IDS])).logits[0]
    with kernels.use("torch"):  # float activations: what is left is rounding
        agreement, divergence = distance(logits(load_model(tmp_path / "x.gguf"), IDS), expected)
    assert agreement == 1.0
    assert divergence < 1e-5
    agreement, divergence = distance(logits(load_model(tmp_path / "x.gguf"), IDS), expected)  # int8 activations
    assert agreement > 0.97
    assert divergence < 0.01


@pytest.mark.parametrize("family", ["mixtral", "qwen3moe"])
def test_a_mixture_is_served_alike_alone_and_in_a_batch_in_pieces_and_preempted(tmp_path: Path, family: str) -> None:
    write_mixture(tmp_path / "x.gguf", family)
    model = load_model(tmp_path / "x.gguf")
    check(Answers(model, context=208, cache_tokens=208, step_tokens=40), lambda **settings: Answers(model, **settings))
    assert len(PROMPTS) > 1


def test_a_mixture_over_the_gpu_kernels_says_what_the_reference_says(tmp_path: Path, interpreted: Interpreted) -> None:  # noqa: F811
    path = str(tmp_path / "x.gguf")
    write_mixture(tmp_path / "x.gguf", "qwen3moe")
    prompts = ["abcabcabcabcab", "Hm"]
    want = gpu_served.outputs(path, "reference", prompts, plain=True)["tokens"]
    got = interpreted(
        "tests.serving.gpu_served", "outputs", path, "triton", prompts, want[0], padding=True, again=False
    )
    assert got["tokens"] == want


def test_a_mixture_that_is_gated_otherwise_is_refused(tmp_path: Path) -> None:
    extra: dict[str, str | int] = {"qwen3moe.expert_count": 4, "qwen3moe.expert_gating_func": 2}
    path = write_tiny(tmp_path / "x.gguf", "qwen3moe", extra=extra)
    with pytest.raises(UnsupportedModelError, match=r"expert_gating_func = 2.*softmax"):
        load_model(path)
