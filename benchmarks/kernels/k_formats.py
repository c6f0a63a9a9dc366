"""How close `konspekt quantize` comes to ggml's own quantiser: squared error on normal and on heavy-tailed rows.

    python -m benchmarks.kernels.k_formats      # needs llama-cpp-python (the `bench` extra); two seconds

The peer is `ggml_quantize_chunk` of llama-cpp-python's library, without an importance matrix; for most
formats it minimises an error that counts large weights more, so that this measure is ours rather than its. Result:
benchmarks/results/k_formats.json, errors relative to the squared size of the weights.
"""

from __future__ import annotations

import ctypes
import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch

from benchmarks.common.machine import write_result
from konspekt.quantization.methods import FORMATS
from konspekt.quantization.rounding.nearest import layer_error, nearest

NAMES = ("Q2_K", "Q3_K", "IQ4_NL", "Q4_K", "Q5_K", "Q6_K", "Q4_0", "Q4_1")


def ggml(weight: torch.Tensor, name: str) -> torch.Tensor:
    """The values that ggml's own rounding gives."""
    import llama_cpp

    library = ctypes.CDLL(str(Path(llama_cpp.__file__).parent / "lib" / "libggml-base.so"))
    kind = gguf.GGMLQuantizationType[name]
    weights, size = gguf.GGML_QUANT_SIZES[kind]
    rows, columns = weight.shape
    source = weight.contiguous().numpy()
    made = np.zeros((rows, columns // weights * size), np.uint8)
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (source, made)]
    counts = [ctypes.c_int64(n) for n in (0, rows, columns)]
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    library.ggml_quantize_chunk(ctypes.c_int(int(kind)), *pointers, *counts, None)
    return torch.from_numpy(gguf.quants.dequantize(made, kind))


def main() -> int:
    generator = torch.Generator().manual_seed(0)
    normal = torch.randn(128, 1024, generator=generator)
    heavy = normal / torch.rand(128, 1024, generator=generator).clamp_min(0.05).sqrt()
    rows: list[dict[str, Any]] = []
    for name in NAMES:
        grid = FORMATS[name].grid
        assert grid is not None
        for kind, weight in (("normal", normal), ("heavy tails", heavy)):
            errors = {"rtn": nearest(grid, weight).dequantize(), "mse": nearest(grid, weight, search=True).dequantize()}
            errors["ggml"] = ggml(weight, name)
            row = {key: round(layer_error(weight, values, None), 7) for key, values in errors.items()}
            rows.append({"format": name, "weights": kind, **row, "mse_over_ggml": round(row["mse"] / row["ggml"], 3)})
            print(json.dumps(rows[-1]))
    write_result("k_formats", {"rows": rows})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
