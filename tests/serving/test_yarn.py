"""A context stretched by YaRN: the model that transformers computes, from a folder and from a GGUF file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import pytest
import torch

from konspekt import kernels
from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.model.architectures import config_from_gguf
from konspekt.serving.model.assemble import _frequencies
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.folder_config import config_from_hf
from konspekt.serving.model.model import load_model
from tests.serving.test_gguf_and_architectures import distance, logits
from tests.serving.tiny import write_tiny
from tests.serving.tiny_folder import write_folder

IDS = [1 + (7 * i * i + 3 * i) % 255 for i in range(200)]
YARN: dict[str, Any] = {
    "rope_type": "yarn", "rope_theta": 10_000.0, "factor": 4.0, "original_max_position_embeddings": 64,
}  # fmt: skip
KINDS: list[dict[str, Any]] = [
    YARN,
    YARN | {"attention_factor": 1.3},
    YARN | {"beta_fast": 16.0, "beta_slow": 2.0},
    YARN | {"factor": 1.0},
    YARN | {"original_max_position_embeddings": 4096, "factor": 2.5},
]


@pytest.mark.parametrize("rope", KINDS, ids=["usual", "warmth", "bounds", "one", "long"])
@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3"])
def test_a_stretched_folder_computes_what_transformers_computes(
    tmp_path: Path, family: str, rope: dict[str, Any]
) -> None:
    reference = write_folder(tmp_path, family, rope_parameters=rope)  # type: ignore[arg-type]
    with torch.no_grad():
        expected = reference(torch.tensor([IDS])).logits[0]
    with kernels.use("torch"):
        agreement, divergence = distance(logits(load_model(tmp_path, "F16"), IDS), expected)
    assert agreement == 1.0
    assert divergence < 1e-4
    plain = json.loads((tmp_path / "config.json").read_text("utf-8"))
    plain["rope_parameters"] = {"rope_type": "default", "rope_theta": 10_000.0}
    (tmp_path / "config.json").write_text(json.dumps(plain), "utf-8")
    if rope["factor"] > 1:
        with kernels.use("torch"):
            assert distance(logits(load_model(tmp_path, "F16"), IDS), expected)[1] > 100 * max(divergence, 1e-6)


@pytest.mark.parametrize("rope", KINDS)
def test_frequencies_are_those_of_transformers(rope: dict[str, Any]) -> None:
    from transformers import Qwen2Config
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    config = Qwen2Config(
        hidden_size=128, num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=512, rope_parameters=rope
    )
    expected, warmth = ROPE_INIT_FUNCTIONS["yarn"](config, torch.device("cpu"))
    ours = config_from_hf(config.to_dict() | {"model_type": "qwen2", "head_dim": None})
    assert torch.allclose(_frequencies(ours.rope, None), expected, rtol=1e-6, atol=0)
    assert ours.attention_scale == pytest.approx(64**-0.5 * warmth**2, rel=1e-6)


def test_a_gguf_file_says_the_same(tmp_path: Path) -> None:
    def stretched(**more: float) -> Any:
        path = tmp_path / f"{len(more)}.gguf"
        write_tiny(path, extra={"qwen2.rope.scaling.type": "yarn"})
        file = GGUFFile(path)
        keys = {"factor": 4.0, "original_context_length": 64} | more
        said = file.metadata | {f"qwen2.rope.scaling.{key}": value for key, value in keys.items()}
        return config_from_gguf(said, file.tensors["token_embd.weight"].shape[0])

    folder = config_from_hf(
        {"model_type": "qwen2", "hidden_size": 128, "num_attention_heads": 2, "num_key_value_heads": 1,
         "num_hidden_layers": 2, "intermediate_size": 256, "max_position_embeddings": 512, "vocab_size": 259,
         "rope_parameters": YARN | {"attention_factor": 1.5}}
    )  # fmt: skip
    usual = 1.1386294361119891  # 0.1 ln 4 + 1
    found = stretched(attn_factor=1.5 / usual)
    assert torch.equal(_frequencies(found.rope, None), _frequencies(folder.rope, None))
    assert found.attention_scale == pytest.approx(folder.attention_scale)
    assert stretched().attention_scale == pytest.approx(64**-0.5 * usual**2)
    with pytest.raises(ModelFileError, match=r"rope\.scaling\.factor"):
        stretched(factor=0.5)
    assert gguf.Keys.Rope.SCALING_ORIG_CTX_LEN == "{arch}.rope.scaling.original_context_length"


@pytest.mark.parametrize("more", [{"mscale": 1.0, "mscale_all_dim": 0.8}, {"truncate": False}])
def test_what_others_add_to_it_is_refused(tmp_path: Path, more: dict[str, Any]) -> None:
    write_folder(tmp_path, "qwen2", rope_parameters=YARN | more)  # type: ignore[arg-type]
    with pytest.raises(UnsupportedModelError, match="rope"):
        load_model(tmp_path)
