"""Files of a Hugging Face folder; whatever is wrong with one is a ModelFileError that names it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from konspekt.serving.errors import ModelFileError

_AGAIN = "it was cut short or written over: fetch it again"


def read_json(path: Path) -> dict[str, Any]:
    """{} where there is no such file."""
    if not path.is_file():
        return {}
    try:
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path}: cannot be read: {error}; {_AGAIN}") from None
    if not isinstance(read, dict):
        raise ModelFileError(f"{path}: a JSON object is wanted")
    return read


def tensor_files(folder: Path) -> dict[str, Path]:
    """Which file holds each tensor."""
    from safetensors import SafetensorError, safe_open

    if index := read_json(folder / "model.safetensors.index.json").get("weight_map"):
        found = {name: folder / Path(file).name for name, file in index.items()}
        if missing := sorted({path.name for path in found.values() if not path.is_file()}):
            raise ModelFileError(
                f"{folder}: {missing[0]} is missing, which model.safetensors.index.json names; fetch the folder again"
            )
        return found
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelFileError(f"{folder}: no *.safetensors files")
    found = {}
    for path in files:
        try:
            with safe_open(str(path), framework="pt") as file:
                found |= dict.fromkeys(file.keys(), path)
        except (SafetensorError, OSError) as error:
            raise ModelFileError(f"{path}: {error}; {_AGAIN}") from None
    return found


def read_tensor(path: Path, name: str) -> torch.Tensor:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            tensor: torch.Tensor = file.get_tensor(name)
    except (SafetensorError, OSError) as error:
        raise ModelFileError(f"{path}: tensor {name}: {error}; {_AGAIN}") from None
    return tensor
