"""Bit layouts against the `gguf` package's own dequantisation, bit for bit."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf import quants
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt import kernels
from konspekt.kernels.formats import FORMATS, layout_of
from tests.kernels.helpers import PACKED, random_blocks, random_weight

MODELS = Path(__file__).parents[2] / "data" / "models"


def peer(blocks: np.ndarray, name: str) -> np.ndarray:
    plain = {"F32": np.float32, "F16": np.float16}
    data = blocks.view(plain[name]) if name in plain else blocks
    with np.errstate(all="ignore"):
        return quants.dequantize(data, gguf.GGMLQuantizationType[name]).reshape(len(blocks), -1)


@pytest.mark.parametrize("name", PACKED)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), blocks=st.integers(1, 20))
def test_any_bytes_dequantise_exactly_as_ggml_does(name: str, seed: int, blocks: int) -> None:
    packed = np.random.default_rng(seed).integers(0, 256, (blocks, FORMATS[name].block_bytes), dtype=np.uint8)
    with np.errstate(all="ignore"):
        mine = FORMATS[name].dequantize(packed)
    assert np.array_equal(mine.view(np.uint32), peer(packed, name).view(np.uint32)) or np.array_equal(
        mine, peer(packed, name), equal_nan=True
    )


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), blocks=st.integers(1, 20))
def test_packing_what_was_unpacked_gives_the_same_bytes(name: str, seed: int, blocks: int) -> None:
    packed = np.random.default_rng(seed).integers(0, 256, (blocks, FORMATS[name].block_bytes), dtype=np.uint8)
    assert np.array_equal(FORMATS[name].pack(FORMATS[name].unpack(packed)), packed)


@pytest.mark.parametrize("name", ["F32", "F16", "BF16"])
def test_plain_floats_dequantise_exactly(name: str) -> None:
    packed = random_blocks(name, 300)
    assert np.array_equal(FORMATS[name].dequantize(packed), peer(packed, name))


@pytest.mark.model
@pytest.mark.parametrize(
    "file",
    [
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        pytest.param("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", marks=pytest.mark.slow),
    ],
)
def test_real_tensors_dequantise_exactly(file: str) -> None:
    if not (MODELS / file).is_file():
        pytest.skip(f"{file} is not in data/models")
    seen: set[str] = set()
    for tensor in gguf.GGUFReader(MODELS / file).tensors:
        name = tensor.tensor_type.name
        if name in seen or len(tensor.shape) != 2:
            continue
        seen.add(name)
        in_features, out_features = int(tensor.shape[0]), min(int(tensor.shape[1]), 512)
        rows = np.asarray(tensor.data)[:out_features]
        w = kernels.QuantizedTensor.from_gguf(rows, name, (out_features, in_features))
        assert np.array_equal(w.dequantize().numpy(), quants.dequantize(rows, tensor.tensor_type))
    assert seen


def test_bits_per_weight_are_those_of_the_specification() -> None:
    want = {"Q4_0": 4.5, "Q4_1": 5.0, "Q8_0": 8.5, "Q2_K": 2.625, "Q4_K": 4.5, "Q5_K": 5.5, "Q6_K": 6.5625}
    assert {name: FORMATS[name].bits_per_weight for name in want} == want


def test_rows_are_those_of_the_whole() -> None:
    w = random_weight("Q5_K", 40, 512)
    assert torch.equal(w.rows(np.array([39, 0, 7])), w.dequantize()[[39, 0, 7]])


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(kernels.KernelError, match=r"IQ1_S.*Q4_K"):
        layout_of("IQ1_S")


@pytest.mark.parametrize(
    ("name", "shape", "size", "says"),
    [("Q4_K", (2, 256), 287, "288 bytes, got 287"), ("Q4_K", (1, 100), 144, "100"), ("Q8_0", (0, 32), 0, "positive")],
)
def test_bytes_that_do_not_fit_the_shape_are_refused(name: str, shape: tuple[int, int], size: int, says: str) -> None:
    with pytest.raises(kernels.KernelError, match=says):
        kernels.QuantizedTensor.from_gguf(bytes(size), name, shape)
