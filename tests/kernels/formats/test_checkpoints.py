"""GPTQ, AWQ and compressed-tensors: bit-exact round trips, and values worked out from the layout by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from konspekt import kernels
from konspekt.kernels.formats.checkpoints import (
    from_awq,
    from_compressed,
    from_gptq,
    to_awq,
    to_compressed,
    to_gptq,
)
from konspekt.kernels.formats.grouped import Grouped, quantize_grouped, uniform_groups
from tests.kernels.helpers import random_rows


def some(out: int, columns: int, size: int, bits: int, seed: int, *, shuffled: bool = False) -> Grouped:
    generator = torch.Generator().manual_seed(seed)
    groups = columns // size
    group = uniform_groups(columns, size)
    return Grouped(
        torch.randint(0, 1 << bits, (out, columns), generator=generator, dtype=torch.uint8),
        torch.rand(out, groups, generator=generator).half() + 0.01,
        torch.randint(0, 1 << bits, (out, groups), generator=generator, dtype=torch.uint8),
        group[torch.randperm(columns, generator=generator)] if shuffled else group,
        bits,
    )


def same(a: Grouped, b: Grouped) -> bool:
    return a.bits == b.bits and all(
        torch.equal(getattr(a, name), getattr(b, name)) for name in ("codes", "scales", "zeros", "group")
    )


@settings(deadline=None, max_examples=40)
@given(
    size=st.sampled_from([32, 64, 128]),
    groups=st.integers(1, 3),
    out=st.sampled_from([8, 24, 40]),
    bits=st.sampled_from([4, 8]),
    shuffled=st.booleans(),
    seed=st.integers(0, 999),
)
def test_round_trips_are_exact(  # noqa: PLR0917
    size: int, groups: int, out: int, bits: int, shuffled: bool, seed: int
) -> None:
    w = some(out, groups * size, size, bits, seed, shuffled=shuffled)
    assert same(from_gptq(to_gptq(w), bits), w)
    assert same(from_gptq(to_gptq(w, version=2), bits, version=2), w)
    assert same(from_compressed(to_compressed(w), bits), w)
    if bits == 4 and w.in_order:
        assert same(from_awq(to_awq(w)), w)


def test_gptq_by_hand() -> None:
    """Column k of output n: nibble k % 8 of qweight[k // 8, n]; zero: nibble n % 8 of qzeros[group, n // 8], plus 1."""
    w = some(8, 64, 32, 4, 5, shuffled=True)
    t = to_gptq(w)
    dense = w.dequantize()
    for n, k in ((0, 0), (3, 17), (7, 63), (5, 40)):
        code = (int(t["qweight"][k // 8, n]) >> 4 * (k % 8)) & 15
        g = int(t["g_idx"][k])
        zero = (((int(t["qzeros"][g, n // 8]) >> 4 * (n % 8)) & 15) + 1) & 15
        assert float(dense[n, k]) == pytest.approx(float(t["scales"][g, n]) * (code - zero), rel=1e-6)


def test_awq_by_hand() -> None:
    """Output n of column k: in qweight[k, n // 8], the nibbles hold outputs 0 2 4 6 1 3 5 7 from the lowest."""
    w = some(16, 64, 32, 4, 6)
    t, dense = to_awq(w), w.dequantize()
    holds = [0, 2, 4, 6, 1, 3, 5, 7]
    for n, k in ((0, 0), (1, 9), (14, 33), (15, 63)):
        place = 4 * holds.index(n % 8)
        code, zero = ((int(t[name][row, n // 8]) >> place) & 15 for name, row in (("qweight", k), ("qzeros", k // 32)))
        assert float(dense[n, k]) == pytest.approx(float(t["scales"][k // 32, n]) * (code - zero), rel=1e-6)


def test_compressed_tensors_keep_signed_integers_in_the_middle() -> None:
    """-8 … 7 are stored as 0 … 15; without zero points the middle is zero."""
    signed = torch.arange(-8, 8).repeat(2).reshape(1, 32)
    middle = torch.full((1, 1), 8, dtype=torch.uint8)
    t = to_compressed(Grouped((signed + 8).to(torch.uint8), torch.ones(1, 1), middle, uniform_groups(32, 32), 4))
    assert "weight_zero_point" not in t
    assert t["weight_packed"][0, 0] == 0x76543210
    assert torch.equal(from_compressed(t).dequantize(), signed.float())
    plain = {"weight": torch.tensor([[-128, 0, 127, 5]], dtype=torch.int8), "weight_scale": torch.full((1, 1), 0.5)}
    assert from_compressed(plain, 8).dequantize().tolist() == [[-64.0, 0.0, 63.5, 2.5]]


def test_through_a_safetensors_file(tmp_path: Path) -> None:
    w = quantize_grouped(random_rows(24, 256), 4, 64)
    save_file(to_gptq(w), tmp_path / "layer.safetensors")
    assert same(from_gptq(load_file(tmp_path / "layer.safetensors")), w)


@pytest.mark.parametrize("size", [32, 64, 128, -1])
@pytest.mark.parametrize("symmetric", [True, False])
def test_round_to_nearest_stays_within_half_a_step(size: int, symmetric: bool) -> None:
    weight = random_rows(16, 256)
    w = quantize_grouped(weight, 4, size, symmetric=symmetric)
    step = w.scales.float()[:, w.group.long()]
    assert bool(((w.dequantize() - weight).abs() <= 0.51 * step + 1e-3).all())
    assert torch.equal(quantize_grouped(torch.zeros(4, 256), 4, size).dequantize(), torch.zeros(4, 256))


def test_damaged_files_are_named() -> None:
    t = to_gptq(some(8, 64, 32, 4, 1))
    with pytest.raises(kernels.KernelError, match="lacks qzeros"):
        from_gptq({k: v for k, v in t.items() if k != "qzeros"})
    with pytest.raises(kernels.KernelError, match="scales has the shape"):
        from_gptq({**t, "scales": t["scales"][:, :4]})
    with pytest.raises(kernels.KernelError, match="damaged"):
        from_gptq({**t, "g_idx": t["g_idx"] + 7})
    with pytest.raises(kernels.KernelError, match="in order"):
        to_awq(some(8, 64, 32, 4, 1, shuffled=True))
