"""The gated delta rule: every backend against float64, and a sequence in pieces against the whole."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from konspekt import kernels
from konspekt.kernels import DeltaRule, DeltaSizes, StateUse, functional
from konspekt.kernels.delta import float32
from tests.kernels.helpers import assert_close

SIZES = DeltaSizes(key_heads=2, value_heads=4, key_dim=32, value_dim=48, taps=4)
ODD = DeltaSizes(key_heads=1, value_heads=3, key_dim=16, value_dim=16, taps=2)


def rule_of(sizes: DeltaSizes, *, tiled: bool = False) -> DeltaRule:
    random = torch.Generator().manual_seed(0)
    heads = sizes.value_heads
    return DeltaRule(
        sizes,
        torch.randn(sizes.channels, sizes.taps, generator=random),
        -torch.rand(heads, generator=random) * 2 - 0.01,
        torch.randn(heads, generator=random),
        tiled,
    )


def inputs(sizes: DeltaSizes, tokens: int) -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(tokens)
    widths = (sizes.channels, sizes.value_heads, sizes.value_heads)
    return [torch.randn(tokens, width, generator=random) for width in widths]


def state(sizes: DeltaSizes, layers: int = 1) -> torch.Tensor:
    return torch.randn(layers, sizes.state, generator=torch.Generator().manual_seed(9))


def run(given: list[torch.Tensor], rule: DeltaRule, uses: list[StateUse], counts: list[int], **more: Any) -> Any:
    return functional.delta_rule(*given, rule, uses, counts, more.get("layer", 0))


@pytest.mark.parametrize("sizes", [SIZES, ODD], ids=["grouped", "odd"])
@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("tokens", [1, 3, 70])  # fewer than the convolution sees; across a chunk
def test_every_backend_computes_what_float64_computes(isa: str, sizes: DeltaSizes, tiled: bool, tokens: int) -> None:
    rule, given, before = rule_of(sizes, tiled=tiled), inputs(sizes, tokens), state(sizes)
    after = {}
    for backend in ("reference", "torch", "cpu"):
        with kernels.use(backend):
            left = torch.zeros_like(before)
            after[backend] = (run(given, rule, [StateUse(before, ((tokens, left),))], [tokens]), left)
    for backend in ("torch", "cpu"):
        for got, want in zip(after[backend], after["reference"], strict=True):
            assert_close(got, want, cosine=0.99999, relative_l1=1e-5, rmse=1e-5, largest=1e-4)


def test_value_heads_meet_their_key_heads_grouped_or_tiled() -> None:
    """The same weights in the other order give the same heads in the other order."""
    given, order = inputs(SIZES, 9), [0, 2, 1, 3]  # value head of two key heads with two each, tiled
    grouped, tiled = rule_of(SIZES), rule_of(SIZES, tiled=True)
    keys, dim = 2 * SIZES.key_heads * SIZES.key_dim, SIZES.value_dim
    moved = [*range(keys), *(keys + head * dim + i for head in order for i in range(dim))]
    other = DeltaRule(SIZES, grouped.conv[moved], grouped.decay[order], grouped.dt_bias[order], True)
    want = run(given, grouped, [StateUse()], [9]).view(9, 4, dim)[:, order]
    got = run([given[0][:, moved], given[1][:, order], given[2][:, order]], other, [StateUse()], [9])
    assert torch.equal(got.view(9, 4, dim), want)
    assert not torch.equal(run(given, tiled, [StateUse()], [9]).view(9, 4, dim), want)


def test_pieces_batches_and_states_on_the_way_are_the_same_to_the_bit(isa: str) -> None:
    rule, given = rule_of(SIZES), inputs(SIZES, 40)
    first, on_the_way = torch.zeros(2, SIZES.state), torch.zeros(2, SIZES.state)
    whole = run(given, rule, [StateUse(None, ((16, on_the_way), (40, first)))], [40], layer=1)
    own, other, done, found = torch.zeros(2, SIZES.state), torch.zeros(2, SIZES.state), 0, []
    for count in (1, 2, 13, 24):  # fewer tokens than the convolution sees, then a boundary, beside another sequence
        piece = [torch.cat([x[:7], x[done : done + count]]) for x in given]
        use = StateUse(own if done else None, ((count, own),))
        found.append(run(piece, rule, [StateUse(None, ((7, other),)), use], [7, count], layer=1)[7:])
        done += count
        if done == 16:
            assert torch.equal(own, on_the_way)
    assert torch.equal(torch.cat(found), whole)
    assert torch.equal(own, first)
    assert not own[0].any()  # of another layer


def test_drafts_are_computed_but_leave_nothing_until_they_are_right(isa: str) -> None:
    rule, given, own = rule_of(SIZES), inputs(SIZES, 9), state(SIZES)
    before = own.clone()
    journal = torch.zeros(1, 6, SIZES.noted)
    with_drafts = run(given, rule, [StateUse(own, ((3, own),), journal)], [9])
    plain, known = before.clone(), before.clone()
    assert torch.equal(with_drafts, run(given, rule, [StateUse(plain, ((9, plain),))], [9]))
    run([x[:3] for x in given], rule, [StateUse(known, ((3, known),))], [3])
    assert torch.equal(own, known)
    parts = torch.split(journal[0, :4], [SIZES.channels, SIZES.value_heads, SIZES.value_heads], dim=1)
    run([part.contiguous() for part in parts], rule, [StateUse(own, ((4, own),))], [4])
    run([x[3:7] for x in given], rule, [StateUse(known, ((4, known),))], [4])
    assert torch.equal(own, known)


def test_chunks_and_single_tokens_agree() -> None:
    rule, given = rule_of(SIZES), inputs(SIZES, 100)
    own, pieces = torch.zeros(1, SIZES.state), []
    whole = float32.delta_rule(*given, rule, [StateUse()], [100], 0)
    for t in range(100):
        one = [x[t : t + 1] for x in given]
        pieces.append(float32.delta_rule(*one, rule, [StateUse(own if t else None, ((1, own),))], [1], 0))
    assert_close(torch.cat(pieces), whole, cosine=0.99999, relative_l1=1e-4, rmse=1e-4, largest=1e-3)


def test_what_does_not_fit_is_refused() -> None:
    rule, given = rule_of(ODD), inputs(ODD, 3)
    for uses, told in (
        ([], "0 states"),
        ([StateUse(torch.zeros(1, 5))], "must be float32"),
        ([StateUse(torch.zeros(1, ODD.state, dtype=torch.float64))], "must be float32"),
        ([StateUse(None, ((4, torch.zeros(1, ODD.state)),))], "after"),
        ([StateUse(None, (), torch.zeros(1, 4, ODD.noted))], "journal"),
    ):
        with pytest.raises(kernels.KernelError, match=told):
            run(given, rule, uses, [3])
    with pytest.raises(kernels.KernelError, match="no layer 1"):
        run(given, rule, [StateUse(torch.zeros(1, ODD.state))], [3], layer=1)
    with pytest.raises(kernels.KernelError, match="channels"):
        run([given[0][:, :-1], *given[1:]], rule, [StateUse()], [3])
