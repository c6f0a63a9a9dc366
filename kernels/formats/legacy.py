"""Blocks of 32 weights with one half-precision scale: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from konspekt.kernels.formats.bits import (
    bits_of_u32,
    join_planes,
    split_planes,
    u32_of_bits,
)
from konspekt.kernels.formats.layout import Field, Fields, Layout

F32 = NDArray[np.float32]
# The 16 levels of IQ4_NL (ggml-common.h, kvalues_iq4nl): finer near zero, where weights are many.
IQ4_NL_LEVELS = np.array([-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113], np.int8)


def _f32(values: NDArray[np.generic]) -> F32:
    return values.astype(np.float32)


def _unpack4(raw: Fields) -> Fields:
    return {**raw, "codes": split_planes(raw["qs"], 4, 16)}  # type: ignore[arg-type]


def _pack4(fields: Fields) -> Fields:
    return {**fields, "qs": join_planes(fields["codes"].astype(np.uint8), 4, 16)}


def _unpack5(raw: Fields) -> Fields:
    fifth = bits_of_u32(raw["qh"])  # type: ignore[arg-type]
    return {**raw, "codes": split_planes(raw["qs"], 4, 16) | (fifth << 4)}  # type: ignore[arg-type]


def _pack5(fields: Fields) -> Fields:
    codes = fields["codes"].astype(np.uint8)
    return {**fields, "qs": join_planes(codes & 15, 4, 16), "qh": u32_of_bits(codes >> 4)}


def _centred(offset: int) -> Callable[[Fields], F32]:
    def values(fields: Fields) -> F32:
        return _f32(fields["d"]) * (_f32(fields["codes"]) - np.float32(offset))

    return values


def _affine(fields: Fields) -> F32:
    return _f32(fields["d"]) * _f32(fields["codes"]) + _f32(fields["m"])


def _iq4_nl(fields: Fields) -> F32:
    return _f32(fields["d"]) * _f32(IQ4_NL_LEVELS[fields["codes"].astype(np.uint8)])


D, M = Field("d", "<f2", 1), Field("m", "<f2", 1)
QS4, QH = Field("qs", "u1", 16), Field("qh", "<u4", 1)

LEGACY = (
    Layout("Q4_0", 32, (D, QS4), _unpack4, _pack4, _centred(8)),
    Layout("Q4_1", 32, (D, M, QS4), _unpack4, _pack4, _affine),
    Layout("Q5_0", 32, (D, QH, QS4), _unpack5, _pack5, _centred(16)),
    Layout("Q5_1", 32, (D, M, QH, QS4), _unpack5, _pack5, _affine),
    Layout("Q8_0", 32, (D, Field("codes", "i1", 32)), dict, dict, _centred(0)),
    Layout("IQ4_NL", 32, (D, QS4), _unpack4, _pack4, _iq4_nl),
)
