"""DeepSeek-V2, V3 and GigaChat3: latents in the place of keys and values, experts that are shared or in groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from konspekt import kernels
from konspekt.kernels import PagedBatch
from konspekt.kernels.kv_cache import Kind
from konspekt.serving.engine.sliding import turn_back
from konspekt.serving.errors import ModelFileError, ServingError, UnsupportedModelError
from konspekt.serving.model.folder_config import config_from_hf
from konspekt.serving.model.model import Model, load_model
from tests.serving.conftest import Answers
from tests.serving.test_engine import check
from tests.serving.test_gguf_and_architectures import distance, logits
from tests.serving.tiny_latent import COMMON, KINDS, LAYERS, RANK, TURNED, YARN, write_latent, write_latent_folder

IDS = [1 + (7 * i * i + 3 * i) % 255 for i in range(90)]


def expected(reference: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = reference(torch.tensor([IDS])).logits[0]
    return found


def in_pieces(model: Model, counts: list[int], kind: Kind) -> torch.Tensor:
    cache, made, done = model.new_cache(6, kind=kind), [], 0
    for count in counts:
        batch = PagedBatch.of([count], [done + count], [list(range(6))])
        made.append(model.forward(IDS[done : done + count], cache, batch, range(count)))
        done += count
    return torch.cat(made)


@pytest.fixture(scope="module")
def gigachat(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("latent") / "x.gguf"
    write_latent(path, "gigachat")
    return load_model(path)


def agrees(path: Path, want: torch.Tensor, weight_format: str = "Q8_0", bound: float = 2.5e-3) -> None:
    """bound: of the largest difference, in parts of the largest logit."""
    with kernels.use("torch"):  # float activations: what is left is the cache in halves
        found = logits(load_model(path, weight_format), IDS)
    agreement, divergence = distance(found, want)
    assert agreement == 1.0
    assert divergence < 2e-6
    assert float((found - want).abs().max()) < bound * float(want.abs().max())


@pytest.mark.parametrize(
    ("kind", "joint"),
    [("v2", False), ("v2", True), ("v2 in groups", False), ("gigachat", False), ("gigachat", True), ("v3", False)],
)
def test_a_file_computes_what_transformers_computes(tmp_path: Path, kind: str, joint: bool) -> None:
    want = expected(write_latent(tmp_path / "x.gguf", kind, joint=joint))
    agrees(tmp_path / "x.gguf", want)
    # activations of eight bits send a token of a random router elsewhere now and then
    assert distance(logits(load_model(tmp_path / "x.gguf"), IDS), want)[1] < 0.02


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("v2 in groups", {"rope_parameters": YARN | {"mscale": 0.707, "mscale_all_dim": 1.0}}),
        ("v2", {"rope_parameters": YARN}),
        ("gigachat", {}),
        ("v3", {"rope_interleave": False, "first_k_dense_replace": 0}),
    ],
)
def test_a_folder_computes_what_transformers_computes(tmp_path: Path, kind: str, more: dict[str, Any]) -> None:
    want = expected(write_latent_folder(tmp_path, kind, **more))
    tensors = load_file(tmp_path / "model.safetensors")
    tensors["model.layers.3.eh_proj.weight"] = torch.ones(64, 128)  # guesses further tokens, and is not needed
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    agrees(tmp_path, want, "F16", bound=6e-3)  # its weights are rounded too


@pytest.mark.parametrize("kind", ["fp16", "int8", "int4"])
def test_a_prompt_in_pieces_and_token_by_token_is_the_whole_one_to_the_bit(gigachat: Model, kind: Kind) -> None:
    whole = in_pieces(gigachat, [len(IDS)], kind)
    assert torch.equal(whole, in_pieces(gigachat, [37, 1, 16, 36], kind))
    assert torch.equal(whole[:30], in_pieces(gigachat, [1] * 30, kind))


def test_a_token_costs_its_latent_and_its_position_whatever_the_number_of_heads(gigachat: Model) -> None:
    cache = gigachat.new_cache(2)
    assert cache.k.nbytes + cache.v.nbytes == LAYERS * 2 * 16 * (RANK + TURNED)
    eight, sixteen = (in_pieces(gigachat, [len(IDS)], kind) for kind in ("int8", "fp16"))
    assert distance(eight, sixteen)[1] < 0.01


def test_it_is_served_alike_alone_and_in_a_batch_in_pieces_preempted_and_drafted(gigachat: Model) -> None:
    it = Answers(gigachat, context=208, cache_tokens=208, step_tokens=40)
    check(it, lambda **settings: Answers(gigachat, **settings), max_tokens=20, repetition_penalty=1.0)
    assert it.engine.scheduler.preemptions > 0
    assert it.engine.metrics.registry.get_sample_value("konspekt_llm_accepted_tokens_total")


def test_positions_are_turned_back_where_a_talk_outgrows_its_context(gigachat: Model) -> None:
    """In the first layer what is kept of a token depends on its position alone."""
    late, early = (gigachat.new_cache(4, kind="fp16") for _ in range(2))
    gigachat.hidden(IDS[:48], late, PagedBatch.of([48], [48], [[0, 1, 2]]))
    gigachat.hidden(IDS[16:48], early, PagedBatch.of([32], [32], [[1, 2]]))
    turn_back(late, gigachat.decoder, [1, 2], 16)
    assert torch.allclose(late.k[0, 1:3].float(), early.k[0, 1:3].float(), atol=4e-3)
    assert torch.equal(late.v[0, 1:3], early.v[0, 1:3])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"scoring_func": "sqrtsoftplus"}, "scoring_func = 'sqrtsoftplus'"),
        ({"topk_method": "greedy"}, "topk_method = 'greedy'"),
        ({"attention_bias": True}, "attention_bias = True"),
        ({"moe_layer_freq": 2}, "moe_layer_freq = 2"),
        ({"n_group": 3}, "n_group = 3.*8 experts must divide"),
        ({"kv_lora_rank": 1024}, "kv_lora_rank = 1024"),
        ({"rope_parameters": YARN | {"truncate": False}}, "rope"),
        ({"model_type": "deepseek_v2", "norm_topk_prob": True, "scoring_func": "softmax", "topk_method": "greedy"},
         "norm_topk_prob = True"),
    ],
)  # fmt: skip
def test_what_is_not_computed_is_refused_by_its_key(change: dict[str, Any], told: str) -> None:
    family, extra = KINDS["gigachat"]
    with pytest.raises(ServingError, match=told):
        config_from_hf(COMMON | extra | {"model_type": family} | change)


def test_a_file_with_half_of_what_makes_keys_and_values_is_refused(tmp_path: Path) -> None:
    write_latent_folder(tmp_path, "gigachat")
    tensors = load_file(tmp_path / "model.safetensors")
    del tensors["model.layers.1.self_attn.kv_b_proj.weight"]
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelFileError, match="kv_b_proj"):
        load_model(tmp_path)


def test_another_way_to_choose_experts_and_a_gpu_are_refused(tmp_path: Path) -> None:
    write_latent(tmp_path / "x.gguf", "v2", extra={"expert_gating_func": 4})
    with pytest.raises(UnsupportedModelError, match=r"expert_gating_func = 4.*sigmoid"):
        load_model(tmp_path / "x.gguf")
    write_latent(tmp_path / "y.gguf", "v2")
    with pytest.raises(UnsupportedModelError, match="CPU alone"):
        load_model(tmp_path / "y.gguf", device="cuda")
