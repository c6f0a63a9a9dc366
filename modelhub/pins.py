"""Which revision of a publisher's repository lies in a folder, and what its files are, since the first fetch.

A repository's main branch moves. What was fetched once stays what it was: files fetched later come from the same
commit, and every file is known by its hash, the small ones that git holds too.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

_FILE = ".revision.json"


@dataclass(frozen=True, slots=True)
class Known:
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Pin:
    """revision: a commit; files: what was fetched of it, by path inside the repository; complete: all that is wanted
    of a folder is there."""

    revision: str
    files: dict[str, Known]
    complete: bool = False


def read(folder: Path) -> Pin | None:
    """None where nothing was fetched, or not by a version that pins, or where the note is damaged."""
    try:
        said = json.loads((folder / _FILE).read_text("utf-8"))
        files = {str(path): Known(int(one["size"]), str(one["sha256"])) for path, one in said["files"].items()}
        return Pin(str(said["revision"]), files, bool(said["complete"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(folder: Path, pin: Pin) -> None:
    """Whole or not at all."""
    files = {path: {"size": known.size, "sha256": known.sha256} for path, known in pin.files.items()}
    fresh = folder / f"{_FILE}.{os.getpid()}"
    text = json.dumps({"revision": pin.revision, "complete": pin.complete, "files": files}, indent=1)
    fresh.write_text(text, "utf-8")
    fresh.replace(folder / _FILE)
