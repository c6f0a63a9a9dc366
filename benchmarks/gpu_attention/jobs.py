"""Checks and first compilations in several processes at once: compiling a Triton kernel takes a core for seconds."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import torch

Job = tuple[str, str, dict[str, Any]]  # module, function, arguments; it is called with the device first
WORKERS = 8  # each holds a CUDA context of half a gigabyte


def here() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def one(job: Job) -> dict[str, Any]:
    """What the function says, or why it failed: a failed check must not hide the others."""
    module, function, arguments = job
    try:
        return dict(getattr(importlib.import_module(module), function)(here(), **arguments))
    except Exception as reason:  # whatever a kernel or compiler throws belongs in the table
        said = " ".join(str(reason).split())[:200]
        return {"what": f"{function} {arguments}", "good": False, "error": f"{type(reason).__name__}: {said}"}


def run(jobs: list[Job]) -> Iterator[dict[str, Any]]:
    """In the order of `jobs`. The interpreter's numbers need no second process; compiled kernels stay on the disk."""
    workers = min(WORKERS, os.cpu_count() or 1, len(jobs))
    if here().type == "cpu" or workers < 2:
        yield from map(one, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(one, jobs)
