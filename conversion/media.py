"""The files that a post brings along: only regular files inside the folder that the post itself came from.

An export or an article is somebody's text. What it names as a picture may be any path of this machine.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def is_address(path: str) -> bool:
    """`https://…`, `data:…`: not a file of this machine. A single letter is a Windows drive."""
    match = _ADDRESS.match(path)
    return match is not None and match.end() > 2


def file_inside(path: str | None, folder: str | Path | None) -> Path | None:
    """The regular file that `path` (relative to `folder`, or absolute) leads to, links followed; None if it is not
    there, is no regular file, lies outside `folder`, or is hidden: a `.env` is no picture."""
    if not path or folder is None or is_address(path):
        return None
    try:
        root = Path(folder).resolve(strict=True)
        found = (root / path).resolve(strict=True)
        inner = found.relative_to(root)
        if any(part.startswith(".") for part in inner.parts) or not stat.S_ISREG(found.stat().st_mode):
            return None
    except (OSError, ValueError, RuntimeError):  # absent, too long, a NUL in it, outside, links in a circle
        return None
    return found


def open_inside(found: Path) -> BinaryIO:
    """Opens what `file_inside` has found. Raises OSError if it became a link or a pipe in the meantime."""
    descriptor = os.open(found, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError(f"{found} is not a regular file")
    return file
