"""The definition of sparse attention, and the plan of thresholds that a model is given."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from konspekt import kernels
from konspekt.kernels import functional
from konspekt.kernels.attention import skipping_ops as sparse_ops
from konspekt.kernels.attention.quantized_reference import attend as dense
from konspekt.kernels.attention.recipe import RECIPES
from konspekt.kernels.attention.skipping import SparsePlan, computed_share
from konspekt.kernels.attention.sparse.recipe import SparseRecipe, Thresholds
from konspekt.kernels.attention.sparse.reference import (
    attend,
    choose,
    pool,
    smallest_share,
    spread,
    stretches,
)
from tests.kernels.helpers import random_rows

LENGTHS = st.integers(1, 700)
EVERYTHING = SparseRecipe(mass=1.0)
TRUSTING = math.inf  # a spread that no block has


def qkv(q_len: int, k_len: int, heads: int = 4, kv_heads: int = 2) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rows of each 64 keys point one way, some more than others; queries look for one of the ways."""
    ways = random_rows(1, kv_heads, -(-k_len // 64), 64)
    k = ways.repeat_interleave(64, dim=2)[:, :, :k_len] + random_rows(1, kv_heads, k_len, 64, seed=1)
    q = 0.6 * ways[:, :, :1].repeat_interleave(heads // kv_heads, dim=1) + random_rows(1, heads, q_len, 64, seed=2)
    return q, k, random_rows(1, kv_heads, k_len, 64, seed=3)


@given(LENGTHS, LENGTHS, st.booleans(), st.booleans(), st.none() | st.integers(1, 400))
def test_stretches_are_what_every_row_says(
    q_len: int, k_len: int, causal: bool, top_left: bool, window: int | None
) -> None:
    place = torch.arange(q_len)[:, None] + (0 if top_left else k_len - q_len)
    key = torch.arange(k_len)[None]
    rows = (key <= place) if causal else torch.ones(q_len, k_len, dtype=torch.bool)
    rows = rows if window is None else rows & (key > place - window)
    seen, whole = stretches(q_len, k_len, torch.device("cpu"), causal=causal, top_left=top_left, window=window)
    for i in range(len(seen)):
        part = rows[128 * i : 128 * i + 128]
        for j in range(seen.shape[1]):
            block = part[:, 64 * j : 64 * j + 64]
            assert bool(whole[i, j]) == (bool(block.all()) and block.shape[1] == 64)
            if not seen[i, j]:
                assert not block.any()


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=12),
    st.floats(0.01, 1.0),
    st.booleans(),
)  # fmt: skip
def test_the_smallest_set_that_holds_the_share(weights: list[int], keep: float, by_mass: bool) -> None:
    p = torch.tensor(weights, dtype=torch.float64)
    among = torch.ones(len(weights), dtype=torch.bool)
    chosen = smallest_share(p, among, torch.tensor([keep], dtype=torch.float64), by_mass=by_mass)
    size = (lambda x: float(x.sum())) if by_mass else (lambda x: float(len(x)))
    wanted = keep * size(p)
    assert size(p[chosen]) >= wanted - 1e-9
    assert not (~chosen).any() or p[chosen].min() > p[~chosen].max()  # the largest, ties together
    if keep < 1:
        assert size(p[chosen & (p > p[chosen].min())]) < wanted + 1e-9  # and none too many


def test_likeness_is_the_mean_cosine_of_all_pairs() -> None:
    x = random_rows(150, 16).double()
    means, alike = pool(x, 64)
    for i, part in enumerate(torch.split(x, 64)):
        unit = torch.nn.functional.normalize(part, dim=-1)
        assert torch.allclose(means[i], part.mean(0))
        assert torch.allclose(alike[i], (unit @ unit.T).mean())


def test_the_spread_is_how_far_scores_lie_from_those_of_the_mean() -> None:
    """And no bias that all queries share hides it, as it hides from a cosine."""
    q, k = random_rows(200, 64).double() * 0.7, random_rows(3000, 64, seed=1).double() * torch.linspace(0.1, 2, 64)
    smooth = k - k.mean(0)
    got = spread(q, smooth, 0.125)
    for found, rows in zip(got, torch.split(q, 128), strict=True):
        apart = (rows - rows.mean(0)) @ smooth.T * 0.125
        assert float(found) == pytest.approx(float(apart.square().mean().sqrt()), rel=0.03)
    biased = q + 50 * random_rows(1, 64, seed=2).double()
    assert torch.allclose(spread(biased, smooth, 0.125), got)
    assert float(pool(biased, 128)[1].min()) > 0.99
    assert spread(q[:1], smooth, 0.125).tolist() == [0.0]  # a row alone is its mean


@pytest.mark.parametrize("variant", ["exact", "int8", "int8_fp8"])
@pytest.mark.parametrize("lengths", [(1, 300), (200, 500), (300, 190)], ids=str)
def test_keeping_everything_is_dense_attention(variant: str, lengths: tuple[int, int]) -> None:
    q, k, v = qkv(*lengths)
    for options in ({"causal": True}, {"causal": False}, {"causal": True, "window": 100}):
        for recipe in (EVERYTHING, SparseRecipe(mass=0.01, spread=0.0), SparseRecipe(top=1.0, spread=TRUSTING)):
            got = attend(q, k, v, RECIPES[variant], Thresholds.of(recipe, 4), scale=0.125, **options)  # type: ignore[index, arg-type]
            want = dense(q, k, v, RECIPES[variant], scale=0.125, **options)  # type: ignore[index, arg-type]
            assert torch.equal(got[0], want[0])
            assert torch.equal(got[1], want[1])


@pytest.mark.parametrize("keys", ["each", "mean"])
def test_skipping_is_a_mask_of_blocks(keys: Literal["each", "mean"]) -> None:
    """Against attention with the blocks masked out by hand, and heads of a group that choose for themselves."""
    q, k, v = qkv(300, 700)
    trusting: dict[str, Any] = {"spread": TRUSTING} if keys == "each" else {"similarity": -1.0}
    limits = Thresholds.of(SparseRecipe(mass=(0.3, 0.99, 0.5, 0.7), keys=keys, **trusting), 4)
    blocks = choose(q, k, limits, causal=True, scale=0.125)
    assert not torch.equal(blocks.kept[:, 0], blocks.kept[:, 1])
    assert float(blocks.share.min()) < 0.7
    mask = blocks.kept.repeat_interleave(128, dim=2)[:, :, :300].repeat_interleave(64, dim=3)[..., :700]
    mask &= torch.ones(300, 700, dtype=torch.bool).tril(400)
    got, lse = attend(q, k, v, RECIPES["exact"], limits, causal=True, scale=0.125)
    want = torch.nn.functional.scaled_dot_product_attention(
        q.double(), k.double(), v.double(), mask, scale=0.125, enable_gqa=True
    )
    assert torch.allclose(got, want)
    scores = (q.double() @ k.double().repeat_interleave(2, dim=1).mT * 0.125).masked_fill(~mask, -torch.inf)
    assert torch.allclose(lse, scores.logsumexp(-1))


def test_blocks_on_the_diagonal_are_always_computed() -> None:
    q, k, _ = qkv(384, 500)
    blocks = choose(q, k, Thresholds.of(SparseRecipe(top=0.001, spread=TRUSTING), 4), causal=True, scale=0.125)
    cut = blocks.seen & ~blocks.whole
    assert blocks.kept[..., cut].all()
    assert cut.any(-1).all()


def test_a_key_that_takes_the_weight_is_not_lost_in_its_block() -> None:
    """One key of a block takes the weight, and the block's mean does not show it."""
    q, k, v = qkv(128, 1024, 1, 1)
    k[:, :, 64:128] = random_rows(64, 64, seed=9) * 3
    k[:, :, 100] = 0.5 * q.mean(2)
    q *= 2
    want, _ = dense(q, k, v, RECIPES["exact"], causal=True, scale=0.125)
    bare, gated = (
        attend(
            q,
            k,
            v,
            RECIPES["exact"],
            Thresholds.of(SparseRecipe(top=0.1, similarity=x, keys="mean"), 1),
            causal=True,
            scale=0.125,
        )[0]
        for x in (-1.0, 0.2)
    )
    assert float((gated - want).abs().sum()) < float((bare - want).abs().sum())
    blocks = choose(
        q, k, Thresholds.of(SparseRecipe(top=0.1, similarity=0.2, keys="mean"), 1), causal=True, scale=0.125
    )
    assert bool(blocks.kept[0, 0, 0, 1])
    assert float(blocks.share) < 0.5
    blocks = choose(q, k, Thresholds.of(SparseRecipe(top=0.1, spread=TRUSTING), 1), causal=True, scale=0.125)
    assert bool(blocks.kept[0, 0, 0, 1])  # seen without a gate where every key speaks for itself


def test_the_second_skip_costs_no_more_than_it_says() -> None:
    """A skipped block held at most 64 · e^lambda of each row's weight."""
    q, k, v = qkv(200, 900)
    q *= 2
    options = {"causal": True, "scale": 0.125}
    exact = RECIPES["exact"]
    want, right = attend(q, k, v, exact, Thresholds.of(EVERYTHING, 4), **options)  # type: ignore[arg-type]
    last = None
    for skip in (-4.0, -8.0, -16.0):
        limits = Thresholds.of(SparseRecipe(mass=1.0, skip=skip), 4)
        got, lse = attend(q, k, v, exact, limits, **options)  # type: ignore[arg-type]
        error = float((got - want).abs().max())
        assert error <= 900 * torch.tensor(skip).exp() * float(v.abs().max())
        assert last is None or error <= last
        assert torch.equal(lse, right)  # the sum of probabilities keeps what P·V leaves out
        last = error


def test_on_the_cpu_the_reference_answers() -> None:
    q, k, v = qkv(200, 500)
    recipe = SparseRecipe(mass=0.5, spread=2.0)
    limits = Thresholds.of(recipe, 4)
    for variant in ("exact", "int8"):
        out, lse = functional.attention.with_lse(q, k, v, variant=variant, sparse=recipe)
        want, right = attend(q, k, v, RECIPES[variant], limits, causal=True, scale=0.125)  # type: ignore[index]
        assert torch.equal(out, want.float())
        assert torch.equal(lse, right.float())
    cu = torch.tensor([0, 200]).int(), torch.tensor([0, 500]).int()
    rows = [x[0].transpose(0, 1) for x in (q, k, v)]
    packed, _ = functional.attention.varlen(*rows, *cu, 200, 500, variant="int8", sparse=recipe)
    assert torch.allclose(packed, out[0].transpose(0, 1))
    share = computed_share(q, k, recipe)
    assert share.shape == (1, 4)
    assert 0 < float(share.min()) < 1


def test_a_mask_tensor_makes_it_dense_and_says_so() -> None:
    q, k, v = qkv(20, 300)
    mask = torch.ones(20, 300, dtype=torch.bool)
    with pytest.warns(RuntimeWarning, match="skips nothing here: .*mask tensor"):
        got = functional.attention(q, k, v, causal=False, mask=mask, variant="int8", sparse=SparseRecipe(mass=0.1))
    assert torch.equal(got, functional.attention(q, k, v, causal=False, mask=mask, variant="int8"))
    with pytest.raises(kernels.KernelError, match="mask tensor"):
        functional.attention(q, k, v, causal=False, mask=mask, variant="int8", sparse=SparseRecipe(), strict=True)


@pytest.mark.parametrize("with_lse", [True, False])
def test_the_operators_keep_their_promises_to_pytorch(with_lse: bool) -> None:
    q, k, v = qkv(9, 300)
    limits = (True, True, [0.5] * 4, [0.1] * 4, [-5.0] * 4)
    checks = ("test_schema", "test_faketensor")
    rest = (*limits, "int8", True, False, 0.1, None, with_lse)
    torch.library.opcheck(sparse_ops.dense, (q, k, v, *rest), test_utils=checks)
    cu = torch.tensor([0, 4, 9]).int(), torch.tensor([0, 10, 300]).int()
    q, k, v = (x[0].transpose(0, 1).contiguous() for x in (q, k, v))
    rest = (*limits, "int8", True, 0.1, None, with_lse)
    torch.library.opcheck(sparse_ops.packed, (q, k, v, *cu, 5, 290, *rest), test_utils=checks)


def test_torch_compile_sees_one_operator() -> None:
    q, k, v = qkv(9, 300)
    recipe = SparseRecipe(mass=0.5, spread=(0.1, 0.2, 3.0, 1.0))

    def model(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return functional.attention(q * 2, k, v, variant="int8+k_group=32", sparse=recipe) + 1

    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    assert torch.allclose(compiled(q, k, v), model(q, k, v))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mass": 0.0}, "mass must be above 0"),
        ({"mass": (0.5, 1.5)}, "mass must be .* got 1.5"),
        ({"top": 2.0}, "top must be"),
        ({"similarity": 3.0, "keys": "mean"}, "similarity must be"),
        ({"spread": -1.0}, "spread must be"),
        ({"similarity": 0.5}, "keys='each' the gate is `spread`, not `similarity`"),
        ({"spread": 0.5, "keys": "mean"}, "keys='mean' the gate is `similarity`, not `spread`"),
        ({"skip": 1.0}, "skip must be below 0"),
        ({"mass": (0.5, 0.5), "spread": (0.5,)}, "1 and 2 heads"),
        ({"keys": "some"}, "not 'some'"),
    ],
    ids=str,
)
def test_thresholds_that_make_no_sense_are_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(kernels.KernelError, match=said):
        SparseRecipe(**wrong)  # type: ignore[arg-type]


def test_thresholds_of_another_model_are_refused() -> None:
    q, k, v = qkv(9, 300)
    with pytest.raises(kernels.KernelError, match="3 heads, this call has 4"):
        functional.attention(q, k, v, sparse=SparseRecipe(mass=(0.5, 0.5, 0.5)))


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    layers = {0: SparseRecipe(mass=(0.5, 0.9), spread=0.3), 7: SparseRecipe(top=0.25, skip=-6.0, keys="mean")}
    plan = SparsePlan(layers, {"bound": 0.05})
    plan.save(tmp_path / "plan.json")
    assert SparsePlan.load(tmp_path / "plan.json") == plan
    assert plan.of(7) is layers[7]
    assert plan.of(3) is None
    assert plan.of(None) is None


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("", "not a file of thresholds"),
        ("[1]", "not a file of thresholds"),
        ('{"format": "something else"}', "format 'something else'"),
        ('{"format": "konspekt sparse attention 1"}', "attention.tune writes one"),
        ('{"format": "konspekt sparse attention 2", "layers": {"0": {"size": 1}}, "notes": {}}', "not a file of"),
        ('{"format": "konspekt sparse attention 2", "layers": {"0": {"mass": 7}}, "notes": {}}', "mass must be"),
        (None, "cannot be read"),
    ],
    ids=str,
)
def test_what_is_no_plan_is_named(tmp_path: Path, held: str | None, said: str) -> None:
    path = tmp_path / "plan.json"
    if held is not None:
        path.write_text(held)
    with pytest.raises(kernels.KernelError, match=said):
        SparsePlan.load(path)
