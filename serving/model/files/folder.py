"""Files of a Hugging Face folder; whatever is wrong with one is a ModelFileError that names it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from konspekt.bilingual import Bilingual, joined
from konspekt.serving.errors import ModelFileError
from konspekt.serving.model.checking.messages import say
from konspekt.serving.model.checking.tensors import Stored

_TYPES = {"F64": "F32"}  # what safetensors calls a type -> what it is read as; the others by their own names


def read_json(path: Path) -> dict[str, Any]:
    """{} where there is no such file."""
    if not path.is_file():
        return {}
    try:
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _of(path, say("unreadable", reason=error)) from None
    if not isinstance(read, dict):
        raise _of(path, say("no_object"))
    return read


def tensor_files(folder: Path) -> dict[str, Path]:
    """Which file holds each tensor."""
    index = folder / "model.safetensors.index.json"
    if named := read_json(index).get("weight_map"):
        if not isinstance(named, dict) or not all(isinstance(file, str) for file in named.values()):
            raise _of(index, say("value", key="weight_map", value="…", want=say("want_object"), cure=say("again")))
        found = {name: folder / Path(file).name for name, file in named.items()}
        if missing := sorted({path.name for path in found.values() if not path.is_file()}):
            raise _of(folder, say("shard_missing", file=missing[0]))
        return found
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise _of(folder, say("no_safetensors"))
    found = {}
    for path in files:
        with _opened(path) as file:
            found |= dict.fromkeys(file.keys(), path)
    return found


def read_tensor(path: Path, name: str) -> torch.Tensor:
    with _opened(path, name) as file:
        tensor: torch.Tensor = file.get_tensor(name)
    return tensor


def stored_tensor(path: Path, name: str) -> Stored:
    """What the file's header says of a tensor."""
    with _opened(path, name) as file:
        part = file.get_slice(name)
        return Stored(tuple(part.get_shape()), _TYPES.get(part.get_dtype(), part.get_dtype()))


@contextmanager
def _opened(path: Path, name: str = "") -> Iterator[Any]:
    """The safetensors file; what goes wrong inside is a ModelFileError that names file and tensor."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            yield file
    except (SafetensorError, OSError, ValueError, TypeError, RuntimeError) as error:
        reason = say("unreadable", reason=error)
        raise _of(path, say("tensor_of_file", name=name, reason=reason) if name else reason) from None


def _of(path: Path, message: Bilingual) -> ModelFileError:
    return ModelFileError(joined(": ", (path, message)))
