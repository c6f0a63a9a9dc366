# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917, SIM102 - an `if` on a constant does not join one on a value
"""Triton: rope, Hadamard rotation, quantisation and the write to the page in one pass over q, k and v."""

import triton
import triton.language as tl

from konspekt.kernels.shared.hadamard_rows import hadamard_rows
from konspekt.kernels.shared.rounding import round_even

TURN = tl.constexpr(6.283185307179586)


@triton.jit
def rotate_pairs(x, at, inside, place, dims, Freq, HALF: tl.constexpr, NEOX: tl.constexpr):
    """Rope of rows `x` [rows, dims] that were loaded from `at`. Angles in float64: late positions stay exact."""
    turned = dims < 2 * HALF
    if NEOX:
        partner = tl.where(dims < HALF, HALF, -HALF)
        pair, first = dims % HALF, dims < HALF
    else:
        partner = tl.where(dims % 2 == 0, 1, -1)
        pair, first = dims // 2, dims % 2 == 0
    other = tl.load(at + partner[None, :], mask=inside & turned[None, :], other=0.0).to(tl.float32)
    freq = tl.load(Freq + pair, mask=turned, other=0.0).to(tl.float64)
    angle = place.to(tl.float64)[:, None] * freq[None, :]
    angle = (angle - tl.floor(angle * (1.0 / TURN) + 0.5) * TURN).to(tl.float32)
    side = tl.where(first, -1.0, 1.0)[None, :]
    return tl.where(turned[None, :], x * tl.cos(angle) + side * other * tl.sin(angle), x)


@triton.jit(do_not_specialize=["heads", "kv_heads", "table_n"])
def store_kernel(
    Q, K, V, QOut, Freq, KPages, VPages, KScale, VScale, Table, CuQ, Context,
    heads, kv_heads, table_n, stride_qn, stride_qh, stride_kn, stride_kh, stride_vn, stride_vh,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, ROWS: tl.constexpr, BITS: tl.constexpr, PAGE: tl.constexpr,
    ROPE: tl.constexpr, HALF: tl.constexpr, NEOX: tl.constexpr, ROTATE: tl.constexpr, SIZE: tl.constexpr,
    STEPS: tl.constexpr,
):  # fmt: skip
    """Grid: (blocks of tokens, with ROPE heads + 2 kv_heads, else 2 kv_heads, sequences): first Q, then K, then V.

    QOut: q's type, contiguous [tokens, heads, dim].
    """
    block, line, sequence = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    first = tl.load(CuQ + sequence)
    q_len = tl.load(CuQ + sequence + 1) - first
    if block * ROWS < q_len:
        before = heads if ROPE else 0
        is_q, is_v = line < before, line >= before + kv_heads
        head = tl.where(is_q, line, (line - before) % kv_heads)
        token, dims = block * ROWS + tl.arange(0, ROWS), tl.arange(0, BLOCK_D)
        place = tl.load(Context + sequence) - q_len + token
        there = token < q_len
        inside = there[:, None] & (dims < HEAD_DIM)[None, :]
        row = (first + token).to(tl.int64)
        if is_q:
            at = (Q + row * stride_qn + head * stride_qh)[:, None] + dims[None, :]
        elif is_v:
            at = (V + row * stride_vn + head * stride_vh)[:, None] + dims[None, :]
        else:
            at = (K + row * stride_kn + head * stride_kh)[:, None] + dims[None, :]
        x = tl.load(at, mask=inside, other=0.0).to(tl.float32)
        if ROPE:
            if not is_v:
                x = rotate_pairs(x, at, inside, place, dims, Freq, HALF, NEOX)
        if is_q:
            q_at = QOut + (row * heads + head)[:, None] * HEAD_DIM + dims[None, :]
            tl.store(q_at, x.to(QOut.dtype.element_ty), mask=inside)
        else:
            if ROTATE:
                if not is_v:
                    x = hadamard_rows(x, ROWS, BLOCK_D, SIZE, STEPS)
            page = tl.load(Table + sequence.to(tl.int64) * table_n + place // PAGE, mask=there, other=0).to(tl.int64)
            slot = (page * kv_heads + head) * PAGE + place % PAGE
            pages = KPages
            scales = KScale
            if is_v:
                pages = VPages
                scales = VScale
            if BITS == 16:
                codes = tl.minimum(tl.maximum(x, -65504.0), 65504.0).to(tl.float16)
                tl.store(pages + slot[:, None] * HEAD_DIM + dims[None, :], codes, mask=inside)
            else:
                LEVELS: tl.constexpr = 7.0 if BITS == 4 else 127.0
                scale = tl.max(tl.abs(x), 1) / LEVELS
                steps = round_even(x * tl.where(scale > 0, 1.0 / scale, 0.0)[:, None])
                steps = tl.minimum(tl.maximum(steps, -LEVELS), LEVELS)
                tl.store(scales + slot, scale, mask=there)
                if BITS == 4:
                    even, odd = tl.split(tl.reshape(steps.to(tl.int32) + 8, (ROWS, BLOCK_D // 2, 2)))
                    byte = tl.arange(0, BLOCK_D // 2)
                    kept = there[:, None] & (byte < HEAD_DIM // 2)[None, :]
                    byte_at = pages + slot[:, None] * (HEAD_DIM // 2) + byte[None, :]
                    tl.store(byte_at, (even | (odd << 4)).to(tl.uint8), mask=kept)
                else:
                    tl.store(pages + slot[:, None] * HEAD_DIM + dims[None, :], steps.to(tl.int8), mask=inside)
