"""The other side of the `interpreted` fixture: a process in which Triton's interpreter runs the kernels on the CPU.

Triton reads TRITON_INTERPRET when it is imported, so the process of the tests must not set it.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any

import torch


def start() -> None:
    assert "triton" not in sys.modules
    os.environ["TRITON_INTERPRET"] = "1"
    torch.set_num_threads(1)
    from konspekt.kernels.triton.available import require

    require(torch.device("cpu"))


def call(packed: bytes) -> bytes:
    """`packed`: (module, function, args, kwargs) by torch.save; the answer is the result, packed alike."""
    module, function, args, kwargs = torch.load(io.BytesIO(packed), weights_only=False)
    target: Any = importlib.import_module(module)
    for part in function.split("."):
        target = getattr(target, part)
    return pack(target(*args, **kwargs))


def pack(value: Any) -> bytes:
    held = io.BytesIO()
    torch.save(value, held)
    return held.getvalue()
