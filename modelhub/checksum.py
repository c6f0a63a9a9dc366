"""SHA-256 of model files, remembered so that a gigabyte is read once and not at every start."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from konspekt.modelhub.errors import HashMismatchError
from konspekt.modelhub.messages import say

_STAMPS = ".verified.json"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_blob_of(path: Path) -> str:
    """What git calls a file of these contents: SHA-1 over `blob SIZE`, a zero and the contents."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _load(folder: Path) -> dict[str, list[object]]:
    try:
        stamps = json.loads((folder / _STAMPS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


def remember(path: Path, sha256: str) -> None:
    """Note that `path`, with its present size and time, has this hash. In a read-only folder it is not remembered."""
    stat = path.stat()
    stamps = _load(path.parent)
    stamps[path.name] = [stat.st_size, stat.st_mtime_ns, sha256]
    with contextlib.suppress(OSError):
        fresh = path.parent / f"{_STAMPS}.{os.getpid()}"
        fresh.write_text(json.dumps(stamps, indent=1), "utf-8")
        fresh.replace(path.parent / _STAMPS)


def verify(path: Path, size: int, sha256: str) -> None:
    """Check a file that is already there, by its stamp if it was read before.

    Raises HashMismatchError: the file is another one, or cut short.
    """
    stat = path.stat()
    if _load(path.parent).get(path.name) == [stat.st_size, stat.st_mtime_ns, sha256]:
        return
    if stat.st_size != size:
        raise HashMismatchError(say("file_size", path=path, found=stat.st_size, size=size))
    found = sha256_of(path)
    if found != sha256:
        raise HashMismatchError(say("file_hash", path=path, found=found, sha256=sha256))
    remember(path, sha256)
