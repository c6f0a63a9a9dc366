"""Files and folders that only their owner can read: 0600 and 0700 from their creation on, whatever the umask says.

Conversations, drafts, keys in logs: what Konspekt keeps is private. What was made open before is closed when it is
used again; what belongs to another account is left as it is, and `konspekt doctor` reports it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

FILE, FOLDER = 0o600, 0o700
OTHERS = 0o077


def private_folder(folder: Path) -> None:
    """Makes a folder that only its owner may enter, or makes it so. Raises OSError where it cannot be made."""
    folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    close_to_others(folder)


def private_file(path: Path) -> None:
    """Makes an empty file that only its owner may read, or makes it so."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE))
    close_to_others(path)


def close_to_others(path: Path) -> None:
    """Takes away other users' rights where the file is ours; a shared folder such as /tmp stays as it is."""
    with contextlib.suppress(OSError):
        state = path.stat()
        if not state.st_mode & stat.S_ISVTX and state.st_mode & OTHERS:
            path.chmod(stat.S_IMODE(state.st_mode) & ~OTHERS)


def open_to_others(home: Path) -> Iterator[Path]:
    """What in our folder other users can read: the folder itself, databases, the journal, logs."""
    if os.name != "posix" or not home.is_dir():
        return
    kept = (*home.glob("*.db*"), *home.glob("*.journal"), *home.glob("logs"), *home.glob("logs/*"))
    for path in (home, *sorted(kept)):
        with contextlib.suppress(OSError):
            if path.stat().st_mode & OTHERS:
                yield path
