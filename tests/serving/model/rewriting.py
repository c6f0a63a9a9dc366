"""A GGUF file written again with some of its metadata or tensors changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

Type = gguf.GGUFValueType


def rewritten(
    source: Path,
    target: Path,
    metadata: Mapping[str, Any] | None = None,
    tensors: Mapping[str, NDArray[Any] | None] | None = None,
) -> Path:
    """A value or tensor that is None is left out; the others replace what is there, or are added."""
    reader = gguf.GGUFReader(source)
    changed = dict(metadata or {})
    arrays = dict(tensors or {})
    writer = gguf.GGUFWriter(str(target), reader.fields["general.architecture"].contents())
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind = field.types[0]
        if key in changed:
            _add(writer, key, changed.pop(key))
        elif field.contents() != []:  # the writer refuses empty lists
            inner = field.types[-1] if kind == Type.ARRAY else None
            writer.add_key_value(key, field.contents(), kind, inner)
    for key, value in changed.items():
        _add(writer, key, value)
    for tensor in reader.tensors:
        if tensor.name not in arrays:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        elif (array := arrays.pop(tensor.name)) is not None:
            writer.add_tensor(tensor.name, array)
    for name, array in arrays.items():
        if array is not None:
            writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def _add(writer: gguf.GGUFWriter, key: str, value: Any) -> None:
    if value is None:
        return
    kinds = {bool: Type.BOOL, int: Type.INT64, float: Type.FLOAT64, str: Type.STRING}
    if isinstance(value, list):
        writer.add_key_value(key, value, Type.ARRAY, kinds[type(value[0])])
    else:
        writer.add_key_value(key, value, kinds[type(value)])


def ones(*shape: int) -> NDArray[np.float32]:
    return np.ones(shape, np.float32)
