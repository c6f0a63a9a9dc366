"""Limits that a process sets on itself before it opens a stranger's file. Where the system has none, none are set."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

GIB = 1 << 30


def limit_memory(address_space: int) -> None:
    """At most this many bytes of address space. A breach is a MemoryError, or the process's end."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))


def forbid_files() -> None:
    """No file may grow, and no core be left: what a broken decoder could write goes nowhere."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_cpu(seconds: float) -> None:
    """So many more seconds of processor time from now on; after that the system ends the process."""
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, hard))


def bare_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process needs to start, and nothing of this one's: no token, no key."""
    return {"PATH": os.defpath, "LANG": "C.UTF-8", **(extra or {})}
