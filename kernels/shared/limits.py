"""What all operations on heads and pages agree on."""

from __future__ import annotations

from collections.abc import Mapping

MAX_HEAD_DIM = 256  # kernels/cpu/common.h has the same
MAX_LATENT = 512  # of a value that all heads share (kernels.latent); as there
MAX_GROUP = 192  # query heads that share a key head
PAGE_BITS: Mapping[str, int] = {"fp16": 16, "int8": 8, "int4": 4}  # of a stored key or value
FUSION = {"enable_fp_fusion": True}  # an option of every launch: Triton 3.9 warns unless it is given
