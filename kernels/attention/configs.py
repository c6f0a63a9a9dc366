"""Which tile a launch uses: candidates by variant and architecture, and what was found best on a GPU, kept as data.

`tuned/<gpu>.json` is written by `benchmarks.gpu attention --tune`: {"tiles": {"int8/128/causal": [128, 64, 8, 3]}}.
Without a file for the GPU the first candidate that its shared memory holds is taken: a guess, not a measurement.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from konspekt.kernels.triton.available import architecture

TUNED = Path(__file__).parent / "tuned"


@dataclass(frozen=True, slots=True)
class Tile:
    block_m: int
    block_n: int
    warps: int
    stages: int


Table = dict[int, tuple[Tile, ...]]

# By head_dim. block_m divides recipe.SMOOTH_BLOCK. The first of each list is what runs untuned, the rest are candidates
# for `--tune`; what spilled a register with Triton 3.7, with or without a causal mask, is not among them.
MASKED = Tile(64, 32, 8, 2)  # with a mask in memory, whose tile takes registers too
HOPPER: dict[str, Table] = {
    "int8": {
        64: (Tile(128, 128, 8, 3), Tile(128, 64, 4, 3), Tile(64, 128, 4, 3), Tile(128, 64, 8, 4), Tile(64, 64, 4, 4)),
        96: (Tile(128, 64, 8, 3), Tile(64, 128, 8, 2), Tile(64, 64, 4, 3), Tile(128, 32, 8, 4)),
        # 128 keys at once: 367 instructions a warp for 64 of them, where 64 at once take 470 (sm_90, Triton 3.7)
        128: (Tile(128, 128, 8, 2), Tile(128, 64, 8, 3), Tile(64, 64, 4, 3), Tile(128, 64, 8, 4), Tile(64, 128, 8, 3)),
        256: (Tile(64, 64, 8, 2), Tile(64, 32, 8, 3)),
    },
    "fp8": {
        64: (Tile(128, 128, 8, 3), Tile(128, 64, 8, 4), Tile(64, 64, 4, 4)),
        96: (Tile(64, 64, 8, 3),),
        128: (Tile(128, 64, 8, 3), Tile(128, 64, 8, 4), Tile(64, 64, 8, 3), Tile(128, 32, 8, 3)),
        256: (Tile(64, 32, 8, 3),),
    },
}
AMPERE: dict[str, Table] = {
    "int8": {
        64: (Tile(128, 64, 8, 3), Tile(64, 64, 4, 3)),
        96: (Tile(64, 64, 8, 2), Tile(64, 32, 8, 2)),
        128: (Tile(64, 64, 8, 2), Tile(128, 32, 8, 2)),
        256: (Tile(32, 32, 8, 2),),
    },
    "fp8": {
        64: (Tile(64, 64, 4, 3),),
        96: (Tile(64, 32, 8, 2),),
        128: (Tile(64, 32, 8, 2),),
        256: (Tile(32, 32, 8, 2),),
    },
}


def candidates(arch: int, variant: str, head_dim: int) -> tuple[Tile, ...]:
    table = (HOPPER if arch >= 90 else AMPERE)["fp8" if variant.endswith("fp8") else "int8"]
    return table[head_dim]


@cache
def _tuned(gpu: str) -> dict[str, Tile]:
    path = TUNED / f"{gpu}.json"
    if not path.exists():
        return {}
    return {key: Tile(*values) for key, values in json.loads(path.read_text("utf-8"))["tiles"].items()}


def forget_tuned() -> None:
    """Read the files again after one was written."""
    _tuned.cache_clear()


def gpu_name(device: torch.device) -> str:
    """`nvidia-h200` of "NVIDIA H200": the name of its file."""
    if device.type != "cuda":
        return "interpreter"
    return re.sub(r"[^a-z0-9]+", "-", torch.cuda.get_device_name(device).lower()).strip("-")


def tile_for(device: torch.device, variant: str, head_dim: int, *, causal: bool, masked: bool = False) -> Tile:
    """variant: a name for the tuned table, such as `int8`."""
    if masked:
        return MASKED
    key = f"{variant}/{head_dim}/{'causal' if causal else 'full'}"
    found = _tuned(gpu_name(device)).get(key)
    return found or candidates(architecture(device), variant, head_dim)[0]
