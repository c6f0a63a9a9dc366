# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
# ruff: noqa: PLR0917
"""Triton: which blocks of keys sparse attention computes (SpargeAttention, arXiv 2502.18137, section 3.2).

With keys as published, `pool_kernel` takes the mean of each block of rows and how alike its rows are, in one pass, and
`predict_kernel` multiplies the means of q and K. With each key by itself `gather_kernel` sums over the keys of a block
what ΔS says of each; how far rows lie from their means balancing knows. `select_kernel` turns a row of predictions into
a list of blocks. The list holds only blocks that no
mask cuts: the attention kernel walks the others (the diagonal, the edges) itself, and always.
"""

import triton
import triton.language as tl

from konspekt.kernels.shared.rounding import span


@triton.jit
def pool_kernel(
    X, CU, Centre, Means, Alike, length, stride_b, stride_h, stride_n,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK: tl.constexpr, VARLEN: tl.constexpr, CENTRED: tl.constexpr,
):  # fmt: skip
    """Means: float32 [batch, heads, blocks, BLOCK_D] of x - Centre; Alike: mean cosine [batch, heads, blocks].

    The mean cosine of all pairs of rows is the squared length of the mean of their directions: n rows, not n² pairs.
    """
    block, head, sequence = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    first, rows = span(CU, sequence, length, VARLEN)
    dims, row = tl.arange(0, BLOCK_D), block * BLOCK + tl.arange(0, BLOCK)
    base = X + sequence.to(tl.int64) * stride_b + head.to(tl.int64) * stride_h
    inside = (row < rows)[:, None] & (dims < HEAD_DIM)[None, :]
    x = tl.load(base + (first + row).to(tl.int64)[:, None] * stride_n + dims[None, :], mask=inside, other=0.0)
    x = x.to(tl.float32)
    if CENTRED:
        centre = tl.load(Centre + (sequence * tl.num_programs(1) + head) * BLOCK_D + dims)
        x = tl.where(inside, x - centre[None, :], 0.0)
    count = tl.minimum(tl.maximum(rows - block * BLOCK, 1), BLOCK).to(tl.float32)
    reach = tl.max(tl.abs(x), 1)  # squares of bfloat16 may leave float32
    unit = x * tl.where(reach > 0, 1.0 / reach, 0.0)[:, None]
    square = tl.sum(unit * unit, 1)
    unit = unit * tl.where(square > 0, tl.rsqrt(square), 0.0)[:, None]
    direction = tl.sum(unit, 0) / count
    line = (sequence * tl.num_programs(1) + head).to(tl.int64) * tl.num_programs(0) + block
    tl.store(Means + line * BLOCK_D + dims, tl.sum(x, 0) / count)
    tl.store(Alike + line, tl.sum(direction * direction, 0))


@triton.jit
def predict_kernel(
    QMeans, KMeans, Scores, factor, q_blocks, k_blocks, group,
    BLOCK_D: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    """Scores: float32 [batch, heads, q_blocks, k_blocks] = factor · QMeans · KMeansᵀ. Grid: (tiles, heads, batch)."""
    head, sequence = tl.program_id(1), tl.program_id(2)
    columns = (k_blocks + COLUMNS - 1) // COLUMNS
    row = tl.program_id(0) // columns * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(0) % columns * COLUMNS + tl.arange(0, COLUMNS)
    dims = tl.arange(0, BLOCK_D)
    line = (sequence * tl.num_programs(1) + head).to(tl.int64) * q_blocks
    kv_line = (sequence * (tl.num_programs(1) // group) + head // group).to(tl.int64) * k_blocks
    q = tl.load(QMeans + (line + row)[:, None] * BLOCK_D + dims[None, :], mask=(row < q_blocks)[:, None], other=0.0)
    k = tl.load(
        KMeans + (kv_line + column)[:, None] * BLOCK_D + dims[None, :], mask=(column < k_blocks)[:, None], other=0.0
    )
    scores = tl.dot(q, tl.trans(k), input_precision="tf32") * factor  # "ieee" spills from head_dim 96 on
    there = (row < q_blocks)[:, None] & (column < k_blocks)[None, :]
    tl.store(Scores + (line + row)[:, None] * k_blocks + column[None, :], scores, mask=there)


@triton.jit
def gather_kernel(
    Delta, Scores, CuK, k_length, q_blocks, k_blocks, delta_n,
    K_BLOCK: tl.constexpr, COLUMNS: tl.constexpr, VARLEN: tl.constexpr,
):  # fmt: skip
    """Scores: float32 [batch, heads, q_blocks, k_blocks] = log2 Σ exp2(factor · Delta) over a block's K_BLOCK keys.

    Delta: float32 [batch, heads, q_blocks, delta_n]. Grid: (q_blocks · tiles of COLUMNS blocks, heads, batch).
    """
    head, sequence = tl.program_id(1), tl.program_id(2)
    tiles = (k_blocks + COLUMNS - 1) // COLUMNS
    row = tl.program_id(0) // tiles
    column = tl.program_id(0) % tiles * COLUMNS + tl.arange(0, COLUMNS)
    _, k_len = span(CuK, sequence, k_length, VARLEN)
    line = (sequence * tl.num_programs(1) + head).to(tl.int64) * q_blocks + row
    key = column[:, None] * K_BLOCK + tl.arange(0, K_BLOCK)[None, :]
    s = tl.load(Delta + line * delta_n + key, mask=key < k_len, other=0.0)
    s = tl.where(key < k_len, s, -1.0e30)
    largest = tl.max(s, 1)
    total = tl.sum(tl.exp2(s - largest[:, None]), 1)
    tl.store(Scores + line * k_blocks + column, largest + tl.log2(total), mask=column < k_blocks)


@triton.jit
def threshold_bits(bits, weight, target):
    """The largest t such that the weights of those with bits >= t sum to `target` or more. bits: int32, 0 … bits(1.0).

    Floats that are not negative are ordered as their bits are, so thirty-one halvings find it exactly, and nothing is
    sorted.
    """
    low, high = 0, 0x3F800001
    for _ in range(31):
        middle = (low + high) // 2
        enough = tl.sum(tl.where(bits >= middle, weight, 0.0), 0) >= target
        low = tl.where(enough, middle, low)
        high = tl.where(enough, high, middle)
    return low


@triton.jit
def select_kernel(
    Scores, OfQ, OfK, Limits, List, Count, CuQ, CuK, q_length, k_length, q_blocks, k_blocks, group, window, scale,
    Q_BLOCK: tl.constexpr, K_BLOCK: tl.constexpr, WIDTH: tl.constexpr, BLOCK_D: tl.constexpr,
    BY_MASS: tl.constexpr, EACH: tl.constexpr, CAUSAL: tl.constexpr,
    TOP_LEFT: tl.constexpr, WINDOW: tl.constexpr, VARLEN: tl.constexpr,
):  # fmt: skip
    """List: int32 [batch, heads, q_blocks, k_blocks], of which Count [batch, heads, q_blocks] entries, ascending.

    Limits: float32 [3, heads]: tau (or the share), theta, lambda. WIDTH: k_blocks up to a power of two. Scores are in
    units of log2. With EACH, OfQ [batch, heads, q_blocks, BLOCK_D] sums squared distances of rows from their mean and
    OfK [batch, kv_heads, BLOCK_D] is the variance of the keys; else both are mean cosines, [batch, heads, blocks].
    Grid: (q_blocks, heads, batch).
    """
    block, head, sequence = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    heads = tl.num_programs(1)
    _, q_len = span(CuQ, sequence, q_length, VARLEN)
    _, k_len = span(CuK, sequence, k_length, VARLEN)
    line = (sequence * heads + head).to(tl.int64) * q_blocks + block
    if block * Q_BLOCK < q_len:
        place = tl.arange(0, WIDTH)
        start, end = place * K_BLOCK, (place + 1) * K_BLOCK
        shift = 0 if TOP_LEFT else k_len - q_len
        top = block * Q_BLOCK + shift
        last = tl.minimum(block * Q_BLOCK + Q_BLOCK, q_len) - 1 + shift
        seen, whole = start < k_len, end <= k_len
        if CAUSAL:
            seen, whole = seen & (start <= last), whole & (end <= top + 1)
        if WINDOW:
            seen, whole = seen & (end > top - window + 1), whole & (start > last - window)
        keep, theta = tl.load(Limits + head), tl.load(Limits + heads + head)
        kv_line = (sequence * (heads // group) + head // group).to(tl.int64)
        if EACH:
            dims = tl.arange(0, BLOCK_D)
            rows = tl.minimum(q_len - block * Q_BLOCK, Q_BLOCK).to(tl.float32)
            square = tl.sum(tl.load(OfQ + line * BLOCK_D + dims) * tl.load(OfK + kv_line * BLOCK_D + dims), 0) / rows
            doubt = tl.where(tl.sqrt(square) * scale < theta, 0, 1)  # what is not a number is no reason to trust
            trusted = seen
        else:
            doubt = tl.where(tl.load(OfQ + line) < theta, 1, 0)
            trusted = seen & (tl.load(OfK + kv_line * k_blocks + place, mask=seen, other=0.0) >= theta)
        s = tl.load(Scores + line * k_blocks + place, mask=seen, other=0.0)
        s = tl.where(trusted, s, -1.0e30)
        p = tl.where(trusted, tl.exp2(s - tl.max(s, 0)), 0.0)  # the largest is 1
        if BY_MASS:
            least = threshold_bits(p.to(tl.int32, bitcast=True), p, keep * tl.sum(p, 0))
        else:
            number = tl.ceil(keep * tl.sum(trusted.to(tl.float32), 0))
            least = threshold_bits(p.to(tl.int32, bitcast=True), trusted.to(tl.float32), number)
        least = tl.where(keep >= 1.0, 0, least)
        least = tl.where(doubt > 0, 0, least)  # every block is computed
        chosen = (p.to(tl.int32, bitcast=True) >= least) | (seen & (trusted == 0))
        listed = whole & chosen
        order = tl.cumsum(listed.to(tl.int32), 0)
        tl.store(List + line * k_blocks + order - 1, place, mask=listed)
        tl.store(Count + line, tl.sum(listed.to(tl.int32), 0))
    else:
        tl.store(Count + line, 0)
