"""`konspekt migrate`: everything into another database, another folder, or both."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from konspekt.app.durations import duration
from konspekt.app.moving.messages import say
from konspekt.app.settings import Settings
from konspekt.bilingual import Language, told
from konspekt.cli.guard import INTERRUPTED, WRONG_USAGE, failure, guarded, tell

if TYPE_CHECKING:
    from konspekt.app.moving.house import House
    from konspekt.storage.moving.move import Report, Step

EPILOG = """
[bold]Examples[/bold]

konspekt migrate --to postgresql://me:secret@db.example/konspekt     from the file to a server

konspekt migrate --to postgresql://… --vectors pgvector              with its vectors in the server too

konspekt migrate --home /srv/konspekt                                into another folder, index file and all

konspekt migrate --to sqlite:///konspekt.db --home copy              from a server back to a file

konspekt migrate --to postgresql://… --dry-run                       what would go, and whether it may
"""


def migrate(
    to: Annotated[
        str | None, typer.Option("--to", metavar="URL", help="The new database; without it, a file in --home.")
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="FOLDER", help="A new KONSPEKT_HOME, for the files too.")
    ] = None,
    vectors: Annotated[
        str | None,
        typer.Option("--vectors", metavar="STORE", help="The new VECTOR_STORE: faiss, pgvector, milvus://…"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be copied; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Move to another database or folder: posts, index, memory, statistics, drafts, what waits to be answered.

    Vectors go as they are: nothing is embedded again. Stop the bot first: until the command is done nothing can be
    written to the old place, which is otherwise left as it is. Ctrl-C, a crash: run it again, it goes on where it
    stopped. At the end every row is compared. Exit status: 0 moved and equal, 1 failed, 2 wrong usage.
    """
    try:
        with guarded():
            from konspekt.app.build import build_database
            from konspekt.app.moving.house import move_house

            if to is None and home is None:
                raise failure(say("nowhere"), WRONG_USAGE)
            settings = Settings()
            old = build_database(settings)
            if not dry_run:
                tell(say("held"))
            with _progress(settings.spoken) as report:
                house = move_house(settings, old, to, home, report, vectors=vectors, dry_run=dry_run)
            if as_json:
                typer.echo(json.dumps(house.to_json(), ensure_ascii=False, indent=2))
            else:
                _print(house, settings.spoken)
    except typer.Exit as stop:
        if stop.exit_code == INTERRUPTED:
            tell(say("again"))
        raise


def _print(house: House, language: Language) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    table = Table(told(say("part"), language), told(say("rows"), language), box=None, pad_edge=False)
    for name, count in house.rows.items():
        if count:
            table.add_row(name, f"{count:,}")
    console.print(table)
    total = sum(house.rows.values())
    if house.dry_run:
        console.print(told(say("would_move", rows=total, files=len(house.files), place=house.place), language))
        return
    line = say("moved", rows=total, copied=house.copied, place=house.place, time=duration(house.seconds))
    console.print(told(line, language), soft_wrap=True)
    written = ", ".join(f"{name}={value}" for name, value in house.settings.items())
    console.print(told(say("next", settings=written), language), soft_wrap=True)


@contextmanager
def _progress(language: Language) -> Iterator[Report]:
    """A bar on standard error; silent unless that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        tasks: dict[tuple[str, str], TaskID] = {}

        def show(step: Step, part: str, done: int, total: int) -> None:
            description = f"{told(say(f'step_{step}'), language)} {part}"
            if (step, part) not in tasks:
                for task in tasks.values():
                    bar.update(task, visible=False)
                tasks[step, part] = bar.add_task(description, total=total)
            bar.update(tasks[step, part], completed=done, total=total)

        yield show


def register(app: typer.Typer) -> None:
    app.command("migrate", epilog=EPILOG)(migrate)
