"""A GGUF file is read like the official package reads it; what cannot run is refused by name."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt import kernels
from konspekt.kernels import PagedBatch
from konspekt.serving.errors import ModelFileError, ServingError, UnsupportedModelError
from konspekt.serving.model.files.gguf_file import GGUFFile
from konspekt.serving.model.folder_config import config_from_hf
from konspekt.serving.model.model import Model, load_model
from tests.serving.tiny import write_tiny


def test_metadata_and_tensors_equal_the_official_reader(smollm_path: Path) -> None:
    ours, official = GGUFFile(smollm_path), gguf.GGUFReader(smollm_path)
    for key, field in official.fields.items():
        if not key.startswith("GGUF."):
            assert ours.metadata[key] == field.contents(), key
    assert list(ours.tensors) == [tensor.name for tensor in official.tensors]
    for tensor in official.tensors[:12]:
        assert ours.tensors[tensor.name].type_name == tensor.tensor_type.name
        assert ours.tensors[tensor.name].shape == tuple(int(n) for n in reversed(tensor.shape))
        assert np.array_equal(ours.packed(tensor.name), tensor.data.reshape(-1).view(np.uint8))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_an_error_and_never_a_crash(tiny_path: Path, data: st.DataObject) -> None:
    raw = bytearray(tiny_path.read_bytes())
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 8))):
            raw[data.draw(st.integers(0, 5000))] = data.draw(st.integers(0, 255))
    damaged = tiny_path.with_name("damaged.gguf")
    damaged.write_bytes(raw)
    try:
        file = GGUFFile(damaged)
    except ModelFileError:
        return
    for name in file.tensors:
        file.packed(name)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"architecture": "mamba"}, "general.architecture = 'mamba'"),
        ({"extra": {"qwen2.rope.scaling.type": "longrope"}}, "qwen2.rope.scaling.type = 'longrope'"),
        ({"extra": {"qwen2.expert_count": 8}}, "qwen2.expert_count = 8"),
        ({"pre": "tekken"}, "tokenizer.ggml.pre = 'tekken'"),
    ],
)
def test_what_is_not_supported_is_named_at_load_with_a_cure(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    path = write_tiny(tmp_path / "x.gguf", **change)  # type: ignore[arg-type]
    with pytest.raises(UnsupportedModelError, match=f"x.gguf: {told}.*(take|join)"):
        load_model(path)


def test_a_tensor_too_much_is_refused(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "x.gguf", "llama", stray="blk.0.attn_q_norm_of_another_family.weight")
    with pytest.raises(UnsupportedModelError, match="another_family"):
        load_model(path)


def test_something_else_than_a_model_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"PK\x03\x04 not a model")
    with pytest.raises(ModelFileError, match="not a GGUF file"):
        load_model(tmp_path / "x.gguf")
    with pytest.raises(ServingError, match="cannot be opened"):
        load_model(tmp_path / "missing.gguf")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelFileError, match=r"config\.json"):
        load_model(tmp_path / "folder")


def test_a_sliding_window_limits_the_context_since_within_it_every_token_is_seen() -> None:
    sizes = dict.fromkeys(("num_hidden_layers", "intermediate_size", "num_attention_heads"), 8)
    config = sizes | {
        "hidden_size": 128,
        "model_type": "mistral",
        "vocab_size": 9,
        "max_position_embeddings": 32768,
        "sliding_window": 4096,
    }
    assert config_from_hf(config).context_length == 4096
    unused = config | {"model_type": "qwen2", "use_sliding_window": False}
    assert config_from_hf(unused).context_length == 32768


def logits(model: Model, ids: list[int]) -> torch.Tensor:
    cache = model.new_cache(-(-len(ids) // 16), kind="fp16")
    batch = PagedBatch.of([len(ids)], [len(ids)], [list(range(cache.pages))])
    return model.forward(ids, cache, batch, range(len(ids)))


def distance(found: torch.Tensor, expected: torch.Tensor) -> tuple[float, float]:
    """(top-1 agreement where the reference is not torn between two, mean KL divergence)"""
    p, q = expected.double().log_softmax(-1), found.double().log_softmax(-1)
    best = p.topk(2).values
    clear = best[:, 0] - best[:, 1] > 0.1
    same = (p.argmax(-1) == q.argmax(-1))[clear]
    return float(same.float().mean()), float((p.exp() * (p - q)).sum(-1).mean())


@pytest.mark.model
@pytest.mark.slow
def test_smollm_agrees_with_transformers(smollm: Model, smollm_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    text = (
        "The mitochondria is the powerhouse of the cell. In 1969, two men walked on the Moon; def f(x): return x**2. "
        "Квантизация модели уменьшает её размер, а ответы почти не меняются."
    )
    ids = smollm.tokenizer.encode(text)
    folder, file = smollm_path.parent, smollm_path.name
    reference = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
    with torch.no_grad():
        expected = reference(torch.tensor([ids])).logits[0]
    with kernels.use("torch"):  # float activations: what is left is rounding
        agreement, divergence = distance(logits(load_model(smollm_path), ids), expected)
    assert agreement == 1.0
    assert divergence < 1e-4
    # int8 activations, the fast path; what it costs on real texts is in benchmarks/results/serving_accuracy.md
    agreement, divergence = distance(logits(smollm, ids), expected)
    assert agreement > 0.97
    assert divergence < 0.01


@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3", "gemma3"])
def test_every_family_computes_what_transformers_computes_from_a_folder(tmp_path: Path, family: str) -> None:
    """The same random weights through transformers in float32 and through our folder loader in BF16."""
    from tests.serving.tiny_folder import write_folder

    reference = write_folder(tmp_path, family)
    model = load_model(tmp_path, "BF16")
    ids = [1 + (7 * i * i + 3 * i) % 255 for i in range(90)]  # 0 is padding
    with torch.no_grad():
        expected = reference(torch.tensor([ids])).logits[0].double()
    found = logits(model, ids).double()
    assert torch.nn.functional.cosine_similarity(expected, found, dim=-1).min() > 0.999
    error = (expected - found).norm(dim=-1) / expected.norm(dim=-1)
    assert float(error.max()) < 0.04
