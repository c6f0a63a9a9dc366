"""How the packed bits of a GGUF format lie on a GPU, and how a kernel walks them. No Triton here: this is data.

A block of the file interleaves codes, high bits and scales, and most blocks (34, 110, 210 bytes) start at odd places:
a GPU wants 16 aligned bytes per load. So each field gets a matrix of its own, row after row. Bits and their number stay
those of the file; `joined` puts them back.

Codes share bytes in *planes*: byte i of a run holds a weight in its low bits and another one, a fixed distance away,
in its high bits. A kernel takes a *chunk* of bytes, all of whose weights of one plane share a scale and lie side by
side, and multiplies plane by plane, so that nothing is ever shuffled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from konspekt.kernels.errors import KernelError
from konspekt.kernels.tensor import QuantizedTensor

U8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the weights of a chunk are: plane p of chunk g in its block starts at column
    (g // repeat) * far + p * near + (g % repeat) * width of the block.

    codes, high, scales: the field names of the matrices; d: one or two half-precision scales per block.
    """

    block: int  # weights
    planes: int  # weights per byte
    width: int  # bytes per chunk
    repeat: int
    far: int
    near: int
    codes: str
    high: str = ""
    scales: str = ""
    d: tuple[str, ...] = ("d",)
    high_bytes: int = 0  # per block
    scale_bytes: int = 0  # per block
    lookup: bool = False  # codes are places in a table
    lattice: bool = False  # codes are points of eight weights, width counts points

    @property
    def chunks(self) -> int:
        """Chunks per block."""
        return self.block // (self.planes * self.width)

    def start(self, chunk: int, plane: int) -> int:
        """First column, in its block, of a plane of a chunk."""
        return chunk // self.repeat * self.far + plane * self.near + chunk % self.repeat * self.width


WALKS = {
    "Q4_0": Walk(32, 2, 16, 1, 32, 16, "qs"),
    "Q4_1": Walk(32, 2, 16, 1, 32, 16, "qs", d=("d", "m")),
    "Q5_0": Walk(32, 2, 16, 1, 32, 16, "qs", "qh", high_bytes=4),
    "Q5_1": Walk(32, 2, 16, 1, 32, 16, "qs", "qh", d=("d", "m"), high_bytes=4),
    "IQ4_NL": Walk(32, 2, 16, 1, 32, 16, "qs", lookup=True),
    "Q8_0": Walk(32, 1, 32, 1, 32, 0, "codes"),
    "Q2_K": Walk(256, 4, 16, 2, 128, 32, "qs", "", "packed_scales", ("d", "dmin"), 0, 16),
    "Q3_K": Walk(256, 4, 16, 2, 128, 32, "qs", "hmask", "packed_scales", ("d",), 32, 12),
    "Q4_K": Walk(256, 2, 32, 1, 64, 32, "qs", "", "packed_scales", ("d", "dmin"), 0, 12),
    "Q5_K": Walk(256, 2, 32, 1, 64, 32, "qs", "qh", "packed_scales", ("d", "dmin"), 32, 12),
    "Q6_K": Walk(256, 2, 16, 4, 128, 64, "ql", "qh", "scales", ("d",), 64, 16),
}


def walk_of(name: str) -> Walk:
    """Raises: KernelError for a format that the GPU kernels do not multiply with."""
    try:
        return WALKS[name]
    except KeyError:
        raise KernelError(f"the GPU kernels have no {name}; there are {', '.join(WALKS)}") from None


@dataclass(frozen=True, slots=True)
class Planes:
    """The fields of a weight, each uint8 [out_features, bytes per row]; `d` is float16. Absent ones are one byte."""

    codes: torch.Tensor
    high: torch.Tensor
    scales: torch.Tensor
    d: torch.Tensor

    @property
    def nbytes(self) -> int:
        parts = (self.codes, self.high, self.scales, self.d)
        return sum(part.numel() * part.element_size() for part in parts if part.numel() > 1)


def split(w: QuantizedTensor, device: torch.device) -> Planes:
    """The fields of `w` on `device`.

    Raises: KernelError when the format has no GPU kernel or the packed bytes were released.
    """
    walk, layout = walk_of(w.type_name), w.layout
    if w.data.size == 0:
        raise KernelError("the packed bytes of this tensor were released by prepare(release=True)")
    blocks = w.data.reshape(-1, layout.block_bytes)
    raw: dict[str, U8] = {}
    at = 0
    for field in layout.fields:
        raw[field.name] = blocks[:, at : at + field.nbytes]
        at += field.nbytes

    def matrix(names: tuple[str, ...]) -> torch.Tensor:
        if not names[0]:
            return torch.zeros(1, dtype=torch.uint8, device=device)
        together = np.concatenate([raw[name] for name in names], axis=1).reshape(w.out_features, -1)
        return torch.from_numpy(np.ascontiguousarray(together)).to(device)

    return Planes(
        matrix((walk.codes,)), matrix((walk.high,)), matrix((walk.scales,)), matrix(walk.d).view(torch.float16)
    )


def joined(planes: Planes, type_name: str, shape: tuple[int, int]) -> QuantizedTensor:
    """The inverse of `split`: the bytes of the file."""
    from konspekt.kernels.formats import layout_of

    walk, layout = walk_of(type_name), layout_of(type_name)
    blocks = shape[0] * shape[1] // layout.block_size
    halves = planes.d.view(torch.uint8).cpu().numpy().reshape(blocks, len(walk.d), 2)
    raw = {name: halves[:, i] for i, name in enumerate(walk.d)}
    for name, part in ((walk.codes, planes.codes), (walk.high, planes.high), (walk.scales, planes.scales)):
        if name:
            raw[name] = part.cpu().numpy().reshape(blocks, -1)
    return QuantizedTensor.from_gguf(np.concatenate([raw[f.name] for f in layout.fields], axis=1), type_name, shape)
