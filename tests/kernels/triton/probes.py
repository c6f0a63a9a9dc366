# mypy: disable-error-code="no-untyped-def,untyped-decorator,misc"
"""Triton: parts of the kernels by themselves. Imported where the interpreter runs."""

import triton
import triton.language as tl

from konspekt.kernels.linear.gpu.decode_rows import lattice_words


@triton.jit
def lattice_kernel(Codes, Table, Out, SIZE: tl.constexpr):
    at = tl.arange(0, SIZE)
    tl.store(Out + at, lattice_words(tl.load(Codes + at).to(tl.int32), Table))
