"""Unquantised weights as blocks of one: F32, F16, BF16."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from konspekt.kernels.formats.layout import Field, Fields, Layout


def _float(fields: Fields) -> NDArray[np.float32]:
    return fields["codes"].astype(np.float32)


def _bfloat(fields: Fields) -> NDArray[np.float32]:
    return (fields["codes"].astype(np.uint32) << np.uint32(16)).view(np.float32)


PLAIN = (
    Layout("F32", 1, (Field("codes", "<f4", 1),), dict, dict, _float),
    Layout("F16", 1, (Field("codes", "<f2", 1),), dict, dict, _float),
    Layout("BF16", 1, (Field("codes", "<u2", 1),), dict, dict, _bfloat),
)
