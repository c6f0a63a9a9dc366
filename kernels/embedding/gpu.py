"""`embedding` through Triton: the ids never leave the GPU."""

from __future__ import annotations

import torch

from konspekt.kernels.embedding.gpu_kernel import embedding_kernel
from konspekt.kernels.linear.dense import dense_of
from konspekt.kernels.linear.gpu.launch import _levels, constants, planes_of
from konspekt.kernels.linear.gpu.layout import WALKS
from konspekt.kernels.tensor import QuantizedTensor
from konspekt.kernels.triton.available import require

CHUNKS = 16  # per program


def embedding(ids: torch.Tensor, w: QuantizedTensor) -> torch.Tensor:
    """ids: integers [n] on a GPU -> float32 [n, in_features]. Ids are not checked: that would wait for the GPU."""
    require(ids.device)
    if w.type_name not in WALKS:
        return dense_of(w, ids.device)[ids].float()
    walk, planes = WALKS[w.type_name], planes_of(w, ids.device)
    out = torch.empty(len(ids), w.in_features, dtype=torch.float32, device=ids.device)
    if len(ids):
        chunks = w.in_features // walk.block * walk.chunks
        embedding_kernel[(len(ids), -(-chunks // CHUNKS))](
            ids, planes.codes, planes.high, planes.scales, planes.d, _levels(ids.device), out, w.out_features,
            w.in_features, BLOCK_C=CHUNKS, **constants(walk, w.type_name), num_warps=4,
        )  # fmt: skip
    return out
