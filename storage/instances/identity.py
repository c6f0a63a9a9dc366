"""Who this process is among several instances: the same after a restart, since its journal lies in the same folder."""

from __future__ import annotations

import contextlib
import re
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from konspekt.storage.private import private_file

NAME = re.compile(r"[\w.-]{1,100}")


@dataclass(frozen=True, slots=True)
class Identity:
    """`journal`: file of what is on its way. The lock is held as long as this object lives."""

    name: str
    journal: Path
    _lock: FileLock | None = field(default=None, repr=False)


def identify(home: Path) -> Identity:
    """The identity kept in this KONSPEKT_HOME; a new one for this run alone while another process has that one."""
    lock = FileLock(home / "instance.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        name = _new_name()
        return Identity(name, home / f"outbox-{name}.journal")
    kept = home / "instance"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        name, _, inode = kept.read_text(encoding="utf-8").strip().partition(" ")
        if NAME.fullmatch(name) and inode == str(kept.stat().st_ino):  # a copy of a home is another instance
            return Identity(name, home / "outbox.journal", lock)
    name = _new_name()
    private_file(kept)
    kept.write_text(f"{name} {kept.stat().st_ino}", encoding="utf-8")
    return Identity(name, home / "outbox.journal", lock)


def _new_name() -> str:
    host = re.sub(r"[^\w.-]", "", socket.gethostname())[:60]
    return f"{host}-{secrets.token_hex(4)}"
