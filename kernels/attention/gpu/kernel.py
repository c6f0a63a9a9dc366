# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917, SIM108
"""Triton: attention with Q in INT8 (queries.py), K in INT8 or INT4, V in its own type or E4M3.

One program takes BLOCK_M queries of one head through all the keys they see, BLOCK_N at a time, with a running maximum
and sum (Milakov and Gimelshein, arXiv 1805.02867). Three stretches of keys: those cut by the window, those that every
row sees (no mask is computed there), those cut by the diagonal or the end. Scores are in units of log2: exp2 is one
instruction. Unseen scores are -1e30 rather than -inf, so that no row can turn into NaN; a row whose maximum stayed
there saw nothing and yields zeros and a log-sum-exp of -inf.
"""

import triton
import triton.language as tl

from konspekt.kernels.attention.recipe import FP8_SHIFT
from konspekt.kernels.attention.sparse.recipe import K_BLOCK
from konspekt.kernels.shared.rounding import span

UNSEEN = tl.constexpr(-1.0e30)
LOG2E = tl.constexpr(1.4426950408889634)
LN2 = tl.constexpr(0.6931471805599453)
P_SHIFT = tl.constexpr(float(FP8_SHIFT))
LIST_BLOCK = tl.constexpr(K_BLOCK)


@triton.jit
def add_values(acc, p, v, FP8: tl.constexpr, FP16_SUMS: tl.constexpr, BLOCK_N: tl.constexpr):
    """acc + P·V of one block."""
    if FP8:  # the tensor cores keep fewer bits of an FP8 sum than float32: a block is summed there, blocks in float32
        acc = tl.dot(p.to(tl.float8e4nv), tl.trans(v), acc, max_num_imprecise_acc=BLOCK_N)
    elif FP16_SUMS:
        acc += tl.dot(p.to(v.dtype), v, out_dtype=tl.float16).to(tl.float32)
    else:
        acc = tl.dot(p.to(v.dtype), v, acc)
    return acc


@triton.jit
def visit(
    acc, total, largest, q, q_low, q_high, q_scale, row, there, shift,
    K, KScale, V, Delta, Mask, List, least, mask_q, mask_k, stride_vn, code_d, k_len, window, begin, end,
    MASKED: tl.constexpr, LISTED: tl.constexpr, SKIP: tl.constexpr,
    CAUSAL: tl.constexpr, WINDOW: tl.constexpr, MASK: tl.constexpr,
    LEVELS: tl.constexpr, K_GROUP: tl.constexpr, DELTA: tl.constexpr, FP8: tl.constexpr, FP16_SUMS: tl.constexpr,
    BACKWARDS: tl.constexpr, HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Take the rows of q past keys begin … end (multiples of BLOCK_N); LISTED: past the blocks that List names.

    SKIP: a block whose largest score stays `least` (below 0) under each row's maximum so far is left out of P·V.
    """
    dims, line = tl.arange(0, BLOCK_D), tl.arange(0, BLOCK_N)
    k_width: tl.constexpr = BLOCK_D // 2 if LEVELS == 7 else BLOCK_D
    k_places = line[:, None] * k_width + tl.arange(0, k_width)[None, :]
    if FP8:
        v_places = dims[:, None] * code_d + line[None, :]
    else:
        v_places = line[:, None] * stride_vn + dims[None, :]
    for step in range(0, (end - begin) // BLOCK_N):
        start = begin + step * BLOCK_N
        if BACKWARDS:
            start = end - (step + 1) * BLOCK_N
        if LISTED:  # begin is 0, end what the list holds in keys
            start = tl.load(List + start // LIST_BLOCK) * LIST_BLOCK + start % LIST_BLOCK
        col = start + line
        k_at = K + start.to(tl.int64) * k_width
        # scores: integers first
        if LEVELS == 7:
            if MASKED:
                pair = tl.load(k_at + k_places, mask=(col < k_len)[:, None], other=0)
            else:
                pair = tl.load(k_at + k_places)
            k_low, k_high = (pair & 15) - 8, ((pair >> 4) & 15) - 8
            codes = tl.dot(q_low, tl.trans(k_low), out_dtype=tl.int32)
            codes = tl.dot(q_high, tl.trans(k_high), codes, out_dtype=tl.int32)
        else:
            if MASKED:
                k = tl.load(k_at + k_places, mask=(col < k_len)[:, None], other=0)
            else:
                k = tl.load(k_at + k_places)
            codes = tl.dot(q, tl.trans(k), out_dtype=tl.int32)
        s = codes.to(tl.float32)
        if K_GROUP >= BLOCK_N:
            s_scale = q_scale * tl.load(KScale + start // K_GROUP)
        else:
            s_scale = q_scale
            if MASKED:
                s *= tl.load(KScale + col // K_GROUP, mask=col < k_len, other=0.0)[None, :]
            else:
                s *= tl.load(KScale + col // K_GROUP)[None, :]
        # the running maximum
        if MASKED or DELTA:
            s = s * s_scale[:, None]
            if DELTA and MASKED:
                s += tl.load(Delta + col, mask=col < k_len, other=0.0)[None, :]
            elif DELTA:
                s += tl.load(Delta + col)[None, :]
            if MASKED:
                seen = (col < k_len)[None, :]
                if CAUSAL:
                    seen = seen & (col[None, :] <= (row + shift)[:, None])
                if WINDOW:
                    seen = seen & (col[None, :] > (row + shift - window)[:, None])
                if MASK > 0:
                    # rows past the end of q read row 0 of the mask: what they see is never stored
                    bias_at = (Mask + row.to(tl.int64) * mask_q)[:, None] + (col * mask_k)[None, :]
                    bias = tl.load(bias_at, mask=(col < k_len)[None, :], other=0)
                    if MASK == 1:
                        seen = seen & (bias != 0)
                    else:
                        s += bias.to(tl.float32) * LOG2E
                s = tl.where(seen, tl.maximum(s, UNSEEN), UNSEEN)
            near = tl.max(s, 1)
            higher = tl.maximum(largest, near)
            # the shift goes to the maximum, one number a row; x + 0.0 is not x (of -0.0), so no compiler drops it
            p = tl.exp2(s - (higher - P_SHIFT if FP8 else higher)[:, None])
        else:
            near = tl.max(s, 1) * s_scale
            higher = tl.maximum(largest, near)
            p = tl.exp2(s * s_scale[:, None] - (higher - P_SHIFT if FP8 else higher)[:, None])
        decay = tl.exp2(largest - higher)
        total = total * decay + tl.sum(p, 1)
        acc = acc * decay[:, None]
        largest = higher
        # the weighted sum of values
        if FP8:
            v_at = V + start + v_places
            if MASKED:
                v = tl.load(v_at, mask=(col < k_len)[None, :], other=0.0)
            else:
                v = tl.load(v_at)
        else:
            v_at = V + start.to(tl.int64) * stride_vn + v_places
            if MASKED:
                v = tl.load(v_at, mask=(col < k_len)[:, None] & (dims < HEAD_DIM)[None, :], other=0.0)
            elif HEAD_DIM < BLOCK_D:
                v = tl.load(v_at, mask=(dims < HEAD_DIM)[None, :], other=0.0)
            else:
                v = tl.load(v_at)
        if LISTED and SKIP:
            if tl.max(tl.where(there, near - higher, UNSEEN), 0) >= least:
                acc = add_values(acc, p, v, FP8, FP16_SUMS, BLOCK_N)
        else:
            acc = add_values(acc, p, v, FP8, FP16_SUMS, BLOCK_N)
    return acc, total, largest


# a prompt of another length compiles nothing anew; strides of a mask do, for one that lies contiguous is read faster
@triton.jit(do_not_specialize=["q_length", "k_length", "group", "groups", "window", "list_n", "row_b", "row_h"])
def attention_kernel(
    Q, QScale, QTaken, K, KScale, V, VMean, VScale, Delta, Mask, Out, Lse, CuQ, CuK, Lists, Counts, Limits,
    q_length, k_length, group, groups, window, delta_n, list_n,
    code_qb, code_qh, code_kb, code_kh, stride_vb, stride_vh, stride_vn, code_vd,
    stride_ob, stride_oh, stride_on, mask_b, mask_h, mask_q, mask_k, row_b, row_h,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    LEVELS: tl.constexpr, K_GROUP: tl.constexpr, SMOOTH_Q: tl.constexpr,
    FP8: tl.constexpr, FP16_SUMS: tl.constexpr, BACKWARDS: tl.constexpr,
    CAUSAL: tl.constexpr, TOP_LEFT: tl.constexpr, WINDOW: tl.constexpr, MASK: tl.constexpr, VARLEN: tl.constexpr,
    LSE: tl.constexpr, SMOOTH_BLOCK: tl.constexpr, LISTED: tl.constexpr, SKIP: tl.constexpr,
):  # fmt: skip
    """Q, QScale, QTaken: codes, scales and what smoothing K took, as `quantize_queries_kernel` writes them; Delta, too,
    holds softmax scale · log2(e). row_b, row_h: strides of what is one number a row. MASK: 0 none, 1 boolean (bytes),
    2 additive. Grid: (q blocks, heads, batch).

    LISTED: of the keys that all SMOOTH_BLOCK rows see, the blocks that Lists [batch, heads, q blocks of SMOOTH_BLOCK,
    list_n] names, Counts of them, are computed; SKIP: by the lambda in the third row of Limits.
    """
    block, head, sequence = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    if CAUSAL:  # the longest rows first: short ones fill the gaps at the end
        block = tl.num_programs(0) - 1 - block
    q_first, q_len = span(CuQ, sequence, q_length, VARLEN)
    k_first, k_len = span(CuK, sequence, k_length, VARLEN)
    top = block * BLOCK_M
    if top < q_len:
        kv_head = head // group
        kv_line = sequence * (tl.num_programs(1) // group) + kv_head
        row, dims = top + tl.arange(0, BLOCK_M), tl.arange(0, BLOCK_D)
        there = row < q_len
        q_at = Q + sequence.to(tl.int64) * code_qb + head.to(tl.int64) * code_qh
        q_at += (q_first + row).to(tl.int64)[:, None] * BLOCK_D
        rows_at = sequence.to(tl.int64) * row_b + head.to(tl.int64) * row_h + q_first + row
        q_scale = tl.load(QScale + rows_at, mask=there, other=0.0)
        if LEVELS == 7:  # K has dimension d in the low half of a byte, d + BLOCK_D/2 in the high one
            half = tl.arange(0, BLOCK_D // 2)[None, :]
            q_low = tl.load(q_at + half, mask=there[:, None], other=0)
            q_high = tl.load(q_at + half + BLOCK_D // 2, mask=there[:, None], other=0)
            q8 = q_low
        else:
            q8 = tl.load(q_at + dims[None, :], mask=there[:, None], other=0)
            q_low, q_high = q8, q8
        delta = Delta
        if SMOOTH_Q:
            line = (sequence * tl.num_programs(1) + head).to(tl.int64)
            blocks = (q_length + SMOOTH_BLOCK - 1) // SMOOTH_BLOCK
            delta = Delta + (line * blocks + top // SMOOTH_BLOCK) * delta_n
        # where the keys are
        k_width: tl.constexpr = BLOCK_D // 2 if LEVELS == 7 else BLOCK_D
        k_base = K + sequence.to(tl.int64) * code_kb + kv_head.to(tl.int64) * code_kh
        k_base += (k_first + tl.zeros([], tl.int64)) * k_width
        scales = KScale + kv_line.to(tl.int64) * groups
        if VARLEN:
            scales = KScale + kv_head.to(tl.int64) * groups + k_first // K_GROUP + sequence
        v_base = V + sequence.to(tl.int64) * stride_vb + kv_head.to(tl.int64) * stride_vh
        if not FP8:
            v_base += (k_first + tl.zeros([], tl.int64)) * stride_vn
        elif VARLEN:
            v_base += (k_first + 16 * sequence) // 16 * 16
        mask_base = Mask + sequence.to(tl.int64) * mask_b + head.to(tl.int64) * mask_h
        row_of_mask = tl.where(there, row, 0)
        # which keys: [low, full_low) cut by the window, [full_low, full_high) seen by all, [full_high, high) cut
        shift = 0 if TOP_LEFT else k_len - q_len
        GRAIN: tl.constexpr = LIST_BLOCK if LISTED else BLOCK_N
        uppermost, below = top, top + BLOCK_M
        list_at, listed, least = Lists, 0, 0.0
        if LISTED:  # "seen by all" means by all rows that share a list
            uppermost = top // SMOOTH_BLOCK * SMOOTH_BLOCK
            below = tl.minimum(uppermost + SMOOTH_BLOCK, q_len)
            spans = (q_length + SMOOTH_BLOCK - 1) // SMOOTH_BLOCK
            place = (sequence * tl.num_programs(1) + head).to(tl.int64) * spans + uppermost // SMOOTH_BLOCK
            list_at, listed = Lists + place * list_n, tl.load(Counts + place) * LIST_BLOCK
            if SKIP:
                least = tl.load(Limits + 2 * tl.num_programs(1) + head) * LOG2E
        high = k_len
        full_high = k_len // GRAIN * GRAIN
        if CAUSAL:
            high = tl.maximum(tl.minimum(k_len, top + BLOCK_M + shift), 0)
            full_high = tl.minimum(full_high, tl.maximum(uppermost + shift + 1, 0) // GRAIN * GRAIN)
        low, full_low = 0, 0
        if WINDOW:
            low = tl.minimum(tl.maximum(top + shift - window + 1, 0) // GRAIN * GRAIN, full_high)
            full_low = tl.maximum(below + shift - window + GRAIN - 1, 0) // GRAIN * GRAIN
            full_low = tl.maximum(tl.minimum(full_low, full_high), low)
        if MASK > 0:
            full_high = full_low
        high = tl.maximum((high + BLOCK_N - 1) // BLOCK_N * BLOCK_N, full_high)
        acc = tl.zeros([BLOCK_M, BLOCK_D], tl.float32)
        total = tl.zeros([BLOCK_M], tl.float32)
        largest = tl.full([BLOCK_M], UNSEEN, tl.float32)
        for part in tl.static_range(3):
            # forwards: window, full, diagonal; backwards: diagonal, full, window
            if part == 1 and LISTED:
                begin, end = 0, listed
            elif part == 1:
                begin, end = full_low, full_high
            elif (part == 0) != BACKWARDS:
                begin, end = low, full_low
            else:
                begin, end = full_high, high
            if MASK == 0 if part == 1 else (WINDOW or (part == 0) == BACKWARDS):
                acc, total, largest = visit(
                    acc, total, largest, q8, q_low, q_high, q_scale, row_of_mask, there, shift,
                    k_base, scales, v_base, delta, mask_base, list_at, least, mask_q, mask_k, stride_vn, code_vd, k_len,
                    window, begin, end, part != 1, LISTED and part == 1, SKIP, CAUSAL, WINDOW, MASK, LEVELS,
                    K_GROUP, SMOOTH_Q, FP8, FP16_SUMS, BACKWARDS, HEAD_DIM, BLOCK_D, BLOCK_N,
                )  # fmt: skip
        seen = largest > 0.5 * UNSEEN
        out = acc / tl.where(total > 0, total, 1.0)[:, None]
        if FP8:
            out = out * tl.load(VScale + kv_line * BLOCK_D + dims)[None, :]
            out += tl.load(VMean + kv_line * BLOCK_D + dims)[None, :]
        out = tl.where(seen[:, None], out, 0.0)
        o_base = Out + sequence.to(tl.int64) * stride_ob + head.to(tl.int64) * stride_oh
        o_at = o_base + (q_first + row).to(tl.int64)[:, None] * stride_on + dims[None, :]
        tl.store(o_at, out.to(Out.dtype.element_ty), mask=there[:, None] & (dims < HEAD_DIM)[None, :])
        if LSE:
            taken = tl.load(QTaken + rows_at, mask=there, other=0.0)
            lse = (largest + tl.log2(total) + taken - (P_SHIFT if FP8 else 0.0)) * LN2
            tl.store(Lse + rows_at, tl.where(seen, lse, float("-inf")), mask=there)
