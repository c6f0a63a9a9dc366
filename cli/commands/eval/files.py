"""Question files as they are written: one line of JSON per question, whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from konspekt.cli.commands.eval.messages import say
from konspekt.cli.guard import FAILED, WRONG_USAGE, failure

STANDARD_OUTPUT = Path("-")


def check_out(path: Path, *, force: bool) -> None:
    """Raises typer.Exit where the file exists and may not be overwritten."""
    if path != STANDARD_OUTPUT and path.exists() and not force:
        raise failure(say("out_exists", path=path), WRONG_USAGE)


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replaces the file at once: killed in between, it is as it was before."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8") as file:
            file.writelines(line(row) + "\n" for row in rows)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise failure(say("out_failed", path=path, reason=error), FAILED) from None


def line(row: Mapping[str, Any]) -> str:
    return json.dumps(dict(row), ensure_ascii=False)
