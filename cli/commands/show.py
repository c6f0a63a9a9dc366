"""`konspekt show`: one document in full."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from konspekt.app.messages import say
from konspekt.app.settings import Settings
from konspekt.cli.guard import NOTHING_THERE, failure, guarded


def show(
    document_id: Annotated[str, typer.Argument(help="An id as `konspekt documents` lists it, or its link.")],
    as_json: Annotated[bool, typer.Option("--json", help="All fields as JSON.")] = False,
) -> None:
    """Show one document: its whole text and fields."""
    with guarded():
        from konspekt.app.build import build_database
        from konspekt.indexer.document_rows import document_to_json
        from konspekt.indexer.listing import find_document

        document = find_document(build_database(Settings()), document_id)
        if document is None:
            raise failure(say("document_unknown", id=document_id), NOTHING_THERE)
        if as_json:
            typer.echo(json.dumps(document_to_json(document), ensure_ascii=False, indent=2))
            return
        for name in ("id", "title", "url", "published_at", "author", "source_id", "language", "forwarded_from"):
            value = getattr(document, name)
            if value:
                typer.echo(f"{name}: {value}")
        typer.echo(f"\n{document.text}")


def register(app: typer.Typer) -> None:
    app.command("show")(show)
