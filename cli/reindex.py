"""`konspekt reindex`: bring the index up to date with its sources."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.guard import FAILED, WRONG_USAGE, guarded
from cli.settings import Settings

if TYPE_CHECKING:
    from indexer.reports import Progress, ProgressCallback, ReindexReport
    from storage.database import Database

EPILOG = """
[bold]Examples[/bold]

konspekt reindex ~/Downloads/ChatExport_2024-05-17     a Telegram Desktop export

konspekt reindex course/ https://t.me/s/durov          a folder of course files, a public channel's page

konspekt reindex                                       everything given before, and SOURCES

konspekt reindex --forget course:old                   out of the index (ids: konspekt documents)
"""

STEPS = {"reading": "reading", "preparing": "cutting", "embedding": "embedding", "publishing": "publishing"}


def reindex(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders and t.me links; none: SOURCES and everything given before."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Cut and embed everything anew, changed or not.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare only; change nothing.")] = False,
    forget: Annotated[
        list[str] | None, typer.Option("--forget", help="Take this source out of the index (an id; may be repeated).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Read sources into the index, at the cost of what changed.

    What disappeared from a source that was read completely is removed. Sources that are not named stay untouched.
    Exit status: 0 fine, 1 something could not be read (the rest is indexed), 2 nothing to read.
    """
    with guarded():
        from cli.build import build_database, build_reindexer

        settings = Settings()
        database = build_database(settings)
        reindexer = build_reindexer(settings, database)
        if forget and (paths or full or dry_run):
            typer.secho("konspekt: --forget stands alone. See --help", err=True, fg="red")
            raise typer.Exit(WRONG_USAGE)
        if not forget and not paths and not reindexer.remembered_paths():
            typer.secho("konspekt: nothing to read: give a path, or set SOURCES. See --help", err=True, fg="red")
            raise typer.Exit(WRONG_USAGE)
        with reindex_progress() as progress:
            if forget:
                report = reindexer.forget(forget)
            else:
                report = reindexer.run(paths, full=full, dry_run=dry_run, progress=progress)
        if as_json:
            typer.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
        else:
            print_report(report)
        print_hints(database, report)
        if not report.ok:
            raise typer.Exit(FAILED)


@contextmanager
def reindex_progress() -> Iterator[ProgressCallback]:
    """A bar on standard error with rate and time left; silent where nobody looks at it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
    )
    with Bar(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("starting", total=None, speed="")

        def show(event: Progress) -> None:
            left = "" if event.seconds_left is None else f" · {_duration(event.seconds_left)} left"
            speed = f"{event.rate:,.0f}/s{left}" if event.rate else ""
            description = f"{STEPS[event.step]} {event.source}".strip()
            bar.update(task, description=description, completed=event.done, total=event.total, speed=speed)

        yield show


def print_report(report: ReindexReport, to_stderr: bool = False) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, stderr=to_stderr)  # a channel's name may hold brackets
    table = Table("source", "read", "added", "changed", "removed", "unchanged", "status", box=None, pad_edge=False)
    for source in report.sources:
        numbers = (source.documents, source.added, source.changed, source.removed, source.unchanged)
        read, added, changed, removed, unchanged = (str(number) for number in numbers)
        table.add_row(source.title, read, added, changed, removed, unchanged, source.status)
    if report.sources:
        console.print(table)
    errors = Console(stderr=True, highlight=False)
    for problem in [*report.problems, *(problem for source in report.sources for problem in source.problems)]:
        errors.print(problem, style="yellow", markup=False, soft_wrap=True)
    if report.dry_run:
        console.print(f"dry run: nothing was changed ({report.documents} documents are in the index)")
    else:
        embedded = f"{report.embedded} embedded in {_duration(report.seconds)}"
        console.print(f"{report.documents} documents, {report.chunks} passages in the index; {embedded}")


def print_hints(database: Database, report: ReindexReport) -> None:
    """On standard error, also with --json: what would make the index better."""
    from indexer.listing import channels_without_links

    for source_id, title in channels_without_links(database, [source.id for source in report.sources]):
        name = source_id.rpartition(":")[2] if "," in title or not title else title  # the setting is split at commas
        hint = f'hint: posts of "{title}" have no public links; if it is a public channel, set'
        typer.secho(f'{hint} CHANNEL_USERNAMES="{name}=<username>" and reindex again', err=True, dim=True)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d} h"


def register(app: typer.Typer) -> None:
    app.command("reindex", epilog=EPILOG)(reindex)
