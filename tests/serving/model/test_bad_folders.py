"""A folder from anywhere is refused in words, in both languages, or it is right: never a crash, never nonsense."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from konspekt.serving.errors import ModelFileError, ServingError, UnsupportedModelError
from konspekt.serving.model.model import load_model
from tests.serving.model.test_bad_gguf import answer, refused_in_both_languages
from tests.serving.tiny_folder import write_folder

Weights = dict[str, torch.Tensor]
NAN, INF = float("nan"), float("inf")
Q, UP, NORM = "model.layers.0.self_attn.q_proj.weight", "model.layers.1.mlp.up_proj.weight", "model.norm.weight"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    write_folder(folder, "llama", num_hidden_layers=2)
    return folder


@pytest.fixture
def folder(base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "model"))


def change_json(folder: Path, name: str, **values: Any) -> None:
    """A value that is None is taken away."""
    path = folder / name
    read = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    path.write_text(json.dumps({k: v for k, v in {**read, **values}.items() if v is not None}), "utf-8")


CONFIGS: list[tuple[dict[str, Any], str]] = [
    ({"num_attention_heads": 0}, "num_attention_heads = 0"),
    ({"num_attention_heads": "two"}, "num_attention_heads = 'two'"),
    ({"num_attention_heads": None}, "lacks num_attention_heads"),
    ({"num_key_value_heads": 0}, "num_key_value_heads = 0"),
    ({"num_attention_heads": 4, "num_key_value_heads": 3}, "num_key_value_heads = 3: the 4 query heads"),
    ({"head_dim": 4096}, "head_dim = 4096: heads of a multiple of 16"),
    ({"head_dim": -64}, "head_dim = -64"),
    ({"hidden_size": 0}, "hidden_size = 0"),
    ({"hidden_size": {"all": 128}}, "hidden_size = "),
    ({"vocab_size": "many"}, "vocab_size = 'many'"),
    ({"vocab_size": 100}, "has the shape 259 x 128, and by the metadata it must have 100 x 128"),
    ({"num_hidden_layers": 3}, r"model\.layers\.2\.[a-z_.]+\.weight is missing"),
    ({"num_hidden_layers": 1}, "does not use"),
    ({"num_hidden_layers": 10**9}, "num_hidden_layers = 1000000000"),
    (
        {"intermediate_size": 128},
        r"down_proj\.weight has the shape 128 x 256, and by the metadata it must have 128 x 128",
    ),
    ({"max_position_embeddings": 0}, "max_position_embeddings = 0"),
    ({"rms_norm_eps": "small"}, "rms_norm_eps = 'small'"),
    ({"rope_scaling": "linear"}, "rope_scaling = 'linear': an object of settings"),
    ({"rope_scaling": ["linear", 2]}, "rope_scaling = .*: an object of settings"),
    ({"rope_scaling": {"type": 5}}, r"rope_scaling\.type = 5: text is wanted"),
    ({"rope_scaling": {"type": "linear", "factor": "x"}}, r"rope_scaling\.factor = 'x': a number"),
    ({"rope_scaling": {"rope_type": "dynamic", "factor": 4}}, r"rope_scaling\.rope_type = 'dynamic': .*and yarn"),
    ({"rope_parameters": {"rope_type": "default", "rope_theta": "big"}}, r"rope_theta = 'big'"),
    ({"rope_parameters": {"full_attention": {}, "sliding_attention": 3}}, "rope_parameters = "),
    ({"rope_theta": 0}, "rope_theta = 0"),
    ({"hidden_act": "gelu"}, "hidden_act = 'gelu': silu is computed here"),
    ({"final_logit_softcapping": 30.0}, "final_logit_softcapping"),
    ({"partial_rotary_factor": 0.5}, "partial_rotary_factor = 0.5"),
    ({"query_pre_attn_scalar": "wide"}, "query_pre_attn_scalar = 'wide'"),
    ({"model_type": ["llama"]}, "model_type = "),
    ({"model_type": "mamba"}, "model_type = 'mamba': this family is not supported"),
    ({"quantization_config": "gptq"}, "quantization_config"),
    ({"quantization_config": {"quant_method": "gptq", "bits": "four"}}, "quantization_config"),
]


@pytest.mark.parametrize(("values", "words"), CONFIGS)
def test_a_config_out_of_its_limits_is_refused_by_its_key(folder: Path, values: dict[str, Any], words: str) -> None:
    change_json(folder, "config.json", **values)
    with pytest.raises(ServingError, match=words) as caught:
        load_model(folder)
    refused_in_both_languages(caught.value, folder)


TENSORS: list[tuple[str, Callable[[torch.Tensor], torch.Tensor | None], str]] = [
    (UP, lambda w: w.T.contiguous(), "128 x 256, and by the metadata it must have 256 x 128"),
    (Q, lambda w: w[:64].clone(), "64 x 128, and by the metadata it must have 128 x 128"),
    (Q, lambda w: w[:, :64].clone(), "128 x 64"),
    (Q, lambda w: w.flatten(), "shape 16384"),
    (Q, lambda w: w[None].clone(), "shape 1 x 128 x 128"),
    (UP, lambda w: (100 * w).long(), "stored as I64"),
    (UP, lambda w: w > 0, "stored as BOOL"),
    (UP, lambda w: w.to(torch.float8_e4m3fn), "stored as F8_E4M3"),
    (UP, lambda w: torch.where(w > w.mean(), torch.nan, w), "no finite numbers"),
    (NORM, lambda w: w * INF, "no finite numbers"),
    (NORM, lambda w: w[:64].clone(), "shape 64, and by the metadata it must have 128"),
    (NORM, lambda w: w.int(), "stored as I32"),
    (NORM, lambda _: None, r"model\.norm\.weight is missing"),
    ("lm_head.weight", lambda w: w[:100].clone(), "100 x 128"),
    ("lm_head.weight", lambda _: None, r"lm_head\.weight is missing"),
    ("model.embed_tokens.weight", lambda w: w[:, :64].clone(), "259 x 64"),
]


@pytest.mark.parametrize(("name", "change", "words"), TENSORS)
def test_a_tensor_that_does_not_fit_is_refused(
    folder: Path, name: str, change: Callable[[torch.Tensor], torch.Tensor | None], words: str
) -> None:
    weights = load_file(folder / "model.safetensors")
    changed = {key: change(value) if key == name else value for key, value in weights.items()}
    save_file({k: v for k, v in changed.items() if v is not None}, folder / "model.safetensors", {"format": "pt"})
    change_json(folder, "config.json", tie_word_embeddings=False)
    with pytest.raises((ModelFileError, UnsupportedModelError), match=words) as caught:
        load_model(folder)
    refused_in_both_languages(caught.value, folder)


def test_a_layer_with_a_number_out_of_this_world_costs_nothing(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    for odd in ("model.layers.999999999999.x", "model.layers.one.x", "model.layers."):
        save_file({**weights, odd: torch.ones(2)}, folder / "model.safetensors", {"format": "pt"})
        with pytest.raises(UnsupportedModelError, match="1 tensors that llama does not use"):
            load_model(folder)


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("generation_config.json", {"eos_token_id": 10**6}, "eos_token_id = 1000000"),
        ("generation_config.json", {"eos_token_id": [1, "x"]}, "eos_token_id = 'x'"),
        ("model.safetensors.index.json", {"weight_map": ["model.safetensors"]}, "weight_map"),
        ("model.safetensors.index.json", {"weight_map": {"lm_head.weight": 3}}, "weight_map"),
        ("model.safetensors.index.json", {"weight_map": {"lm_head.weight": "../../x.safetensors"}}, "is missing"),
        ("model.safetensors.index.json", {"weight_map": {"nobody": "model.safetensors"}}, "nobody|is missing"),
    ],
)
def test_the_small_files_are_read_with_the_same_care(
    folder: Path, name: str, values: dict[str, Any], words: str
) -> None:
    change_json(folder, name, **values)
    with pytest.raises(ServingError, match=words):
        load_model(folder)


def test_a_vocabulary_with_a_number_out_of_this_world_is_refused(folder: Path) -> None:
    read = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    read["model"]["vocab"]["far"] = 2**31
    (folder / "tokenizer.json").write_text(json.dumps(read), "utf-8")
    with pytest.raises(ModelFileError, match=r"tokenizer\.json: .*2147483649 tokens"):
        load_model(folder)


def test_names_of_tokens_in_any_form_are_read_or_passed_over(folder: Path, base: Path) -> None:
    usual = answer(load_model(base))
    for said in ("<|endoftext|>", {"content": "<|endoftext|>"}, {"lstrip": True}, ["x"], 7, "not there"):
        change_json(folder, "tokenizer_config.json", bos_token=said)
        model = load_model(folder)
        known = said in ("<|endoftext|>", {"content": "<|endoftext|>"})
        assert (model.tokenizer.special.bos_id == 256) == known
        assert answer(model) == usual


def test_the_end_that_only_tokenizer_config_names_ends_an_answer(folder: Path) -> None:
    change_json(folder, "tokenizer_config.json", eos_token="A")
    model = load_model(folder)
    (end,) = model.tokenizer.encode("A")
    assert end in model.tokenizer.special.eos_ids
