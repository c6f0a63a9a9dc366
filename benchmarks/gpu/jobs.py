"""Checks, first compilations and times in processes of their own: what one of them does to the GPU stays there.

Compiling a Triton kernel takes a core for seconds, so many go at once. An illegal address ends every later call of its
process, and a kernel that never returns its process: a run that nobody watches must go on without it.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

import torch

from benchmarks.common.frame import Deadline, said

Job = tuple[str, str, dict[str, Any]]  # module, function, arguments; it is called with the device first
WORKERS = 14  # of sixteen cores: most of a check is the compiler's time
CONTEXT = 2**30  # bytes of a GPU's memory that one of them may take: half of it a CUDA context
PATIENCE = 120.0  # seconds for one job


def here() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def alive() -> bool:
    """Whether the GPU still answers this process."""
    try:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
    except RuntimeError:
        return False
    return True


def one(job: Job) -> dict[str, Any]:
    """What the function says, or why it failed: a failed check must not hide the others.

    `dead` is in it when this process has no GPU any more.
    """
    module, function, arguments = job
    try:
        return dict(getattr(importlib.import_module(module), function)(here(), **arguments))
    except Exception as reason:  # whatever a kernel or compiler throws belongs in the table
        return _failed(job, said(reason)) | ({} if alive() else {"dead": True})


def workers(jobs: int) -> int:
    """Processes at once: as many as there are cores and room on the GPU for."""
    room = torch.cuda.mem_get_info()[0] // (2 * CONTEXT) if torch.cuda.is_available() else WORKERS
    return max(1, min(WORKERS, os.cpu_count() or 1, room, jobs))


def _failed(job: Job, error: str) -> dict[str, Any]:
    return {"what": f"{job[1]} {job[2]}", "good": False, "error": error}


class Alone:
    """One job at a time, in a process that is kept as long as it lives. Without a GPU in this one."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def run(self, job: Job, patience: float = PATIENCE) -> dict[str, Any]:
        """patience: seconds; `dead` is in the row of a job that took the process with it."""
        if here().type == "cpu":
            return one(job)
        self._pool = self._pool or ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        try:
            row = self._pool.submit(one, job).result(patience)
        except BrokenProcessPool:
            row = _failed(job, "its process died") | {"dead": True}
        except TimeoutError:
            row = _failed(job, f"not done after {patience:g} s") | {"dead": True}
        if row.get("dead"):
            self.end()
        return row

    def end(self) -> None:
        """Not waited for: the process may hang in a kernel."""
        if self._pool is not None:
            for process in list(self._pool._processes.values()):
                process.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def run(jobs: list[Job], deadline: Deadline | None = None) -> Iterator[dict[str, Any]]:
    """In the order of `jobs`, several at once; compiled kernels stay on the disk. Ends early when the time is over."""
    deadline = deadline or Deadline()
    if here().type == "cpu":  # the interpreter's numbers need no second process
        for job in jobs:
            if deadline.over:
                return
            yield one(job)
        return
    own, everyone = threading.local(), list[Alone]()

    def call(job: Job) -> dict[str, Any] | None:
        if deadline.over:
            return None
        if not hasattr(own, "process"):
            own.process = Alone()
            everyone.append(own.process)
        return dict(own.process.run(job))

    try:
        with ThreadPoolExecutor(workers(len(jobs))) as threads:
            for row in threads.map(call, jobs):
                if row is None:
                    return
                yield row
    finally:
        for process in everyone:
            process.end()
