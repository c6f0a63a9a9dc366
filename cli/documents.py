"""`konspekt documents`: what is indexed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.guard import NOTHING_THERE, guarded
from cli.settings import Settings

if TYPE_CHECKING:
    from storage.database import Database


def documents(
    as_json: Annotated[bool, typer.Option("--json", help="An array for scripts.")] = False,
    source: Annotated[str | None, typer.Option(help="Only this source (id or title).")] = None,
) -> None:
    """List what is indexed: id, title, link, date, source, characters."""
    with guarded():
        from cli.build import build_database
        from indexer.listing import list_documents

        database = build_database(Settings())
        found = [_to_json(row) for row in list_documents(database, source)]
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            _print(found)
        if not found:
            typer.secho(f"konspekt: {_why_nothing(database, source)}", err=True)
            raise typer.Exit(NOTHING_THERE)


def _why_nothing(database: Database, source: str | None) -> str:
    from indexer.listing import list_sources

    known = list_sources(database)
    if source is None or not known:
        return "nothing is indexed yet: run `konspekt reindex PATH`"
    return f"nothing is indexed of {source!r}; sources are {', '.join(known)}"


def _to_json(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "url": row.url,
        "date": row.published_at.isoformat() if row.published_at else None,
        "source": row.source_id,
        "characters": row.characters,
    }


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
    console.print(f"{len(found)} documents")


def register(app: typer.Typer) -> None:
    app.command("documents")(documents)
