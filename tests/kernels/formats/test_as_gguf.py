"""What another format becomes for serving, and that nothing is lost where the table says so."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt.kernels import KernelError
from konspekt.kernels.formats import paretoq
from konspekt.kernels.formats.as_gguf import as_gguf, gguf_type, loss
from konspekt.kernels.formats.e8p import quantize_e8p
from konspekt.kernels.formats.folder import packing_of
from konspekt.kernels.formats.grouped import Grouped, quantize_grouped, uniform_groups
from konspekt.kernels.formats.matquant import quantize_matquant
from konspekt.kernels.formats.rowwise import quantize_rows
from tests.kernels.helpers import random_rows


@settings(deadline=None, max_examples=25)
@given(
    size=st.sampled_from([32, 64, 128]), groups=st.integers(1, 3), bits=st.sampled_from([4, 8]), seed=st.integers(0, 99)
)
def test_integers_with_the_zero_in_the_middle_stay_bit_for_bit(size: int, groups: int, bits: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 1 << bits, (6, size * groups), generator=generator).to(torch.uint8)
    scales = torch.rand(6, groups, generator=generator).half()
    zeros = torch.full((6, groups), 1 << (bits - 1), dtype=torch.uint8)
    packed = Grouped(codes, scales, zeros, uniform_groups(size * groups, size), bits)
    made = as_gguf(packed)
    assert made.type_name == gguf_type(packed) == ("Q4_0" if bits == 4 else "Q8_0")
    assert torch.equal(made.dequantize(), packed.dequantize())
    assert loss(packed, made) == 0.0


def test_other_zero_points_lose_half_a_precision_at_most() -> None:
    packed = quantize_grouped(random_rows(16, 256), 4, 64)
    made = as_gguf(packed)
    assert made.type_name == "Q4_1"
    step = packed.scales.float()[:, packed.group.long()]
    assert float(((made.dequantize() - packed.dequantize()).abs() / step).max()) < 15 * 2**-11
    assert 0 < loss(packed, made) < 1e-5


@pytest.mark.parametrize("bits", paretoq.LEVELS)
def test_every_paretoq_grid_lies_on_that_of_q4_0(bits: paretoq.Bits) -> None:
    packed = paretoq.quantize_paretoq(random_rows(8, 96), bits)
    made = as_gguf(packed)
    assert made.type_name == "Q4_0"
    assert torch.allclose(made.dequantize(), packed.dequantize(), rtol=2**-10, atol=0)


def test_what_has_no_blocks_is_rounded_to_eight_bits() -> None:
    weight = random_rows(16, 192)
    shuffled = quantize_grouped(weight, 4, 32)
    order = torch.randperm(192, generator=torch.Generator().manual_seed(1))
    shuffled = Grouped(shuffled.codes, shuffled.scales, shuffled.zeros, shuffled.group[order], 4)
    rows = quantize_rows(weight, "int8")
    for packed in (shuffled, quantize_e8p(weight, 3), quantize_matquant(weight), quantize_rows(weight, "fp8"), rows):
        made = as_gguf(packed)
        assert made.type_name == gguf_type(packed) == "Q8_0"
        assert loss(packed, made) < (1e-6 if packed is rows else 5e-5)
    with pytest.raises(KernelError, match="100 columns"):
        as_gguf(quantize_rows(random_rows(2, 100), "int8"))


def test_numbers_beyond_half_precision_are_refused() -> None:
    packed = Grouped(
        torch.zeros(1, 32).to(torch.uint8),
        torch.full((1, 1), 1e6),
        torch.full((1, 1), 8).to(torch.uint8),
        uniform_groups(32, 32),
        4,
    )
    with pytest.raises(KernelError, match="half precision"):
        as_gguf(packed)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"quant_method": "bitsandbytes", "bits": 4}, "bitsandbytes"),
        ({"quant_method": "gptq", "bits": 3}, "bits 3"),
        ({"quant_method": "awq", "bits": 4, "version": "gemv"}, "gemv"),
        ({"quant_method": "compressed-tensors", "format": "float-quantized"}, "float-quantized"),
    ],
)
def test_packings_that_are_not_known_are_named(said: dict[str, object], says: str) -> None:
    with pytest.raises(KernelError, match=says):
        packing_of({"quantization_config": said})
