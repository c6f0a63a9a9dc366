"""Rows of numbers in a byte each, with a scale for each row: what is remembered of a window's tokens.

A row loses at most 1/254 of its largest number: the judge's log-odds move by some hundredths (benchmarks/NOTES.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SCALE = 4  # bytes
_LARGEST = 127


def packed(rows: NDArray[np.float32]) -> bytes:
    """float32 [S, D] -> S scales in float32, then S rows of D bytes."""
    scales = np.abs(rows).max(1, initial=0.0, keepdims=True) / _LARGEST  # [S, 1]
    codes = np.rint(rows / np.where(scales > 0, scales, 1.0)).astype(np.int8)
    parts: tuple[bytes, bytes] = scales.astype("<f4").tobytes(), codes.tobytes()
    return b"".join(parts)


def unpacked(data: bytes, width: int) -> NDArray[np.float32]:
    """float32 [S, width]. Raises ValueError if that many rows of this width cannot have been packed."""
    number, rest = divmod(len(data), _SCALE + width)
    if rest:
        raise ValueError(f"{len(data)} bytes are no rows of {width}")
    scales = np.frombuffer(data, "<f4", number)[:, None]
    codes = np.frombuffer(data, np.int8, number * width, number * _SCALE).reshape(number, width)
    found: NDArray[np.float32] = codes * scales
    return found
