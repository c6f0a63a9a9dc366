"""A rotated model says what it said before, as long as nothing is rounded; rounded coarsely it says it better."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from konspekt.quantization.errors import WrongRequestError
from konspekt.quantization.rounding.rotate import rotate
from konspekt.quantization.source import load
from konspekt.serving.model.model import load_model
from tests.quantization.test_quantize import answer, run
from tests.serving.tiny import write_tiny
from tests.serving.tiny_folder import write_folder

IDS = torch.tensor([[1 + (7 * i * i + 3 * i) % 255 for i in range(40)]])


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3"])
@torch.inference_mode()
def test_rotation_changes_every_matrix_and_no_logit(family: str, tmp_path: Path) -> None:
    write_folder(tmp_path, family)
    source = load(tmp_path)
    before, weights = source.model(IDS).logits, [m.weight.clone() for _, m in source.matrices(1)]
    rotate(source)
    assert float((source.model(IDS).logits - before).abs().max()) < 2e-4 * float(before.abs().max())
    for (name, module), weight in zip(source.matrices(1), weights, strict=True):
        assert float((module.weight - weight).norm()) > 0.5 * float(weight.norm()), name
    assert bool((source.model.get_decoder().norm.weight == 1).all())


def test_weights_that_stick_out_are_spread_over_all(tmp_path: Path) -> None:
    """One column a hundred times the others: what a scale for each row cannot hold, rotated it can."""
    write_folder(tmp_path, "llama")
    source = load(tmp_path)
    with torch.no_grad():
        for layer in source.layers:
            layer.mlp.up_proj.weight[:, 5] *= 100
            layer.self_attn.q_proj.weight[:, 5] *= 100
    rotate(source)
    for layer in source.layers:
        for weight in (layer.mlp.up_proj.weight, layer.self_attn.q_proj.weight):
            rows = weight.detach()
            assert float((rows.abs().amax(1) / rows.square().mean(1).sqrt()).mean()) < 5


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_a_rotated_gguf_file_answers_as_its_source(architecture: str, tmp_path: Path) -> None:
    source, out = write_tiny(tmp_path / "tiny.gguf", architecture), tmp_path / "made"
    done = run(source, "--format", "Q8_0", "--rotate", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rotated"]
    made = load_model(out / "model-q8_0.gguf")
    assert answer(made)[:4] == answer(load_model(source))[:4]
    assert made.output is not made.embedding


def test_a_rotated_folder_answers_as_its_source(tmp_path: Path) -> None:
    write_folder(tmp_path / "folder", "qwen2")
    done = run(tmp_path / "folder", "--format", "int8", "--rotate", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "rotated before" in done.stdout
    assert answer(load_model(tmp_path / "out"))[:4] == answer(load_model(tmp_path / "folder"))[:4]


def test_a_family_that_cannot_be_rotated_is_refused_before_any_work(tmp_path: Path) -> None:
    write_folder(tmp_path / "folder", "gemma3")
    done = run(tmp_path / "folder", "--format", "int8", "--rotate", "--out", tmp_path / "out")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "gemma3_text cannot be rotated" in done.stderr
    with pytest.raises(WrongRequestError):
        rotate(load(tmp_path / "folder"))
