"""The files of a KONSPEKT_HOME that move with it. Models are fetched again, logs and notes of running programs stay."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from konspekt.app.moving.messages import say
from konspekt.storage.errors import MoveError
from konspekt.storage.private import private_file, private_folder

# The key of the page's sessions, the author's thresholds, what was found of models on this machine, questions
KEPT = ("web.key", "calibration.json", "model-checks.json", "questions/**/*")
INDEX = "index"


def files_of(home: Path, index_file: str | None) -> Iterator[Path]:
    """Relative to the home. `index_file`: of the generation that is searched; others are leftovers."""
    patterns = (*KEPT, f"{INDEX}/{index_file}") if index_file else KEPT
    for pattern in patterns:
        for path in sorted(home.glob(pattern)):
            if path.is_file():
                yield path.relative_to(home)


def copy_files(old: Path, new: Path, names: Sequence[Path]) -> None:
    """Each whole or not at all: a copy is written beside its place first. Raises MoveError."""
    for name in names:
        source, target = old / name, new / name
        beside = target.with_name(f".{target.name}.moving")
        try:
            for folder in (new, *reversed([new / parent for parent in name.parents if parent != Path()])):
                private_folder(folder)
            private_file(beside)
            with source.open("rb") as read, beside.open("wb") as written:
                shutil.copyfileobj(read, written)
                written.flush()
                os.fsync(written.fileno())
            beside.replace(target)
        except OSError as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise MoveError(say("file_not_copied", path=source, home=new, reason=error)) from error
