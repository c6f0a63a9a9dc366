"""`konspekt eval memory`: does memory find what was said, and nothing of anybody else's?"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from konspekt.app.settings import Settings
from konspekt.cli.commands.eval.options import AsJson
from konspekt.cli.guard import guarded

if TYPE_CHECKING:
    from konspekt.memory.evaluation import Scores

HistoryFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="JSON lines: what was said, asked and tried, in order.")
]


def memory(
    file: HistoryFile,
    *,
    misses: Annotated[bool, typer.Option("--misses", help="Name the questions that went wrong.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plays histories of readers into a database of their own, asks about them, and tries to reach others' words."""
    with guarded():
        from konspekt.app.build import build_embedder
        from konspekt.memory.evaluation import Player, read_histories
        from konspekt.storage.database import Database

        try:
            records = read_histories(file)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        with tempfile.TemporaryDirectory(prefix="konspekt-memory-") as folder:
            database = Database(f"sqlite:///{Path(folder) / 'histories.db'}")
            database.migrate()
            try:
                scores = Player(database, build_embedder(Settings())).play(records)
            finally:
                database.close()
        if as_json:
            typer.echo(json.dumps(report_of(scores, misses=misses), ensure_ascii=False, indent=2))
            return
        print_scores(scores)
        for one in scores.misses if misses else ():
            typer.echo(f"{one['kind']}: {one['question']}\n    {one['said']}")


def report_of(scores: Scores, *, misses: bool = False) -> dict[str, object]:
    kinds = {
        kind: {"questions": len(right), "right": round(sum(right) / len(right), 4)}
        for kind, right in scores.questions.items()
    }
    report: dict[str, object] = {"kinds": kinds, "attempts": scores.attempts, "leaks": scores.leaks}
    return {**report, "misses": scores.misses} if misses else report


def print_scores(scores: Scores) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(title="Memory", title_justify="left")
    for name in ("question", "count", "right"):
        shown.add_column(name, justify="left" if name == "question" else "right")
    for kind, right in scores.questions.items():
        shown.add_row(kind, str(len(right)), f"{sum(right) / len(right):.3f}")
    console = Console()
    console.print(shown)
    console.print(f"{scores.attempts} attempts to reach another reader's words, {scores.leaks} of them with success.")
