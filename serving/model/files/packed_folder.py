"""A Hugging Face folder whose matrices are packed already: GPTQ, AWQ, compressed-tensors, or by `konspekt quantize`.

A GPU multiplies with them as they are. For the CPU they become GGUF blocks while they are read, bit for bit where a
block can express the same (`konspekt.kernels.formats.as_gguf`).
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
from konspekt.serving.errors import ModelFileError, UnsupportedModelError
from konspekt.serving.messages import say
from konspekt.serving.model.checking.messages import again
from konspekt.serving.model.checking.messages import say as say_of_file
from konspekt.serving.model.checking.tensors import check_finite
from konspekt.serving.model.files.folder import read_json, read_tensor


class PackedFolder:
    """files: where each tensor of the folder lies; `plain` is the same with `x.weight` for each packed matrix x.

    bits: how many of a MatQuant weight's are read, for all layers or one number per layer.
    Raises: UnsupportedModelError for bits that this folder does not offer.
    """

    def __init__(self, folder: Path, files: Mapping[str, Path], bits: Sequence[int] = ()) -> None:
        self.folder = folder
        self._packing = _packing(folder)
        self._bits = tuple(bits)
        if bits and self.kind != "MatQuant":
            raise UnsupportedModelError(_in(folder, say_of_file("bits_of_others")))
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
        for field, values in tensors.items():
            if values.is_floating_point():
                check_finite(field, values.float())
        try:
            return self._packing.read(base, tensors)
        except KernelError as error:
            raise self._unreadable(base, error) from None
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # shapes and types that no writer of this packing makes, met somewhere in the arithmetic
            raise self._unreadable(base, error) from error

    def _wanted(self, base: str) -> tuple[str, ...]:
        """The tensors to read of a matrix: lower bits that were not asked for stay in the file."""
        if not self._bits:
            return self._tensors[base]
        layer = int(base.partition(".layers.")[2].partition(".")[0])
        if len(self._bits) > 1 and layer >= len(self._bits):
            wrong = say_of_file("bits_for_layers", count=len(self._bits), layer=layer)
            raise UnsupportedModelError(_in(self.folder, wrong))
        bits = self._bits[layer if len(self._bits) > 1 else 0]
        below = {8: (), 4: ("low",), 2: ("low", "middle")}
        if bits not in below:
            raise UnsupportedModelError(_in(self.folder, say_of_file("bits_unknown", bits=bits)))
        return tuple(name for name in self._tensors[base] if name.rpartition(".")[2] not in below[bits])

    def matrix(self, name: str) -> QuantizedTensor:
        packed = self.read(name)
        try:
            made = as_gguf(packed)
        except KernelError as error:
            raise self._unreadable(name, error) from None
        self._became[made.type_name, loss(packed, made) == 0.0] += 1
        return made

    def _unreadable(self, name: str, error: Exception) -> UnsupportedModelError:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        told = error if isinstance(error, KernelError) else reason
        return UnsupportedModelError(_in(self.folder, say_of_file("tensor", name=name, reason=told, cure=again())))

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
        raise UnsupportedModelError(_in(folder, error)) from None
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        wrong = say_of_file(
            "value", key="quantization_config", value="…", want=say_of_file("want_object"), cure=again()
        )
        raise ModelFileError(_in(folder, wrong)) from error


def _in(folder: Path, message: object) -> Bilingual:
    return joined(": ", (folder, message))
