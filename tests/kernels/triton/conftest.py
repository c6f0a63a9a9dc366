"""Triton kernels on a machine without a GPU: `interpreted` runs them, in a process of its own."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
import torch

from tests.kernels.triton import worker

pytest.importorskip("triton", reason="the GPU kernels are checked with Triton: pip install 'triton>=3.6'")

Interpreted = Callable[..., Any]
# the heavy sweeps of a hand run: KONSPEKT_SWEEP=1 pytest tests/kernels/triton
SWEEP = os.environ.get("KONSPEKT_SWEEP") == "1"
EDGES = (1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65)  # rows of x about which tiles and kernels change


@pytest.fixture(scope="session")
def interpreted() -> Iterator[Interpreted]:
    """interpreted("konspekt.kernels.attention", "attention", q, k, v, causal=True): called in the interpreter."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=worker.start) as pool:

        def run(module: str, function: str, *args: Any, **kwargs: Any) -> Any:
            packed = worker.pack((module, function, args, kwargs))
            return torch.load(io.BytesIO(pool.submit(worker.call, packed).result()), weights_only=False)

        yield run
