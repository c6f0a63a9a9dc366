# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917, SIM108
"""Triton: attention over quantised pages, read as they lie.

One program takes the queries of all heads that share a key head (GQA packed: the page is read once for them) over one
split of the sequence; `combine_kernel` merges splits. K is multiplied as stored: a query is written as two INT8 rows,
q = scale · (high + low / 254), fifteen bits that never leave the range, so only V becomes fp16, in registers.
"""

import triton
import triton.language as tl

from konspekt.kernels.shared.hadamard_rows import hadamard_rows
from konspekt.kernels.shared.rounding import round_even

UNSEEN = tl.constexpr(-1.0e30)
FINE = tl.constexpr(254.0)  # low codes in one step of the high code: ±127 is ±half a step


@triton.jit
def two_codes(q):
    """q: float32 [rows, dim] -> scale [rows], high and low codes int8."""
    reach = tl.max(tl.abs(q), 1)
    steps = q * tl.where(reach > 0, 127.0 / reach, 0.0)[:, None]
    high = round_even(steps)
    return reach / 127.0, high.to(tl.int8), round_even((steps - high) * FINE).to(tl.int8)


@triton.jit
def product(high, low, k):
    """float32 [rows, keys]: (high + low / 254) · k."""
    coarse = tl.dot(high, tl.trans(k), out_dtype=tl.int32)
    fine = tl.dot(low, tl.trans(k), out_dtype=tl.int32)
    return coarse.to(tl.float32) + fine.to(tl.float32) * (1.0 / FINE)


@triton.jit
def half(v):
    """int8 -> float16 without a conversion, which runs at a quarter of the rate: a byte with its sign turned, put under
    the exponent of 1024, reads as 1152 more than it is."""
    return ((v.to(tl.int16) & 0xFF) ^ 0x6480).to(tl.float16, bitcast=True) - 1152.0


@triton.jit
def half_of_nibble(v):
    """0 … 15 in a byte, standing for -8 … 7 -> float16 in the same way."""
    return (v.to(tl.int16) | 0x6400).to(tl.float16, bitcast=True) - 1032.0


@triton.jit(do_not_specialize=["group", "window", "splits", "table_n", "lse_s", "lse_n"])
def paged_kernel(
    Q, K, V, KScale, VScale, Table, CuQ, Context, Out, Lse,
    factor, group, window, splits, table_n, stride_qn, stride_qh, stride_os, stride_on, stride_oh, lse_s, lse_n,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, BITS: tl.constexpr, PAGE: tl.constexpr, ROWS: tl.constexpr,
    HEADS: tl.constexpr, BLOCK_N: tl.constexpr, ROTATE: tl.constexpr, SIZE: tl.constexpr, STEPS: tl.constexpr,
    WINDOW: tl.constexpr, LEAST: tl.constexpr,
):  # fmt: skip
    """Grid: (q blocks · splits, kv heads, sequences). HEADS: group up to a power of two; ROWS = HEADS · tokens.

    Out: float32 [splits, tokens, heads, dim], each split normalised by itself; Lse: its log2-sum-exp2 [splits, tokens,
    heads], -1e30 for a split without keys, whose part of Out is not written. LEAST: keys of a split, if there are any
    more, a multiple of BLOCK_N.
    """
    TOKENS: tl.constexpr = ROWS // HEADS
    WIDTH: tl.constexpr = HEAD_DIM // 2 if BITS == 4 else HEAD_DIM
    BLOCK_W: tl.constexpr = BLOCK_D // 2 if BITS == 4 else BLOCK_D
    split, block = tl.program_id(0) % splits, tl.program_id(0) // splits
    kv_head, kv_heads, sequence = tl.program_id(1), tl.num_programs(1), tl.program_id(2)
    first = tl.load(CuQ + sequence)
    q_len = tl.load(CuQ + sequence + 1) - first
    context = tl.load(Context + sequence)
    top = block * TOKENS
    if top < q_len:
        row, dims, line = tl.arange(0, ROWS), tl.arange(0, BLOCK_D), tl.arange(0, BLOCK_N)
        token, of_group = top + row // HEADS, row % HEADS
        there = (token < q_len) & (of_group < group)
        head = kv_head * group + of_group
        place = context - q_len + token
        # the keys of this split
        end = tl.minimum(context, context - q_len + top + TOKENS)
        begin = 0
        if WINDOW:
            begin = tl.maximum(context - q_len + top - window + 1, 0) // BLOCK_N * BLOCK_N
        share = tl.maximum(((end - begin + BLOCK_N - 1) // BLOCK_N + splits - 1) // splits * BLOCK_N, LEAST)
        begin += split * share
        end = tl.minimum(end, begin + share)
        lse_at = Lse + split.to(tl.int64) * lse_s + (first + token).to(tl.int64) * lse_n + head
        if tl.where(splits == 1, 1, end - begin) > 0:
            q_at = Q + (first + token).to(tl.int64) * stride_qn + head * stride_qh
            inside = there[:, None] & (dims < HEAD_DIM)[None, :]
            q = tl.load(q_at[:, None] + dims[None, :], mask=inside, other=0.0).to(tl.float32)
            if ROTATE:
                q = hadamard_rows(q, ROWS, BLOCK_D, SIZE, STEPS)
            scale, high, low = two_codes(q)
            if BITS == 4:  # even dimensions are the low nibbles
                high_even, high_odd = tl.split(tl.reshape(high, (ROWS, BLOCK_D // 2, 2)))
                low_even, low_odd = tl.split(tl.reshape(low, (ROWS, BLOCK_D // 2, 2)))
            if BITS == 16:
                q16 = (q * tl.where(scale > 0, 1.0 / (127.0 * scale), 0.0)[:, None]).to(tl.float16)
                scale *= 127.0
            scale *= factor
            largest = tl.full([ROWS], UNSEEN, tl.float32)
            total = tl.zeros([ROWS], tl.float32)
            acc = tl.zeros([ROWS, BLOCK_W], tl.float32)
            odd = tl.zeros([ROWS, BLOCK_W], tl.float32)
            wide = tl.arange(0, BLOCK_W)
            table = Table + sequence.to(tl.int64) * table_n
            for start in range(begin, end, BLOCK_N):
                col = start + line
                held = col < end
                place_of_key = col.to(tl.uint32, bitcast=True)  # signed, a division by 16 takes four instructions
                page = tl.load(table + place_of_key // PAGE, mask=held, other=0).to(tl.int64)
                slot = (page * kv_heads + kv_head) * PAGE + place_of_key % PAGE
                at = slot[:, None] * WIDTH + wide[None, :]
                stored = held[:, None] & (wide < WIDTH)[None, :]
                k = tl.load(K + at, mask=stored, other=0)
                if BITS == 16:
                    s = tl.dot(q16, tl.trans(k)) * scale[:, None]
                else:
                    if BITS == 4:
                        s = product(high_even, low_even, (k & 15).to(tl.int8) - 8)
                        s += product(high_odd, low_odd, (k >> 4).to(tl.int8) - 8)
                    else:
                        s = product(high, low, k)
                    s = s * scale[:, None] * tl.load(KScale + slot, mask=held, other=0.0)[None, :]
                seen = held[None, :] & (col[None, :] <= place[:, None])
                if WINDOW:
                    seen = seen & (col[None, :] > (place - window)[:, None])
                s = tl.where(seen, s, UNSEEN)
                higher = tl.maximum(largest, tl.max(s, 1))
                p, decay = tl.exp2(s - higher[:, None]), tl.exp2(largest - higher)
                total = total * decay + tl.sum(p, 1)
                acc, largest = acc * decay[:, None], higher
                v = tl.load(V + at, mask=stored, other=0)
                if BITS == 16:
                    acc = tl.dot(p.to(tl.float16), v, acc)
                else:  # the scales of V go to P, relative to the block's largest so that fp16 holds them
                    v_scale = tl.load(VScale + slot, mask=held, other=0.0)
                    most = tl.max(v_scale, 0)
                    p16 = (p * (v_scale * tl.where(most > 0, 1.0 / most, 0.0))[None, :]).to(tl.float16)
                    if BITS == 4:
                        acc += tl.dot(p16, half_of_nibble(v & 15)) * most
                        odd = odd * decay[:, None] + tl.dot(p16, half_of_nibble(v >> 4)) * most
                    else:
                        acc += tl.dot(p16, half(v)) * most
            safe = tl.where(total > 0, total, 1.0)[:, None]
            none = (largest < 0.5 * UNSEEN)[:, None]
            o_at = Out + split.to(tl.int64) * stride_os + (first + token).to(tl.int64) * stride_on + head * stride_oh
            if BITS == 4:
                both = tl.reshape(tl.join(acc, odd), (ROWS, BLOCK_D))
            else:
                both = acc
            result = tl.where(none, 0.0, both / safe)
            tl.store(o_at[:, None] + dims[None, :], result.to(Out.dtype.element_ty), mask=inside)
            lse = tl.where(largest < 0.5 * UNSEEN, UNSEEN, largest + tl.log2(tl.where(total > 0, total, 1.0)))
            tl.store(lse_at, lse, mask=there)
        else:  # a short sequence beside long ones: what this split would write is not read
            tl.store(lse_at, tl.full([ROWS], UNSEEN, tl.float32), mask=there)


@triton.jit(do_not_specialize=["splits", "lse_s", "lse_n"])
def combine_kernel(
    Parts, Lses, Out, splits, stride_ps, stride_pn, stride_ph, lse_s, lse_n, stride_on, stride_oh,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, SPLITS: tl.constexpr,
):  # fmt: skip
    """Out[token, head] = Σ parts · 2^(lse - max) / Σ 2^(lse - max). Grid: (tokens, heads)."""
    token, head = tl.program_id(0).to(tl.int64), tl.program_id(1)
    part, dims = tl.arange(0, SPLITS), tl.arange(0, BLOCK_D)
    lse = tl.load(Lses + part * lse_s + token * lse_n + head, mask=part < splits, other=UNSEEN)
    weight = tl.exp2(lse - tl.max(lse, 0))
    weight = tl.where(lse > 0.5 * UNSEEN, weight, 0.0)
    at = part.to(tl.int64)[:, None] * stride_ps + token * stride_pn + head * stride_ph + dims[None, :]
    inside = (weight > 0)[:, None] & (dims < HEAD_DIM)[None, :]
    parts = tl.load(Parts + at, mask=inside, other=0.0)
    sum_of = tl.sum(weight, 0)
    out = tl.sum(parts * weight[:, None], 0) / tl.where(sum_of > 0, sum_of, 1.0)
    tl.store(Out + token * stride_on + head * stride_oh + dims, out.to(Out.dtype.element_ty), mask=dims < HEAD_DIM)
