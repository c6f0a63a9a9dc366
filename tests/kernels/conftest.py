"""Every kernel test of the C++ backend runs once for each instruction set that this processor has."""

from __future__ import annotations

import platform
from collections.abc import Iterator

import pytest

from konspekt import kernels
from konspekt.kernels.cpu import library, use_isa
from konspekt.kernels.errors import BackendUnavailable

ARM = platform.machine().lower() in ("aarch64", "arm64")
ISAS = (*(("dotprod", "neon") if ARM else ("avx512vnni", "avxvnni", "avx2")), "portable")


@pytest.fixture(params=ISAS)
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    try:
        library()
    except BackendUnavailable as reason:
        pytest.skip(str(reason))
    try:
        forced = use_isa(request.param)
        with forced, kernels.use("cpu"):
            yield request.param
    except BackendUnavailable as reason:
        pytest.skip(str(reason))
