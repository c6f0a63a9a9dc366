"""What was about to leave this machine, written down a few microseconds before it left.

One line per message, appended by a single system call: it survives the process (not a power cut), needs no lock, and
is so quick that nothing happens between it and the sending. The database remembers what was sent, with its id; the
journal only fills the moment between, so that a restart knows which messages were on their way.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from konspekt.storage.private import private_file, private_folder

LONGEST = 1 << 20  # bytes; then only what still matters is kept


class Journal:
    """Steps of updates whose message left and of which the database does not know yet how it went.

    `path` None keeps it in memory: for bots that need not survive anything.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._open: set[tuple[int, str]] = set()
        self._file: int | None = None
        self._size = 0
        if path is not None:
            if not path.parent.is_dir():
                private_folder(path.parent)
            self._open = open_entries(path)
            self._start_file()

    def left(self, update_id: int, step: str) -> None:
        """The message of this step leaves now."""
        self._open.add((update_id, step))
        self._append(f"+{update_id} {step}\n")

    def came_back(self, update_id: int, step: str) -> None:
        """It was not taken after all."""
        if (update_id, step) in self._open:
            self._open.discard((update_id, step))
            self._append(f"-{update_id} {step}\n")

    def has_left(self, update_id: int, step: str) -> bool:
        return (update_id, step) in self._open

    def finished(self, update_id: int) -> None:
        """The database knows all about this update."""
        self._open = {entry for entry in self._open if entry[0] != update_id}

    def keep_only(self, update_ids: Collection[int]) -> None:
        """At the start: what belongs to updates that are done, or to another bot, no longer matters."""
        self._open = {entry for entry in self._open if entry[0] in update_ids}
        self._start_file()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _append(self, line: str) -> None:
        if self._file is None:
            return
        self._size += os.write(self._file, line.encode())
        if self._size > LONGEST:
            self._start_file()

    def _start_file(self) -> None:
        """A new file with what is still open, which replaces the old one atomically."""
        if self._path is None:
            return
        self.close()
        lines = "".join(f"+{update_id} {step}\n" for update_id, step in sorted(self._open))
        fresh = self._path.with_suffix(".new")
        private_file(fresh)
        fresh.write_text(lines)
        fresh.replace(self._path)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._size = len(lines)


def open_entries(path: Path) -> set[tuple[int, str]]:
    """(update, step) of what left and did not come back. A last line without its end was never followed by a message:
    it does not count."""
    found: set[tuple[int, str]] = set()
    text = path.read_text(errors="replace") if path.exists() else ""
    for line in text.split("\n")[:-1]:
        identifier, _, step = line[1:].partition(" ")
        if not identifier.lstrip("-").isdigit():
            continue
        entry = (int(identifier), step)
        if line[0] == "+":
            found.add(entry)
        else:
            found.discard(entry)
    return found
