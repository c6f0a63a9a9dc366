"""`QuantizedTensor`: packed weights and what they mean, the one type that every operation takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats import Layout, layout_of

ROWS_AT_ONCE = 1024  # dequantise in slices, so that the integers between never fill the memory


@dataclass(slots=True)
class QuantizedTensor:
    """A weight matrix [out_features, in_features] as the bytes of a GGUF format.

    `data` is uint8 [out_features, row_bytes] and may be a view of a memory map: nothing is copied. A backend keeps
    its own arrangement of the same bits in `prepared` (see `konspekt.kernels.prepare`).
    """

    data: NDArray[np.uint8]
    type_name: str
    shape: tuple[int, int]
    prepared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_gguf(cls, data: Any, type_name: str, shape: tuple[int, int]) -> QuantizedTensor:
        """From packed bytes (anything numpy can view: bytes, a memory map, `gguf.ReaderTensor.data`, a torch tensor).

        Raises: KernelError when the format is unknown or the number of bytes does not fit the shape.
        """
        layout = layout_of(type_name)
        out_features, in_features = (int(n) for n in shape)
        if out_features < 1 or in_features < 1:
            raise KernelError(f"shape {shape} of a weight must be positive (out_features, in_features)")
        if in_features % layout.block_size:
            raise KernelError(f"{layout.name} packs {layout.block_size} weights a block: {in_features} does not divide")
        raw = _bytes_of(data)
        row_bytes = in_features // layout.block_size * layout.block_bytes
        if raw.size != out_features * row_bytes:
            raise KernelError(
                f"{layout.name} {out_features}x{in_features} takes {out_features * row_bytes} bytes, got {raw.size}"
            )
        return cls(raw.reshape(out_features, row_bytes), layout.name, (out_features, in_features))

    @property
    def layout(self) -> Layout:
        return layout_of(self.type_name)

    @property
    def out_features(self) -> int:
        return self.shape[0]

    @property
    def in_features(self) -> int:
        return self.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes of the packed weights."""
        layout = self.layout
        return self.out_features * (self.in_features // layout.block_size) * layout.block_bytes

    def rows(self, indices: NDArray[np.integer] | slice) -> torch.Tensor:
        """float32 [len(indices), in_features]: some rows, dequantised exactly."""
        if self.data.size == 0:
            raise KernelError("the packed bytes of this tensor were released by prepare(release=True)")
        packed = np.ascontiguousarray(self.data[indices])
        values = self.layout.dequantize(packed.reshape(-1, self.layout.block_bytes))
        return torch.from_numpy(values.reshape(len(packed), self.in_features))

    def dequantize(self) -> torch.Tensor:
        """float32 [out_features, in_features], bit for bit what ggml computes."""
        result = torch.empty(self.shape, dtype=torch.float32)
        for start in range(0, self.out_features, ROWS_AT_ONCE):
            piece = slice(start, min(start + ROWS_AT_ONCE, self.out_features))
            result[piece] = self.rows(piece)
        return result

    def release(self) -> None:
        """Let go of the packed bytes, which a backend keeps elsewhere; `rows` and `dequantize` no longer work."""
        self.data = np.empty((0, self.data.shape[1]), np.uint8)


def _bytes_of(data: Any) -> NDArray[np.uint8]:
    if isinstance(data, torch.Tensor):
        data = data.detach().cpu().contiguous().view(torch.uint8).numpy()
    if isinstance(data, bytes | bytearray | memoryview):
        return np.frombuffer(data, np.uint8)
    array = np.asarray(data)
    if not array.flags.c_contiguous:
        array = np.ascontiguousarray(array)
    return array.reshape(-1).view(np.uint8)
