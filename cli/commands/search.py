"""`konspekt search`: passages for a query, as a list or as JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from konspekt.app.messages import say
from konspekt.app.settings import Settings
from konspekt.bilingual import Language, told
from konspekt.cli.dates import parse_date
from konspekt.cli.guard import NOTHING_THERE, guarded, spoken_language, tell
from konspekt.cli.text_in import lines, readable

if TYPE_CHECKING:
    from konspekt.indexer.passages import Passage
    from konspekt.storage.database import Database

MODES = ("dense", "lexical", "fused", "reranked")
EPILOG = """
[bold]Examples[/bold]

konspekt search "как работает SageAttention" -k 3

konspekt search LoRA --since 2024-06 --json | jq '.[0].url'

konspekt search - < queries.txt     (one query a line in, one line of JSON each out)
"""


def search(
    query: Annotated[str, typer.Argument(help="What to look for; `-` reads one query a line from standard input.")],
    *,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="An array of passages.")] = False,
    since: Annotated[
        str | None, typer.Option(help="Published on this date or later: 2024-05-17, 2024-05, 2024.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Published on this date or earlier.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source (id or title); may be repeated.")] = None,
    mode: Annotated[
        str | None, typer.Option(help="dense, lexical, fused or reranked; default: the best there is.")
    ] = None,
) -> None:
    """Find passages in what is indexed."""
    if mode not in {None, *MODES}:
        message = told(say("bad_mode", value=mode, modes=", ".join(MODES)), spoken_language())
        raise typer.BadParameter(message, param_hint="--mode")
    filters: dict[str, Any] = {
        "since": parse_date(since, "--since"),
        "until": parse_date(until, "--until", end_of_day=True),
        "sources": source or None,
        "mode": mode,
    }
    with guarded():
        from konspekt.answering.export import passage_fields
        from konspekt.app.build import build_database, build_embedder, build_searcher

        settings = Settings()
        database = build_database(settings)
        searcher = build_searcher(settings, database, build_embedder(settings, light=True))
        if query == "-":
            for line in lines():
                passages = searcher.search(line, k, **filters)
                typer.echo(json.dumps([passage_fields(p) for p in passages], ensure_ascii=False))
                sys.stdout.flush()
            return
        passages = searcher.search(readable(query), k, **filters)
        if as_json:
            typer.echo(json.dumps([passage_fields(p) for p in passages], ensure_ascii=False, indent=2))
        else:
            _print(passages, settings.spoken)
        if not passages:
            _say_unknown_sources(database, source)
            raise typer.Exit(NOTHING_THERE)


def _say_unknown_sources(database: Database, wanted: list[str] | None) -> None:
    from konspekt.indexer.listing import list_documents, list_sources

    for name in wanted or ():
        if not list_documents(database, name):
            tell(say("source_unknown", source=name, known=", ".join(list_sources(database))))


def _print(passages: list[Passage], language: Language) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    if not passages:
        console.print(told(say("nothing_found"), language), style="yellow")
    for passage in passages:
        date = f"{passage.published_at:%Y-%m-%d}" if passage.published_at else told(say("no_date"), language)
        console.print(Text(f"{passage.rank}. {passage.title}", style="bold"))
        console.print(Text(f"   {date} · {passage.url or passage.document_id}", style="cyan"))
        text = " ".join(passage.text.split())
        console.print(Text("   " + (text if len(text) <= 300 else text[:299] + "…")))
        if passage.folded:
            same = told(say("same_text", ids=", ".join(passage.folded)), language)
            console.print(Text(f"   {same}", style="dim"))


def register(app: typer.Typer) -> None:
    app.command("search", epilog=EPILOG)(search)
