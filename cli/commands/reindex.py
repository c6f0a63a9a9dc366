"""`konspekt reindex`: bring the index up to date with its sources."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from konspekt.app.durations import duration
from konspekt.app.messages import say
from konspekt.app.settings import Settings
from konspekt.bilingual import Language, told
from konspekt.cli.guard import (
    FAILED,
    WRONG_USAGE,
    failure,
    guarded,
    tell,
)

if TYPE_CHECKING:
    from konspekt.indexer.reindexing.reports import Progress, ProgressCallback, ReindexReport
    from konspekt.storage.database import Database

EPILOG = """
[bold]Examples[/bold]

konspekt reindex ~/Downloads/ChatExport_2024-05-17     a Telegram Desktop export

konspekt reindex course/ https://t.me/s/durov          a folder of course files, a public channel's page

konspekt reindex                                       everything given before, and SOURCES

konspekt reindex --workers 4                           in four processes (pip install 'konspekt\\[ray]')

konspekt reindex --workers ray://head.example:10001    on a Ray cluster

konspekt reindex --forget course:old                   out of the index (ids: konspekt documents)
"""

COLUMNS = ("source", "read", "added", "changed", "removed", "unchanged", "outcome")


def reindex(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders and t.me links; none: SOURCES and everything given before."),
    ] = None,
    *,
    full: Annotated[bool, typer.Option("--full", help="Cut and embed everything anew, changed or not.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and compare only; change nothing.")] = False,
    forget: Annotated[
        list[str] | None, typer.Option("--forget", help="Take this source out of the index (an id; may be repeated).")
    ] = None,
    workers: Annotated[
        str,
        typer.Option("--workers", metavar="N|ray://…", help="Processes here, or a Ray cluster, that cut and embed."),
    ] = "1",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Read sources into the index, at the cost of what changed.

    What disappeared from a source that was read completely is removed. Sources that are not named stay untouched.
    Exit status: 0 fine, 1 something could not be read (the rest is indexed), 2 nothing to read.
    """
    with guarded():
        from konspekt.app.build import build_database, build_reindexer
        from konspekt.indexer.reindexing.workers.choosing import reindex_workers

        settings = Settings()
        # Ray reports to its makers unless told otherwise
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        with reindex_workers(workers, settings.embedding_model, settings.models) as pool:
            database = build_database(settings)
            reindexer = build_reindexer(settings, database, workers=pool)
            if forget and (paths or full or dry_run):
                raise failure(say("forget_alone"), WRONG_USAGE)
            if not forget and not paths and not reindexer.remembered_paths():
                raise failure(say("nothing_to_read"), WRONG_USAGE)
            with reindex_progress(settings.spoken) as progress:
                if forget:
                    report = reindexer.forget(forget)
                else:
                    report = reindexer.run(paths, full=full, dry_run=dry_run, progress=progress)
        if as_json:
            typer.echo(json.dumps(report.to_json(settings.spoken), ensure_ascii=False, indent=2))
        else:
            print_report(report, settings.spoken)
        print_hints(database, report)
        if not report.ok:
            raise typer.Exit(FAILED)


@contextmanager
def reindex_progress(language: Language) -> Iterator[ProgressCallback]:
    """A bar on standard error with rate and time left; silent unless that is a terminal."""
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
        task = bar.add_task(told(say("starting"), language), total=None, speed="")

        def show(event: Progress) -> None:
            left = None if event.seconds_left is None else duration(event.seconds_left)
            speed = say("rate", rate=event.rate) if left is None else say("rate_left", rate=event.rate, time=left)
            description = f"{told(say(f'step_{event.step}'), language)} {event.source}".strip()
            bar.update(
                task,
                description=description,
                completed=event.done,
                total=event.total,
                speed=told(speed, language) if event.rate else "",
            )

        yield show


def print_report(report: ReindexReport, language: Language, to_stderr: bool = False) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, stderr=to_stderr)  # a channel's name may hold brackets
    table = Table(*(told(say(name), language) for name in COLUMNS), box=None, pad_edge=False)
    for source in report.sources:
        numbers = (source.documents, source.added, source.changed, source.removed, source.unchanged)
        read, added, changed, removed, unchanged = (str(number) for number in numbers)
        outcome = told(say(f"status_{source.status}"), language)
        table.add_row(source.title, read, added, changed, removed, unchanged, outcome)
    if report.sources:
        console.print(table)
    errors = Console(stderr=True, highlight=False)
    for problem in report.all_problems():
        errors.print(told(problem, language), style="yellow", markup=False, soft_wrap=True)
    if report.dry_run:
        line = say("dry_run", documents=report.documents)
    else:
        counts = {"documents": report.documents, "chunks": report.chunks, "embedded": report.embedded}
        line = say("summary", **counts, time=duration(report.seconds))
    console.print(told(line, language))


def print_hints(database: Database, report: ReindexReport) -> None:
    """On standard error, also with --json: what would make the index better."""
    from konspekt.indexer.listing import channels_without_links

    for source_id, title in channels_without_links(database, [source.id for source in report.sources]):
        name = source_id.rpartition(":")[2] if "," in title or not title else title  # the setting is split at commas
        tell(say("hint_links", title=title, name=name))


def register(app: typer.Typer) -> None:
    app.command("reindex", epilog=EPILOG)(reindex)
