"""How a model is sampled when a request does not say: what its publisher recommends, as vLLM does.

Small models fall apart at OpenAI's defaults (temperature 1, all tokens). Penalties are left out on purpose: an answer
that quotes its sources must repeat them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from konspekt.serving.model.files.folder import read_json


@dataclass(frozen=True, slots=True)
class SamplingDefaults:
    """Fields as in SamplingParams. Without a recommendation: OpenAI's."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0


_GGUF_NAMES = {"temperature": "temp"}  # general.sampling.temp, the others by their own names


def defaults_from(values: Mapping[str, Any]) -> SamplingDefaults:
    """Of a mapping that may hold more, less, or nonsense: whatever is not a number in range is ignored."""
    limits = {"temperature": (0, 100), "top_k": (0, 1 << 31), "top_p": (1e-6, 1), "min_p": (0, 1)}
    found: dict[str, Any] = {}
    for field in fields(SamplingDefaults):
        value, (low, high) = values.get(field.name), limits[field.name]
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            found[field.name] = int(value) if field.name == "top_k" else float(value)
    return SamplingDefaults(**found)


def defaults_from_gguf(metadata: Mapping[str, Any]) -> SamplingDefaults:
    names = (field.name for field in fields(SamplingDefaults))
    return defaults_from({name: metadata.get(f"general.sampling.{_GGUF_NAMES.get(name, name)}") for name in names})


def defaults_from_folder(folder: Path) -> SamplingDefaults:
    """Of generation_config.json, where there is one. Raises: ModelFileError when that cannot be read."""
    return defaults_from(read_json(folder / "generation_config.json"))
