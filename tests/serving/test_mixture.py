"""Mixtures of experts: the file's model is the one transformers computes, on the CPU and through the GPU kernels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from konspekt import kernels
from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.model import load_model
from tests.kernels.triton.conftest import Interpreted, interpreted  # noqa: F401 - a fixture
from tests.serving import gpu_served
from tests.serving.conftest import Answers
from tests.serving.test_engine import PROMPTS, check
from tests.serving.test_gguf_and_architectures import distance, logits
from tests.serving.tiny import write_tiny
from tests.serving.tiny_mixture import write_mixture, write_mixture_folder

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
def test_a_folder_computes_what_transformers_computes(tmp_path: Path, family: str) -> None:
    reference = write_mixture_folder(tmp_path, family)
    with torch.no_grad():
        expected = reference(torch.tensor([IDS])).logits[0]
    with kernels.use("torch"):
        agreement, divergence = distance(logits(load_model(tmp_path, "F16"), IDS), expected)
    assert agreement == 1.0
    assert divergence < 1e-5
    assert distance(logits(load_model(tmp_path), IDS), expected)[1] < 0.02


def test_a_file_with_a_tensor_an_expert_is_the_same_model(tmp_path: Path) -> None:
    for name, single in (("old", True), ("new", False)):
        write_mixture(tmp_path / f"{name}.gguf", "mixtral", single=single)
    old, new = (logits(load_model(tmp_path / f"{name}.gguf"), IDS) for name in ("old", "new"))
    assert "blk.1.ffn_up.5.weight" in GGUFFile(tmp_path / "old.gguf").tensors
    assert torch.equal(old, new)


@pytest.mark.parametrize(
    ("change", "told"),
    [({"norm_topk_prob": False}, "norm_topk_prob = False"), ({"mlp_only_layers": [0]}, "some without")],
)
def test_a_folder_whose_experts_work_otherwise_is_refused(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    write_mixture_folder(tmp_path, "qwen3moe")
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | change), "utf-8")
    with pytest.raises(UnsupportedModelError, match=told):
        load_model(tmp_path)


def test_an_expert_that_is_missing_is_an_error_in_words(tmp_path: Path) -> None:
    write_mixture_folder(tmp_path, "mixtral")
    tensors = load_file(tmp_path / "model.safetensors")
    del tensors["model.layers.1.block_sparse_moe.experts.2.w3.weight"]
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelFileError, match="2 x 32 x 64, and by the metadata it must have 6 x 32 x 64"):
        load_model(tmp_path)


@pytest.mark.parametrize("family", ["mixtral", "qwen3moe"])
def test_a_mixture_is_served_alike_alone_and_in_a_batch_in_pieces_and_preempted(tmp_path: Path, family: str) -> None:
    write_mixture(tmp_path / "x.gguf", family)
    model = load_model(tmp_path / "x.gguf")
    check(Answers(model, context=208, cache_tokens=208, step_tokens=40), lambda **settings: Answers(model, **settings))
    assert len(PROMPTS) > 1


@pytest.mark.sweep
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
