"""Sparse attention by the kernels, run by Triton's interpreter, against its definition in float64.

KONSPEKT_SWEEP=1 takes every head_dim, group, lengths, variant, type and recipe, each two of them together
(tests/kernels/pairwise.py).
"""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.attention.recipe import RECIPES, Variant
from konspekt.kernels.attention.skipping import SparsePlan
from konspekt.kernels.attention.sparse.recipe import SparseRecipe, Thresholds
from konspekt.kernels.attention.sparse.reference import attend, attend_varlen, choose
from konspekt.kernels.kv_cache import Kind
from konspekt.kernels.paged_attention.sparse import sparse_paged_attention
from tests.kernels.helpers import random_rows
from tests.kernels.pairwise import pairwise
from tests.kernels.test_sparse import qkv
from tests.kernels.test_sparse_pages import filled
from tests.kernels.triton.conftest import SWEEP, Interpreted
from tests.kernels.triton.test_attention import agree, relative_l1

LAUNCH = "tests.kernels.triton.launchers_sparse"
EVERYTHING = SparseRecipe(mass=1.0)
TRUSTING = math.inf  # a spread that no block has
MOST = SparseRecipe(mass=0.8, spread=2.05)  # some blocks of `topics` are trusted
AS_PUBLISHED = SparseRecipe(mass=0.8, similarity=0.3, keys="mean")


def topics(  # noqa: PLR0917
    batch: int, heads: int, kv_heads: int, q_len: int, k_len: int, dim: int, dtype: torch.dtype = torch.float16
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """q, k, v of a text that changes its subject now and then: rows of a stretch point one way, of some nowhere."""

    def wander(heads: int, length: int, seed: int) -> torch.Tensor:
        stretches = -(-length // 50)
        subject = random_rows(1, 1, 5, dim)[:, :, torch.arange(stretches) * 7 % 5]
        subject = subject * (torch.arange(stretches) % 4 > 0)[:, None] * 1.5
        rows = subject.repeat_interleave(50, dim=2)[:, :, :length]
        return (rows + random_rows(batch, heads, length, dim, seed=seed)).to(dtype)

    return (
        wander(heads, q_len, 1),
        wander(kv_heads, k_len, 2),
        random_rows(batch, kv_heads, k_len, dim, seed=3).to(dtype),
    )


def launch(interpreted: Interpreted, variant: str, recipe: SparseRecipe, *qkv: torch.Tensor, **options):  # type: ignore[no-untyped-def]
    """Output and log-sum-exp of the kernels."""
    return interpreted(
        "konspekt.kernels.attention", "attention.with_lse", *qkv, variant=variant, sparse=recipe, strict=True, **options
    )


def thresholds(recipe: SparseRecipe, q: torch.Tensor) -> Thresholds:
    return Thresholds.of(recipe, q.shape[-3])


SHAPES = [  # batch, heads, kv_heads, q_len, k_len, dim, type
    (1, 1, 1, 1, 1, 64, torch.float16),
    (1, 3, 1, 17, 300, 96, torch.bfloat16),
    (1, 6, 1, 1, 700, 128, torch.float16),
    (2, 2, 1, 200, 200, 64, torch.bfloat16),
    (1, 2, 2, 200, 519, 64, torch.float16),
    (1, 1, 1, 130, 400, 256, torch.float16),
    (1, 1, 1, 300, 190, 64, torch.float32),  # more queries than keys: the first see nothing
]
CASES = [
    (variant, *shape, True, MOST) for shape in SHAPES for variant in ("int8", "int8_fp8")[: 1 + (shape in SHAPES[1:4])]
]
LENGTHS = ((1, 1), (1, 300), (17, 17), (128, 128), (300, 300), (128, 300), (300, 128), (300, 700))
if SWEEP:
    CASES = [
        (variant, batch, kv_heads * group, kv_heads, *lengths, dim, dtype, causal, recipe)
        for dim, group, lengths, variant, dtype, causal, recipe, (batch, kv_heads) in pairwise(
            (64, 96, 128, 256), (1, 3, 6, 8), LENGTHS, ("int8", "int8_fp8", "int4_fp8"),
            (torch.float16, torch.bfloat16), (True, False), (MOST, AS_PUBLISHED), ((1, 2), (2, 1)),
        )
    ]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c)))
def test_every_shape_agrees_with_its_reference(interpreted: Interpreted, case) -> None:  # type: ignore[no-untyped-def]
    variant, *shape, causal, recipe = case
    q, k, v = topics(*shape)
    options = {"causal": causal, "scale": shape[5] ** -0.5}
    want = attend(q, k, v, RECIPES[variant], thresholds(recipe, q), **options)
    agree(variant, launch(interpreted, variant, recipe, q, k, v, **options), want)


RECIPES_TRIED = [
    SparseRecipe(mass=0.5, spread=TRUSTING),
    SparseRecipe(mass=0.7, similarity=0.3, keys="mean"),
    SparseRecipe(mass=(0.6, 0.95, 1.0, 0.01), spread=(2.05, TRUSTING, 1.7, 1.0)),
    SparseRecipe(top=0.3, similarity=0.3, keys="mean"),
    SparseRecipe(top=0.01, spread=TRUSTING),
    SparseRecipe(mass=0.5, spread=0.0),
]


OPTIONS = [{"causal": True}, {"causal": False}, {"causal": True, "window": 300}]
PAIRS = list(itertools.product(RECIPES_TRIED, OPTIONS))
if not SWEEP:
    PAIRS = [(recipe, OPTIONS[at % len(OPTIONS)]) for at, recipe in enumerate(RECIPES_TRIED)]


@pytest.mark.parametrize(("recipe", "options"), PAIRS, ids=str)
def test_the_same_blocks_are_chosen(interpreted: Interpreted, recipe: SparseRecipe, options) -> None:  # type: ignore[no-untyped-def]
    q, k, _ = topics(1, 4, 2, 300, 900, 64)
    got = interpreted(LAUNCH, "chosen", q, k, recipe, scale=0.125, **options)
    want = choose(q, k, thresholds(recipe, q), scale=0.125, **options)
    assert torch.equal(got, want.kept & want.whole)


SEEN = [{"causal": True}, {"causal": False}, {"causal": True, "window": 150}]
WHOLE = [("int8", SEEN[0]), ("int8", SEEN[2]), ("int8_fp8", SEEN[1])]  # each variant, each part of the keys
if SWEEP:
    WHOLE = list(itertools.product(("sage", "int8", "int8_fp8", "int4_fp8"), SEEN))


@pytest.mark.parametrize(("variant", "options"), WHOLE, ids=str)
def test_keeping_everything_changes_no_bit(interpreted: Interpreted, variant: Variant, options) -> None:  # type: ignore[no-untyped-def]
    q, k, v = topics(1, 1, 1, 150, 300, 64)
    want, right = interpreted("konspekt.kernels.attention", "attention.with_lse", q, k, v, variant=variant, **options)
    for recipe in (EVERYTHING, SparseRecipe(mass=0.1, spread=0.0)):
        got, lse = launch(interpreted, variant, recipe, q, k, v, **options)
        assert torch.equal(got, want)
        assert torch.equal(lse, right)


@pytest.mark.parametrize(
    ("variant", "window"),
    itertools.product(("int8", "int8_fp8"), (40, 300)) if SWEEP else [("int8", 300), ("int8_fp8", 40)],
)
def test_windows_and_skipped_blocks_together(interpreted: Interpreted, variant: Variant, window: int) -> None:
    q, k, v = topics(1, 2, 1, 200, 500, 64)
    options = {"causal": True, "window": window, "scale": 0.125}
    want = attend(q, k, v, RECIPES[variant], thresholds(MOST, q), **options)
    agree(variant, launch(interpreted, variant, MOST, q, k, v, **options), want)


@pytest.mark.parametrize("variant", ["int8", "int8_fp8"])
def test_the_second_skip_leaves_out_what_the_reference_leaves_out(interpreted: Interpreted, variant: Variant) -> None:
    q, k, v = qkv(200, 600, 2, 1)
    q *= 3
    k = k.flip(2) if RECIPES[variant].backwards else k  # the keys that win are met first
    recipe = SparseRecipe(mass=1.0, skip=(-1.0, -4.0))
    options = {"causal": True, "scale": 0.125}
    rows = interpreted(LAUNCH, "rows_of_a_program", variant, 64)
    got, plain = (launch(interpreted, variant, x, q, k, v, **options) for x in (recipe, EVERYTHING))
    want, everything = (
        attend(q, k, v, RECIPES[variant], thresholds(x, q), rows=rows, **options) for x in (recipe, EVERYTHING)
    )
    agree(variant, got, want)
    lost, should_be = got[0].double() - plain[0], want[0] - everything[0]
    for head in range(2):
        assert float((lost - should_be)[:, head].norm()) < 0.1 * float(should_be[:, head].norm())


@pytest.mark.parametrize("variant", ["int8", "int8_fp8"])
def test_packed_sequences_choose_for_themselves(interpreted: Interpreted, variant: Variant) -> None:
    q_lens, k_lens = [1, 150, 0, 33], [350, 150, 9, 400]
    cu_q, cu_k = (torch.tensor([0, *lens]).cumsum(0).int() for lens in (q_lens, k_lens))
    q, k, v = (x[0].transpose(0, 1).contiguous() for x in topics(1, 4, 2, 184, 909, 64))
    lengths = (cu_q, cu_k, 150, 400)
    got = interpreted("konspekt.kernels.attention", "attention.varlen", q, k, v, *lengths, variant=variant, sparse=MOST)
    limits = Thresholds.of(MOST, 4)
    want = attend_varlen(q, k, v, cu_q, cu_k, RECIPES[variant], limits, causal=True, scale=0.125)
    agree(variant, got, want)


def test_nothing_of_the_future_is_seen(interpreted: Interpreted) -> None:
    """The diagonal is masked, with a cached prefix too: keys after a row do not touch its output."""
    q, k, v = topics(1, 1, 1, 140, 400, 64)
    recipe = SparseRecipe(mass=0.3, spread=TRUSTING)
    before, _ = launch(interpreted, "sage", recipe, q, k, v)
    v[:, :, 300:] += 100.0  # row 40 is the first that sees key 300
    after, _ = launch(interpreted, "sage", recipe, q, k, v)
    assert torch.equal(before[:, :, :40], after[:, :, :40])
    assert not torch.equal(before[:, :, 40:], after[:, :, 40:])


def test_what_cannot_skip_says_so(interpreted: Interpreted) -> None:
    q, k, v = topics(1, 1, 1, 20, 100, 64)
    mask = torch.ones(20, 100, dtype=torch.bool)
    for reason, options in (("mask tensor", {"mask": mask}), ("quantised variant", {"variant": "exact"})):
        with pytest.raises(kernels.KernelError, match=reason):
            interpreted("konspekt.kernels.attention", "attention", q, k, v, sparse=MOST, strict=True, **options)
    dense = interpreted("konspekt.kernels.attention", "attention", q, k, v, variant="int8", mask=mask, causal=False)
    got, said = interpreted(LAUNCH, "with_warnings", q, k, v, variant="int8", mask=mask, causal=False, sparse=MOST)
    assert torch.equal(got, dense)
    assert any("skips nothing here" in line for line in said)


@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_decoding_reads_the_chosen_pages_alone(interpreted: Interpreted, kind: Kind) -> None:
    """The GPU's kernel over the shortened table gives what the reference gives."""
    cache, batch, summaries = filled(kind)
    q = random_rows(len(batch.context_lens), 6, 64, seed=5)
    recipe = SparseRecipe(mass=0.6)
    with kernels.use("reference"):
        want = sparse_paged_attention(q, cache, 1, batch, summaries, recipe)
        everything = functional.paged_attention(q, cache, 1, batch)
    got = interpreted(LAUNCH, "decode", q, cache, batch, summaries, recipe)
    assert relative_l1(got, want) <= 0.005
    assert relative_l1(got, everything) > 0.02


def test_a_transformers_model_takes_a_plan(interpreted: Interpreted) -> None:
    """Each layer its own thresholds: a layer that the plan does not name stays dense."""
    pytest.importorskip("transformers")
    few = SparseRecipe(top=(0.1, 0.1), spread=TRUSTING)
    plans = [None, SparsePlan({1: EVERYTHING}, {}), SparsePlan({1: few}, {}), SparsePlan({7: few}, {})]
    dense, everything, skipping, elsewhere = interpreted(LAUNCH, "llama_logits", plans)
    assert torch.equal(everything, dense)
    assert torch.equal(elsewhere, dense)
    assert not torch.equal(skipping, dense)
