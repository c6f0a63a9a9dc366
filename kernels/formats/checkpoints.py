"""The tensors of GPTQ, AWQ and compressed-tensors checkpoints, read into `Grouped` and written from it, bit for bit.

| | codes | zero points | scales | columns |
|---|---|---|---|---|
| GPTQ | `qweight` int32 [in·b/32, out], along in | `qzeros` int32 [groups, out·b/32], minus one in v1 | `scales` [groups, out] | `g_idx` int32 [in] |
| AWQ | `qweight` int32 [in, out/8], AWQ_ORDER | `qzeros` int32 [groups, out/8], AWQ_ORDER | `scales` [groups, out] | in order |
| compressed-tensors | `weight_packed` int32 [out, in·b/32] | `weight_zero_point` int32 [out·b/32, groups], absent: 2^(b-1) | `weight_scale` [out, groups] | `weight_g_idx` if any |

Sources: AutoGPTQ's QuantLinear, llm-awq's packer, compressed-tensors' compressors, read 2026-11-21.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Mapping

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats.grouped import Grouped, uniform_groups
from konspekt.kernels.formats.rowwise import Rowwise
from konspekt.kernels.formats.words import AWQ_ORDER, pack_words, unpack_words

Tensors = Mapping[str, torch.Tensor]


def _need(tensors: Tensors, *names: str) -> list[torch.Tensor]:
    missing = [name for name in names if name not in tensors]
    if missing:
        raise KernelError(f"the layer lacks {', '.join(missing)}; it has {', '.join(sorted(tensors)) or 'nothing'}")
    return [tensors[name] for name in names]


def _check(what: str, shape: tuple[int, ...], got: torch.Tensor) -> None:
    if tuple(got.shape) != shape:
        raise KernelError(f"{what} has the shape {tuple(got.shape)}, the other tensors want {shape}")


def from_gptq(tensors: Tensors, bits: int = 4, *, version: int = 1) -> Grouped:
    """bits: 2, 4 or 8. version 1 stores zero points minus one, modulo 2^bits ("gptq"); 2 as they are ("gptq_v2").

    Raises: KernelError when a tensor is missing or the shapes contradict each other.
    """
    words, zeros, scales = _need(tensors, "qweight", "qzeros", "scales")
    codes = unpack_words(words.T.contiguous(), bits)
    out, columns = codes.shape
    _check("scales", (zeros.shape[0], out), scales)
    stored = unpack_words(zeros, bits)
    _check("qzeros", (scales.shape[0], out * bits // 32), zeros)
    points = (stored + (1 if version == 1 else 0)) & ((1 << bits) - 1)
    group = tensors.get("g_idx")
    if group is None:
        group = uniform_groups(columns, -(-columns // scales.shape[0]))
    return Grouped(codes, scales.T.contiguous(), points.T.contiguous(), group.to(torch.int32), bits)


def to_gptq(w: Grouped, *, version: int = 1) -> dict[str, torch.Tensor]:
    zeros = (w.zeros.T.int() - (1 if version == 1 else 0)) & ((1 << w.bits) - 1)
    return {
        "qweight": pack_words(w.codes, w.bits).T.contiguous(),
        "qzeros": pack_words(zeros, w.bits),
        "scales": w.scales.T.contiguous(),
        "g_idx": w.group,
    }


def from_awq(tensors: Tensors) -> Grouped:
    """Four bits. Raises: KernelError when a tensor is missing or the shapes contradict each other."""
    words, zeros, scales = _need(tensors, "qweight", "qzeros", "scales")
    codes, points = unpack_words(words, 4, AWQ_ORDER).T.contiguous(), unpack_words(zeros, 4, AWQ_ORDER).T.contiguous()
    out, columns = codes.shape
    _check("scales", (points.shape[1], out), scales)
    _check("qzeros", (scales.shape[0], out // 8), zeros)
    return Grouped(codes, scales.T.contiguous(), points, uniform_groups(columns, columns // scales.shape[0]), 4)


def to_awq(w: Grouped) -> dict[str, torch.Tensor]:
    """Raises: KernelError for other than four bits or columns out of order, which AWQ cannot express."""
    if w.bits != 4 or not w.in_order:
        raise KernelError("AWQ holds four bits with columns in order")
    return {
        "qweight": pack_words(w.codes.T.contiguous(), 4, AWQ_ORDER),
        "qzeros": pack_words(w.zeros.T.contiguous(), 4, AWQ_ORDER),
        "scales": w.scales.T.contiguous(),
    }


def from_compressed(tensors: Tensors, bits: int = 4) -> Grouped | Rowwise:
    """`pack-quantized` (int4 or int8 in words), `int-quantized` (`weight` int8, a code of 4 or 8 bits each), or
    `float-quantized` (`weight` FP8), with a scale for each group, for each row, or (in 8 bits) for all. INT8 and FP8
    with a scale per row become Rowwise: their activations are to be rounded to 8 bits too.

    Raises: KernelError when a tensor is missing or the shapes contradict each other.
    """
    (scales,) = _need(tensors, "weight_scale")
    weight = tensors.get("weight_packed", tensors.get("weight", scales))
    scales = scales.expand(len(weight), 1) if scales.numel() == 1 else scales.reshape(len(scales), -1)
    plain = weight.dtype == torch.int8 and bits == 8 and scales.shape[1] == 1 and "weight_zero_point" not in tensors
    if weight.dtype == torch.float8_e4m3fn or plain:
        _check("weight_scale", (len(weight), 1), scales)
        return Rowwise(weight, scales[:, 0].float())
    half = 1 << (bits - 1)
    if "weight_packed" in tensors:
        codes = unpack_words(tensors["weight_packed"], bits)
        if "weight_shape" in tensors:
            codes = codes[:, : int(tensors["weight_shape"][1])].contiguous()
    else:
        (weight,) = _need(tensors, "weight")
        codes = (weight.to(torch.int16) + half).to(torch.uint8)
        if weight.dtype != torch.int8 or int(codes.max()) >> bits:
            raise KernelError(f"an int-quantized weight is int8 within {bits} bits, got {weight.dtype}")
    out, columns = codes.shape
    _check("weight_scale", (out, scales.shape[1]), scales)
    zeros = torch.full(scales.shape, half, dtype=torch.uint8)
    if (stored := tensors.get("weight_zero_point")) is not None:
        if stored.dtype == torch.int32:
            zeros = unpack_words(stored.T.contiguous(), bits).T[:out].contiguous()
        else:  # int-quantized: signed, like the codes
            zeros = (stored.reshape(scales.shape).to(torch.int16) + half).to(torch.uint8)
        _check("weight_zero_point", tuple(scales.shape), zeros)
    group = tensors.get("weight_g_idx")
    if group is None or int(group.min()) < 0:  # -1 everywhere: not reordered
        group = uniform_groups(columns, columns // scales.shape[1])
    return Grouped(codes, scales, zeros, group.to(torch.int32), bits)


def to_compressed(w: Grouped) -> dict[str, torch.Tensor]:
    """`pack-quantized`, with zero points where they are not all in the middle."""
    tensors = {
        "weight_packed": pack_words(w.codes, w.bits),
        "weight_scale": w.scales,
        "weight_shape": torch.tensor(w.shape, dtype=torch.int64),
    }
    if not bool((w.zeros == 1 << (w.bits - 1)).all()):
        filled = torch.nn.functional.pad(w.zeros.T, (0, -w.shape[0] % (32 // w.bits)))
        tensors["weight_zero_point"] = pack_words(filled, w.bits).T.contiguous()
    return tensors if w.in_order else {**tensors, "weight_g_idx": w.group}
