"""`torch.compile` sees each call as one operator, with nothing in between that it would have to leave the graph for."""

from __future__ import annotations

import pytest
import torch

from konspekt import kernels
from konspekt.kernels.attention import ops
from tests.kernels.helpers import random_rows
from tests.kernels.triton.conftest import Interpreted
from tests.kernels.triton.test_attention import qkv

VARIANTS = ["sage", "int8", "int8_fp8", "int4_fp8"]
# with symbolic shapes and traced as a training graph too: what torch.library offers
ALL = ("test_schema", "test_faketensor", "test_autograd_registration", "test_aot_dispatch_dynamic")


@pytest.mark.parametrize("variant", VARIANTS)
def test_attention_is_one_graph(interpreted: Interpreted, variant: str) -> None:
    """The public calls, compiled where the kernels run: plain, with log-sum-exp, packed, `kernels.sdpa`."""
    q, k, v = qkv(1, 2, 1, 9, 30, 64)
    for name, compiled, plain in interpreted("tests.kernels.triton.launchers", "compiled_attention", q, k, v, variant):
        for got, want in zip(compiled, plain, strict=True):
            assert torch.equal(got, want), name


@pytest.mark.parametrize("kind", ["int8", "int4", "fp16"])
def test_a_step_over_pages_is_one_graph(interpreted: Interpreted, kind: str) -> None:
    """Rope, store and attention of one layer: the pages that it writes are those that it reads."""
    batch = kernels.PagedBatch.of([3, 1], [20, 33], [[1, 4], [0, 3, 2]])
    q, k, v = (random_rows(4, heads, 64, seed=heads) for heads in (6, 2, 2))
    got, want = interpreted("tests.kernels.triton.launchers", "compiled_step", q, k, v, kind, batch)
    for a, b in zip(got, want, strict=True):
        assert torch.equal(a, b)


def test_the_attention_operators_keep_their_promises() -> None:
    """Shapes of the fake implementation, no hidden mutation or aliasing: torch.library's own checks."""
    q, k, v = qkv(1, 2, 1, 9, 30, 64, torch.float32)
    for with_lse in (True, False):
        given = (q, k, v, None, "int8", True, False, 0.1, None, with_lse)
        torch.library.opcheck(ops.dense, given, test_utils=ALL)
    cu = torch.tensor([0, 4, 9]).int(), torch.tensor([0, 10, 30]).int()
    q, k, v = (x[0].transpose(0, 1).contiguous() for x in (q, k, v))
    torch.library.opcheck(ops.packed, (q, k, v, *cu, 5, 20, "int8", True, 0.1, None, True), test_utils=ALL)


def test_the_page_operators_keep_their_promises(interpreted: Interpreted) -> None:
    assert interpreted("tests.kernels.triton.launchers", "check_page_operators", ALL) == ["SUCCESS"] * 3 * len(ALL)
