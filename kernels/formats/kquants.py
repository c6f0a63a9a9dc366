"""Super-blocks of 256 weights whose small scales are themselves quantised: Q2_K … Q6_K.

Every value of "scales" (and "mins") belongs to a group of 16 or 32 consecutive weights; `d` and `dmin` are the half
precision scales of the whole super-block.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from konspekt.kernels.formats.bits import (
    join_planes,
    pack_scales_6bit,
    pack_scales_q3k,
    split_planes,
    unpack_scales_6bit,
    unpack_scales_q3k,
)
from konspekt.kernels.formats.layout import Field, Fields, Layout

F32 = NDArray[np.float32]


def _u8(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    return values.astype(np.uint8)


def _f32(values: NDArray[np.generic]) -> F32:
    return values.astype(np.float32)


def _grouped(fields: Fields, groups: int) -> F32:
    return _f32(fields["codes"]).reshape(-1, groups, 256 // groups)


def _scaled(fields: Fields, by: str, name: str) -> F32:
    """d * scale of each group in float32, [n, groups, 1]."""
    return (_f32(fields[by]) * _f32(fields[name]))[:, :, None]


def _affine_values(groups: int, fields: Fields) -> F32:
    return _scaled(fields, "d", "scales") * _grouped(fields, groups) - _scaled(fields, "dmin", "mins")


def _centred_values(fields: Fields) -> F32:
    return _scaled(fields, "d", "scales") * _grouped(fields, 16)


def _unpack_q2(raw: Fields) -> Fields:
    packed = _u8(raw["packed_scales"])
    return {**raw, "codes": split_planes(_u8(raw["qs"]), 2, 32), "scales": packed & 15, "mins": packed >> 4}


def _pack_q2(fields: Fields) -> Fields:
    packed = _u8(fields["scales"]) | (_u8(fields["mins"]) << 4)
    return {**fields, "qs": join_planes(_u8(fields["codes"]), 2, 32), "packed_scales": packed}


def _unpack_q3(raw: Fields) -> Fields:
    """Codes -4 … 3: the third bit, stored inverted, subtracts four where it is not set."""
    low = split_planes(_u8(raw["qs"]), 2, 32)
    high = split_planes(_u8(raw["hmask"]), 1, 32)
    codes = (low | (high << 2)).astype(np.int8) - np.int8(4)
    return {**raw, "codes": codes, "scales": unpack_scales_q3k(_u8(raw["packed_scales"]))}


def _pack_q3(fields: Fields) -> Fields:
    codes = _u8(fields["codes"].astype(np.int16) + 4)
    return {
        **fields,
        "qs": join_planes(codes & 3, 2, 32),
        "hmask": join_planes(codes >> 2, 1, 32),
        "packed_scales": pack_scales_q3k(fields["scales"].astype(np.int8)),
    }


def _unpack_q4(raw: Fields) -> Fields:
    scales, mins = unpack_scales_6bit(_u8(raw["packed_scales"]))
    return {**raw, "codes": split_planes(_u8(raw["qs"]), 4, 32), "scales": scales, "mins": mins}


def _pack_q4(fields: Fields) -> Fields:
    packed = pack_scales_6bit(_u8(fields["scales"]), _u8(fields["mins"]))
    return {**fields, "qs": join_planes(_u8(fields["codes"]), 4, 32), "packed_scales": packed}


def _unpack_q5(raw: Fields) -> Fields:
    fields = _unpack_q4(raw)
    fifth = split_planes(_u8(raw["qh"]), 1, 32)
    return {**fields, "codes": _u8(fields["codes"]) | (fifth << 4)}


def _pack_q5(fields: Fields) -> Fields:
    codes = _u8(fields["codes"])
    return {**_pack_q4({**fields, "codes": codes & 15}), "qh": join_planes(codes >> 4, 1, 32)}


def _unpack_q6(raw: Fields) -> Fields:
    codes = split_planes(_u8(raw["ql"]), 4, 64) | (split_planes(_u8(raw["qh"]), 2, 32) << 4)
    return {**raw, "codes": codes.astype(np.int8) - np.int8(32)}


def _pack_q6(fields: Fields) -> Fields:
    codes = _u8(fields["codes"].astype(np.int16) + 32)
    return {**fields, "ql": join_planes(codes & 15, 4, 64), "qh": join_planes(codes >> 4, 2, 32)}


D, DMIN, SCALES12 = Field("d", "<f2", 1), Field("dmin", "<f2", 1), Field("packed_scales", "u1", 12)

K_QUANTS = (
    Layout(
        "Q2_K",
        256,
        (Field("packed_scales", "u1", 16), Field("qs", "u1", 64), D, DMIN),
        _unpack_q2,
        _pack_q2,
        lambda fields: _affine_values(16, fields),
    ),
    Layout(
        "Q3_K",
        256,
        (Field("hmask", "u1", 32), Field("qs", "u1", 64), SCALES12, D),
        _unpack_q3,
        _pack_q3,
        _centred_values,
    ),
    Layout(
        "Q4_K",
        256,
        (D, DMIN, SCALES12, Field("qs", "u1", 128)),
        _unpack_q4,
        _pack_q4,
        lambda fields: _affine_values(8, fields),
    ),
    Layout(
        "Q5_K",
        256,
        (D, DMIN, SCALES12, Field("qh", "u1", 32), Field("qs", "u1", 128)),
        _unpack_q5,
        _pack_q5,
        lambda fields: _affine_values(8, fields),
    ),
    Layout(
        "Q6_K",
        256,
        (Field("ql", "u1", 128), Field("qh", "u1", 64), Field("scales", "i1", 16), D),
        _unpack_q6,
        _pack_q6,
        _centred_values,
    ),
)
