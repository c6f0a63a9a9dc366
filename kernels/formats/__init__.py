"""The bit layouts of GGUF as data, and their reference dequantisation. Source: ggml-common.h, ggml-quants.c."""

from __future__ import annotations

from konspekt.kernels.errors import KernelError
from konspekt.kernels.formats.kquants import K_QUANTS
from konspekt.kernels.formats.layout import Field, Layout
from konspekt.kernels.formats.legacy import LEGACY
from konspekt.kernels.formats.plain import PLAIN

FORMATS: dict[str, Layout] = {layout.name: layout for layout in (*PLAIN, *LEGACY, *K_QUANTS)}


def layout_of(name: str) -> Layout:
    """The layout called `name`, as GGUF spells it ("Q4_K").

    Raises: KernelError naming the formats there are.
    """
    try:
        return FORMATS[name.upper()]
    except KeyError:
        raise KernelError(f"format {name!r} is not supported; there are {', '.join(FORMATS)}") from None


__all__ = ["FORMATS", "Field", "Layout", "layout_of"]
