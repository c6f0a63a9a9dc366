"""`konspekt documents`: what is indexed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from konspekt.app.messages import say
from konspekt.app.settings import Settings
from konspekt.bilingual import Bilingual, told
from konspekt.cli.guard import NOTHING_THERE, failure, guarded, spoken_language

if TYPE_CHECKING:
    from konspekt.storage.database import Database


def documents(
    as_json: Annotated[bool, typer.Option("--json", help="An array for scripts.")] = False,
    source: Annotated[str | None, typer.Option(help="Only this source (id or title).")] = None,
) -> None:
    """List what is indexed: id, title, link, date, source, characters."""
    with guarded():
        from konspekt.app.build import build_database
        from konspekt.indexer.listing import list_documents, outline_fields

        database = build_database(Settings())
        found = [outline_fields(row) for row in list_documents(database, source)]
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        elif found:
            _print(found)
        if not found:
            raise failure(_why_nothing(database, source), NOTHING_THERE)


def _why_nothing(database: Database, source: str | None) -> Bilingual:
    from konspekt.indexer.listing import list_sources

    known = list_sources(database)
    if source is None or not known:
        return say("nothing_indexed")
    return say("source_unknown", source=source, known=", ".join(known))


def _print(found: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("id", "date", "title", "characters", "link"):  # an id or a link is copied: never cut short
        table.add_column(name, overflow="fold" if name in {"id", "link"} else "ellipsis")
    for row in found:
        date = row["date"][:10] if row["date"] else ""
        table.add_row(row["id"], date, row["title"], str(row["characters"]), row["url"] or "")
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print(told(say("documents", count=len(found)), spoken_language()))


def register(app: typer.Typer) -> None:
    app.command("documents")(documents)
