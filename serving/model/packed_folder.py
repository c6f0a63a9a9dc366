"""A Hugging Face folder whose matrices are packed already: GPTQ, AWQ, compressed-tensors, or by `konspekt quantize`.

A GPU multiplies with them as they are. For the CPU they become GGUF blocks while they are read, bit for bit where a
block can say the same (`konspekt.kernels.formats.as_gguf`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from konspekt.bilingual import Bilingual, joined
from konspekt.kernels import KernelError, QuantizedTensor
from konspekt.kernels.formats.as_gguf import as_gguf, loss
from konspekt.kernels.formats.folder import Packing, packing_of
from konspekt.kernels.packed import Packed
from konspekt.serving.errors import UnsupportedModelError
from konspekt.serving.messages import say
from konspekt.serving.model.folder import read_json, read_tensor


class PackedFolder:
    """files: where each tensor of the folder lies; `plain` is the same with `x.weight` for each packed matrix x.

    bits: how many of a MatQuant weight's are read, for all layers or one number a layer.
    Raises: UnsupportedModelError for bits that this folder does not offer.
    """

    def __init__(self, folder: Path, files: Mapping[str, Path], bits: Sequence[int] = ()) -> None:
        self.folder = folder
        self._packing = _packing(folder)
        self._bits = tuple(bits)
        if bits and self.kind != "MatQuant":
            raise UnsupportedModelError(f"{folder}: bits can be chosen of a MatQuant folder alone (--bits)")
        self._tensors = self._packing.matrices(files) if self._packing else {}
        inside = {name for names in self._tensors.values() for name in names}
        self.plain = {name: path for name, path in files.items() if name not in inside}
        self.plain |= {f"{base}.weight": files[names[0]] for base, names in self._tensors.items()}
        self._files = files
        self._became: Counter[tuple[str, bool]] = Counter()

    def __contains__(self, name: str) -> bool:
        return name.removesuffix(".weight") in self._tensors

    @property
    def kind(self) -> str:
        return self._packing.kind if self._packing else ""

    def read(self, name: str) -> Packed:
        """The matrix called `x.weight`, as it is packed. Raises: UnsupportedModelError when its tensors do not fit."""
        base = name.removesuffix(".weight")
        tensors = {field: read_tensor(self._files[field], field) for field in self._wanted(base)}
        assert self._packing is not None
        try:
            return self._packing.read(base, tensors)
        except KernelError as error:
            raise UnsupportedModelError(f"{self.folder}: {base}: {error}") from None

    def _wanted(self, base: str) -> tuple[str, ...]:
        """The tensors to read of a matrix: lower bits that nobody asked for stay in the file."""
        if not self._bits:
            return self._tensors[base]
        layer = int(base.partition(".layers.")[2].partition(".")[0])
        if len(self._bits) > 1 and layer >= len(self._bits):
            raise UnsupportedModelError(
                f"{self.folder}: bits for {len(self._bits)} layers, and there is a layer {layer} (--bits)"
            )
        bits = self._bits[layer if len(self._bits) > 1 else 0]
        below = {8: (), 4: ("low",), 2: ("low", "middle")}
        if bits not in below:
            raise UnsupportedModelError(f"{self.folder}: MatQuant has 2, 4 or 8 bits, not {bits} (--bits)")
        return tuple(name for name in self._tensors[base] if name.rpartition(".")[2] not in below[bits])

    def matrix(self, name: str) -> QuantizedTensor:
        packed = self.read(name)
        try:
            made = as_gguf(packed)
        except KernelError as error:
            raise UnsupportedModelError(f"{self.folder}: {name}: {error}") from None
        self._became[made.type_name, loss(packed, made) == 0.0] += 1
        return made

    def became(self) -> Bilingual:
        """What matrices were made of so far, `210 matrices of gptq are read as Q4_0, bit for bit`; empty: of none."""
        parts = [
            say("became", count=count, kind=self.kind, name=name, how=say("exact" if exact else "rounded"))
            for (name, exact), count in sorted(self._became.items())
        ]
        return joined("\n", parts)


def _packing(folder: Path) -> Packing | None:
    config, settings = (read_json(folder / name) for name in ("config.json", "settings.json"))
    if "quantization_config" not in config and (old := read_json(folder / "quantize_config.json")):
        config = {"quantization_config": {"quant_method": "gptq", **old}}  # AutoGPTQ, before transformers knew it
    try:
        return packing_of(config, settings)
    except KernelError as error:
        raise UnsupportedModelError(f"{folder}: {error}") from None
