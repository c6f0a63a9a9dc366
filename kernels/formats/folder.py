"""Packed matrices in a folder of safetensors: which tensors belong to one matrix, and what they mean.

GPTQ, AWQ and compressed-tensors say what they are in config.json (`quantization_config`); folders that `konspekt
quantize` writes say it in settings.json. Reading the files is the caller's: here are names and tensors only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats.checkpoints import from_awq, from_compressed, from_gptq
from konspekt.kernels.formats.e8p import E8P
from konspekt.kernels.formats.matquant import MatQuant
from konspekt.kernels.formats.paretoq import ParetoQ
from konspekt.kernels.formats.quest import Quest
from konspekt.kernels.formats.rowwise import Rowwise
from konspekt.kernels.packed import Packed

CLASSES: dict[str, Any] = {c.__name__: c for c in (E8P, MatQuant, ParetoQ, Quest, Rowwise)}
# the tensor that every matrix of a kind has, and all that it may have beside it
FIELDS = {
    "gptq": ("qweight", ("qzeros", "scales", "g_idx")),
    "awq": ("qweight", ("qzeros", "scales")),
    "compressed-tensors": (
        "weight_scale",
        # the last two are of activations, which are rounded anew here, row by row, or not at all
        (
            *("weight_packed", "weight", "weight_shape", "weight_zero_point", "weight_g_idx"),
            *("input_scale", "input_zero_point"),
        ),
    ),
    "E8P": ("codes", ("residual", "scales")),
    "MatQuant": ("top", ("middle", "low", "scales", "zeros")),
    "ParetoQ": ("packed", ("scales",)),
    "Quest": ("packed", ("scales",)),
    "Rowwise": ("codes", ("scales",)),
}
NAMING = ("quant_method", "bits", "version", "format", "checkpoint_format", "is_marlin_format")
# of compressed-tensors: what config.json calls the format, and the type of the weights
COMPRESSED = {
    *((form, ("int", bits)) for form in ("pack-quantized", "int-quantized", "naive-quantized") for bits in (4, 8)),
    *((form, ("float", 8)) for form in ("float-quantized", "naive-quantized")),
}


@dataclass(frozen=True, slots=True)
class Packing:
    """kind: a key of FIELDS; bits, version as its reader takes them; settings: what else a class of ours needs."""

    kind: str
    bits: int = 4
    version: int = 1
    settings: Mapping[str, Any] | None = None

    def matrices(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """`model.layers.0.mlp.up_proj` -> its tensors' names, whole."""
        known, (first, others) = set(names), FIELDS[self.kind]
        bases = [name.removesuffix(f".{first}") for name in known if name.endswith(f".{first}")]
        return {
            base: tuple(f"{base}.{field}" for field in (first, *others) if f"{base}.{field}" in known) for base in bases
        }

    def read(self, base: str, tensors: Mapping[str, torch.Tensor]) -> Packed:
        """tensors: by whole name, as `matrices` lists them. Raises: KernelError when they contradict each other."""
        fields = {name.removeprefix(f"{base}."): value for name, value in tensors.items()}
        if self.kind == "gptq":
            return from_gptq(fields, self.bits, version=self.version)
        if self.kind == "awq":
            return from_awq(fields)
        if self.kind == "compressed-tensors":
            return from_compressed(fields, self.bits)
        settings = dict(self.settings or {})
        own = settings.pop("matrices", {}).get(base, {})
        absent = {"E8P": {"residual": None}, "MatQuant": {"middle": None, "low": None}}.get(self.kind, {})
        try:
            made: Packed = CLASSES[self.kind](**{**absent, **fields, **settings, **own})
        except TypeError as error:
            raise KernelError(f"{base}: {error}: the folder is damaged") from None
        return made


def packing_of(config: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Packing | None:
    """config: of config.json; settings: of settings.json, where there is one. None: plain weights.

    Raises: KernelError for a packing that is not known here, by its name.
    """
    if settings and settings.get("class") in CLASSES:
        return Packing(settings["class"], settings={k: v for k, v in settings.items() if k != "class"})
    said = config.get("quantization_config")
    if not said:
        return None
    method, bits = str(said.get("quant_method", "")), int(said.get("bits", said.get("w_bit", 4)))
    layout = said.get("checkpoint_format") or "gptq"  # others (marlin, gptq_p) put the same bits elsewhere
    if method == "gptq" and bits in {2, 4, 8} and layout in {"gptq", "gptq_v2"} and not said.get("is_marlin_format"):
        return Packing("gptq", bits, version=2 if layout == "gptq_v2" else 1)
    if method == "awq" and bits == 4 and str(said.get("version", "gemm")).lower() == "gemm":
        return Packing("awq")
    if method == "compressed-tensors":
        return Packing("compressed-tensors", _compressed_bits(said))
    what = ", ".join(f"{key} {said[key]}" for key in NAMING if key in said)
    raise KernelError(
        f"weights packed by {what or 'an unnamed method'} cannot be read: gptq (2, 4 and 8 bits, not marlin's layout), "
        "awq (gemm) and compressed-tensors are"
    )


def _compressed_bits(said: Mapping[str, Any]) -> int:
    groups = [group.get("weights") or {} for group in dict(said.get("config_groups") or {}).values()]
    kinds = {(weights.get("type", "int"), int(weights.get("num_bits", 0))) for weights in groups}
    blocks = any(weights.get("strategy") == "block" for weights in groups)
    if blocks or (said.get("format"), *kinds) not in COMPRESSED:
        words = " and ".join(f"{kind}{bits}" for kind, bits in sorted(kinds)) or "nothing"
        form = f"{said.get('format')} with {words}{' in square blocks' if blocks else ''}"
        raise KernelError(
            f"compressed-tensors of the form {form} cannot be read: integers of 4 or 8 bits are, and FP8 with a scale "
            "for each row or for all"
        )
    return next(iter(kinds))[1]
