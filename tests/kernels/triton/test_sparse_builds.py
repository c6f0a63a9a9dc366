"""The kernels of sparse attention compile for GPUs that are not here: no spill, the tensor-core instruction meant."""

from __future__ import annotations

import pytest

from tests.kernels.triton.conftest import SWEEP
from tests.kernels.triton.test_builds import faults

CHOSEN = [[""]] if SWEEP else [["int8 d128", "listed skip"], ["pool d128 of 128"], ["select of 512 by mass"]]


@pytest.mark.parametrize("words", CHOSEN, ids=" ".join)
def test_every_build_is_sound(words: list[str]) -> None:
    assert not faults("konspekt.kernels.attention.sparse.builds", words)
