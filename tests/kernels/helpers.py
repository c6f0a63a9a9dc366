"""Random weights of every format, and the bounds that a backend is held to."""

from __future__ import annotations

from dataclasses import dataclass

import gguf
import numpy as np
import torch
from gguf import quants

from konspekt import kernels
from konspekt.kernels.formats import FORMATS

PACKED = tuple(name for name in FORMATS if FORMATS[name].block_size > 1)
PLAIN = ("F32", "F16", "BF16")


def random_blocks(name: str, blocks: int, seed: int = 0) -> np.ndarray:
    """Any bytes, but scales that are numbers of a sensible size."""
    rng, layout = np.random.default_rng(seed), FORMATS[name]
    if name in PLAIN:
        values = rng.standard_normal(blocks).astype(np.float32)
        if name == "BF16":
            return (values.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8).reshape(blocks, 2)
        stored = values.astype(layout.fields[0].dtype)
        return stored.view(np.uint8).reshape(blocks, layout.block_bytes)
    packed = rng.integers(0, 256, (blocks, layout.block_bytes), dtype=np.uint8)
    raw = dict(layout.split(packed))
    for scale in ("d", "dmin", "m"):
        if scale in raw:
            raw[scale] = (rng.random((blocks, 1)) * 0.02 + 0.001).astype(np.float16)
    return layout.join(raw)


def random_weight(name: str, out_features: int, in_features: int, seed: int = 0) -> kernels.QuantizedTensor:
    blocks = random_blocks(name, out_features * in_features // FORMATS[name].block_size, seed)
    return kernels.QuantizedTensor.from_gguf(blocks, name, (out_features, in_features))


def gaussian_weight(name: str, out_features: int, in_features: int, seed: int = 0) -> kernels.QuantizedTensor:
    """Normal weights of a trained matrix's size, quantised by the `gguf` package."""
    values = np.random.default_rng(seed).standard_normal((out_features, in_features)).astype(np.float32)
    packed = quants.quantize(values / np.float32(in_features**0.5), gguf.GGMLQuantizationType[name])
    return kernels.QuantizedTensor.from_gguf(packed, name, (out_features, in_features))


def random_rows(*shape: int, seed: int = 0, outliers: bool = False) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(*shape, generator=generator)
    if outliers:
        x[..., 3::97] *= 50.0
    return x


@dataclass(frozen=True)
class Errors:
    cosine: float  # of the worst row
    relative_l1: float
    rmse: float  # relative to the reference's root mean square
    largest: float  # relative to the reference's largest

    @classmethod
    def between(cls, got: torch.Tensor, want: torch.Tensor) -> Errors:
        a, b = got.double().reshape(-1, got.shape[-1]), want.double().reshape(-1, want.shape[-1])
        difference = a - b
        return cls(
            float(torch.nn.functional.cosine_similarity(a, b, dim=-1).min()),
            float(difference.abs().sum() / b.abs().sum()),
            float(difference.pow(2).mean().sqrt() / b.pow(2).mean().sqrt()),
            float(difference.abs().max() / b.abs().max()),
        )


def assert_close(
    got: torch.Tensor, want: torch.Tensor, *, cosine: float, relative_l1: float, rmse: float, largest: float
) -> None:
    assert got.shape == want.shape
    errors = Errors.between(got, want)
    assert errors.cosine >= cosine, errors
    assert errors.relative_l1 <= relative_l1, errors
    assert errors.rmse <= rmse, errors
    assert errors.largest <= largest, errors
