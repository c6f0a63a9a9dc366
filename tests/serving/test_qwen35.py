"""Qwen3.5: a folder and a file give what transformers computes, whole, in pieces and token by token."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch

from konspekt import kernels
from konspekt.kernels import PagedBatch, StateUse
from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.model.model import Model, load_model
from konspekt.serving.model.pretokenizers import byte_level_rules
from tests.serving.tiny_qwen35 import LAYERS, write_folder, write_gguf

IDS = [1 + (7 * i * i + 3 * i) % 255 for i in range(90)]  # more than a chunk of transformers' and of torch's kernels


def computed(model: Model, cuts: list[int]) -> torch.Tensor:
    """Logits after each of IDS, in pieces that end at `cuts`."""
    cache, state, found = model.new_cache(8, kind="fp16"), model.new_state(), []
    for begin, end in pairwise([0, *cuts]):
        use = StateUse(state if begin else None, ((end - begin, state),))
        batch = PagedBatch.of([end - begin], [end], [[3, 1, 4, 0, 5, 2]], [use])
        found.append(model.forward(IDS[begin:end], cache, batch, range(end - begin)))
    return torch.cat(found)


def apart(got: torch.Tensor, want: torch.Tensor) -> float:
    return float((got - want).abs().max() / want.abs().max())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, torch.Tensor]:
    """(folder, file, what transformers computes)."""
    folder, path = tmp_path_factory.mktemp("folder"), tmp_path_factory.mktemp("file") / "x.gguf"
    write_folder(folder)
    reference = write_gguf(path, ahead=True)
    with torch.no_grad():
        return folder, path, reference(torch.tensor([IDS])).logits[0]


@pytest.mark.parametrize("which", ["folder", "file"])
@pytest.mark.parametrize("backend", ["torch", "cpu"])
def test_it_computes_what_transformers_computes(made: Any, which: str, backend: str) -> None:
    with kernels.use(backend):  # type: ignore[arg-type]
        model = load_model(made[which == "file"], "F16")
        whole = computed(model, [90])
        assert apart(whole, made[2]) < 1e-3  # what is left are the pages in fp16
        if backend == "cpu":
            assert torch.equal(computed(model, [1, 2, 19, 80, 90]), whole)
            assert torch.equal(computed(model, list(range(1, 91))), whole)
        else:
            assert apart(computed(model, [1, 2, 19, 80, 90]), whole) < 1e-3


def test_text_alone_is_read_from_a_multimodal_folder(tmp_path: Path, made: Any) -> None:
    write_folder(tmp_path, multimodal=True)
    model = load_model(tmp_path, "F16")
    assert torch.equal(computed(model, [90]), computed(load_model(made[0], "F16"), [90]))
    assert model.config.layers == LAYERS
    assert model.config.attending == 1


def test_packed_matrices_stay_close(tmp_path: Path, made: Any) -> None:
    write_gguf(tmp_path / "x.gguf", packed=gguf.GGMLQuantizationType.Q8_0)
    assert apart(computed(load_model(tmp_path / "x.gguf"), [90]), made[2]) < 0.15
    assert apart(computed(load_model(made[0]), [90]), made[2]) < 0.15


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"attn_output_gate": False}, UnsupportedModelError, "attn_output_gate"),
        ({"layer_types": ["linear_attention"] * 4}, UnsupportedModelError, "layer_types"),
        ({"layer_types": ["full_attention", "mamba"] * 2}, ModelFileError, "layer_types"),
        ({"linear_num_key_heads": 3}, ModelFileError, "linear_num_key_heads"),
        ({"linear_key_head_dim": 24}, UnsupportedModelError, "linear_key_head_dim"),
        ({"linear_conv_kernel_dim": 40}, ModelFileError, "linear_conv_kernel_dim"),
        ({"linear_value_head_dim": 32}, ModelFileError, "linear_attn"),
        ({"model_type": "qwen3_5_moe_text"}, UnsupportedModelError, "qwen3_5_moe_text"),
    ],
)
def test_what_is_not_supported_is_refused(
    tmp_path: Path, made: Any, change: dict[str, Any], error: type[Exception], told: str
) -> None:
    for file in made[0].iterdir():
        (tmp_path / file.name).symlink_to(file)
    config = json.loads((made[0] / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").write_text(json.dumps(config | change), "utf-8")
    with pytest.raises(error, match=told):
        load_model(tmp_path)


def test_marks_stay_with_their_letters() -> None:
    _, split = byte_level_rules("qwen35")
    whole = [piece for piece, _ in split.pre_tokenize_str("и\u0306 12 x")]
    assert len(whole) == len(byte_level_rules("qwen2")[1].pre_tokenize_str("и\u0306 12 x")) - 1
