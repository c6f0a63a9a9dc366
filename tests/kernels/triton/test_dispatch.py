"""`kernels.sdpa` means what PyTorch means; what it cannot do goes there with one warning, or raises."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.attention.quantized_reference import attend
from konspekt.kernels.attention.recipe import RECIPES, Recipe
from konspekt.kernels.attention.sdpa import _pytorch_sdpa
from tests.kernels.helpers import random_rows
from tests.kernels.triton.conftest import Interpreted
from tests.kernels.triton.test_attention import cosines, qkv

CALLS = [
    {"is_causal": True},
    {"is_causal": False},
    {"is_causal": True, "enable_gqa": True},
    {"is_causal": False, "scale": 0.3},
    {"attn_mask": "bool"},
    {"attn_mask": "added"},
]


@pytest.mark.parametrize("options", CALLS, ids=str)
@pytest.mark.parametrize("lengths", [(30, 50), (50, 30)], ids=str)
def test_sdpa_means_what_pytorch_means(interpreted: Interpreted, options, lengths) -> None:  # type: ignore[no-untyped-def]
    q, k, v = qkv(2, 4, 1 if options.get("enable_gqa") else 4, *lengths, 64)
    options = dict(options)
    if options.get("attn_mask") == "bool":
        options["attn_mask"] = random_rows(*lengths, seed=4) > -1
    elif options.get("attn_mask") == "added":
        options["attn_mask"] = random_rows(2, 1, *lengths, seed=4).half()
    got = interpreted("konspekt.kernels.functional", "sdpa", q, k, v, **options, strict=True)
    mask = options.pop("attn_mask", None)
    wide_mask = mask.float() if mask is not None and mask.is_floating_point() else mask
    want = _pytorch_sdpa(q.float(), k.float(), v.float(), wide_mask, **options)
    assert got.dtype == q.dtype
    assert float(cosines(got, want).min()) > 0.998


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dropout_p": 0.1}, "dropout"),
        ({"attn_mask": torch.ones(7, 9), "is_causal": True}, "mask and is_causal"),
        ({"dim": 72}, "head_dim 72"),
        ({"dtype": torch.float64}, "float64"),
        ({"kv_heads": 1}, "enable_gqa"),
        ({"gradient": True}, "gradient"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_the_kernels_cannot_do_is_refused_with_its_reason(interpreted: Interpreted, change, reason: str) -> None:  # type: ignore[no-untyped-def]
    change = dict(change)
    q, k, v = qkv(1, 2, change.pop("kv_heads", 2), 7, 9, change.pop("dim", 64), change.pop("dtype", torch.float16))
    if change.pop("gradient", False):
        q.requires_grad_()
    with pytest.raises(kernels.KernelError, match=reason):
        interpreted("konspekt.kernels.functional", "sdpa", q, k, v, **change, strict=True)


def test_on_the_cpu_pytorch_computes_and_one_warning_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    q, k, v = qkv(1, 2, 2, 5, 5, 64)
    monkeypatch.setattr(sys.modules["konspekt.kernels.attention.sdpa"], "_warned", set())
    with pytest.warns(RuntimeWarning, match="need a CUDA GPU and Triton"):
        first = functional.sdpa(q, k, v, is_causal=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second = functional.sdpa(q, k, v, is_causal=True)
    assert torch.equal(first, _pytorch_sdpa(q, k, v, is_causal=True))
    assert torch.equal(first, second)


def test_it_can_take_pytorchs_place(monkeypatch: pytest.MonkeyPatch) -> None:
    q, k, v = qkv(1, 2, 2, 5, 5, 64)
    want = _pytorch_sdpa(q, k, v)
    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", functional.sdpa)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert torch.equal(torch.nn.functional.scaled_dot_product_attention(q, k, v), want)


def test_an_unknown_variant_names_the_known_ones() -> None:
    q, k, v = qkv(1, 1, 1, 3, 3, 64)
    with pytest.raises(kernels.KernelError, match=r"'int2'.*int8, int8_fp8, int4_fp8"):
        functional.attention(q, k, v, variant="int2")


def test_a_variant_on_the_cpu_is_its_reference() -> None:
    q, k, v = qkv(1, 2, 1, 9, 30, 64, torch.float32)
    want, right = attend(q, k, v, RECIPES["int8"], causal=True, scale=0.125)
    out, lse = functional.attention.with_lse(q, k, v, variant="int8")
    assert torch.equal(out, want.float())
    assert torch.equal(lse, right.float())


def test_grain_and_sums_are_options_of_a_variant() -> None:
    q, k, v = qkv(1, 2, 1, 130, 200, 64)
    for name, recipe in (
        ("sage+k_group=32+q_group=32", Recipe(k_group=32, q_group=32)),
        ("sage+fp16_sums", Recipe(fp16_sums=True)),
        ("int4_fp8+q_levels=7", replace(RECIPES["int4_fp8"], q_levels=7)),
    ):
        want, _ = attend(q, k, v, recipe, causal=True, scale=0.125)
        got = functional.attention(q, k, v, variant=name)
        assert torch.equal(got, want.to(q.dtype))
        assert not torch.equal(got, functional.attention(q, k, v, variant=name.split("+")[0]))


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ("int8+levels=7", "'levels=7' is no option"),
        ("int8+k_group=many", "is no option"),
        ("int8+k_group", "is no option"),
        ("int8+fp16_sums=1", "is no option"),
        ("int8+k_group=48", "power of two"),
        ("int8_fp8+fp16_sums", "FP8 products"),
        ("exact+k_group=32", "quantises nothing"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(variant: str, said: str) -> None:
    q, k, v = qkv(1, 1, 1, 3, 3, 64)
    with pytest.raises(kernels.KernelError, match=said):
        functional.attention(q, k, v, variant=variant)


def test_sums_in_half_precision_are_for_values_in_half_precision(interpreted: Interpreted) -> None:
    q, k, v = qkv(1, 1, 1, 3, 3, 64, torch.bfloat16)
    with pytest.raises(kernels.KernelError, match="multiplies P and V in float16"):
        interpreted("konspekt.kernels.attention", "attention", q, k, v, variant="int8+fp16_sums")


def test_a_packed_batch_of_two_types_is_refused(interpreted: Interpreted) -> None:
    q, k, v = random_rows(5, 2, 64).half(), random_rows(9, 2, 64).bfloat16(), random_rows(9, 2, 64).bfloat16()
    cu = torch.tensor([0, 5]).int(), torch.tensor([0, 9]).int()
    with pytest.raises(kernels.KernelError, match=r"cannot compute this call: types .*float16.*bfloat16"):
        interpreted("konspekt.kernels.attention", "attention.varlen", q, k, v, *cu, 5, 9, variant="int8")


def test_the_exact_log_sum_exp_merges_two_halves() -> None:
    q, k, v = qkv(1, 2, 1, 4, 60, 64, torch.float32)
    whole, lse = functional.attention.with_lse(q, k, v, causal=False)
    parts = [
        functional.attention.with_lse(q, k[:, :, at], v[:, :, at], causal=False) for at in (slice(0, 25), slice(25, 60))
    ]
    total = torch.logaddexp(parts[0][1], parts[1][1])
    merged = sum(out * (part - total).exp()[..., None] for out, part in parts)
    assert torch.allclose(total, lse, atol=1e-5)
    assert torch.allclose(merged, whole, atol=1e-5)


def test_a_transformers_model_takes_it(interpreted: Interpreted) -> None:
    """Prompt and one cached step of a small random Llama: the same logits as with PyTorch's attention, nearly."""
    pytest.importorskip("transformers")
    sage, torchs = interpreted("tests.kernels.triton.launchers", "llama_logits")
    assert torch.nn.functional.cosine_similarity(sage.flatten(0, 1), torchs.flatten(0, 1), dim=-1).min() > 0.999
    assert not torch.equal(sage, torchs)
