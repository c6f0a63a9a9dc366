"""A model is fetched with a progress bar."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def fetch_with_progress(name: str, models_dir: Path) -> Path:
    """`modelhub.ensure` with a progress bar on standard error; raises ModelHubError."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from konspekt import modelhub

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    watched = sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not watched) as bar:
        task: dict[str, object] = {}

        def show(event: modelhub.Progress) -> None:
            if event.file not in task:
                task[event.file] = bar.add_task(event.file, total=event.total)
            bar.update(
                task[event.file],  # type: ignore[arg-type]
                completed=event.done,
                total=event.total,
                description=f"{event.file} · {event.place}",
            )

        return modelhub.ensure(name, models_dir, show)
