"""`konspekt ask`: one question, one cited answer."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from konspekt.app.settings import Settings
from konspekt.cli.dates import parse_date
from konspekt.cli.guard import WRONG_USAGE, guarded, tell
from konspekt.cli.text_in import read_line, readable

if TYPE_CHECKING:
    from konspekt.answering.answerer import Answerer

EPILOG = """
[bold]Examples[/bold]

konspekt ask "Почему в SageAttention PV считают в FP16?"

konspekt ask "What is a KV cache?" --json | jq -r '.citations[].url'

konspekt ask - < questions.txt     (one question a line in, one line of JSON each out)
"""


def ask(
    question: Annotated[str, typer.Argument(help="The question; `-` reads one a line from standard input.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The answer with its sources as one object.")] = False,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Quote the best passages, ask no model.")] = False,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages to look at.")] = 8,
    since: Annotated[
        str | None, typer.Option(help="Only posts of this date or later: 2024-05-17, 2024-05, 2024.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Only posts of this date or earlier.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source (id or title); may be repeated.")] = None,
) -> None:
    """Answer a question from what is indexed, with links to the posts.

    The model is that of OPENAI_BASE_URL, else of the server that runs here, else LOCAL_MODEL for as long as this takes.
    Without one, with `--no-llm`, or when it fails, the best passages are quoted. A refusal ("not in the material") is
    an answer too: exit status 0. Nothing indexed: 3.
    """
    options: dict[str, Any] = {
        "k": k,
        "since": parse_date(since, "--since"),
        "until": parse_date(until, "--until", end_of_day=True),
        "sources": source or None,
    }
    question = readable(question)
    if not question:
        typer.secho("konspekt: the question is empty", err=True, fg="red")
        raise typer.Exit(WRONG_USAGE)
    with guarded():
        from konspekt.app.build import build_answerer, build_database
        from konspekt.app.local_model.at_hand import model_at_hand

        settings = Settings()
        database = build_database(settings)
        with nullcontext((settings, None)) if no_llm else model_at_hand(settings, tell) as (settings, _):
            answerer = build_answerer(settings, database, with_model=not no_llm)
            if question == "-":
                asyncio.run(_each_line(answerer, options))
            else:
                asyncio.run(_one(answerer, question, options, as_json=as_json))


async def _one(answerer: Answerer, question: str, options: dict[str, Any], *, as_json: bool) -> None:
    from konspekt.answering.export import answer_fields
    from konspekt.cli.answer_view import follow, show

    try:
        if as_json:
            answer = await answerer.answer(question, **options)
            typer.echo(json.dumps(answer_fields(answer), ensure_ascii=False, indent=2))
            return
        from rich.console import Console

        console = Console(highlight=False)
        show(await follow(answerer.stream(question, **options), console), console)
    finally:
        await answerer.close()


async def _each_line(answerer: Answerer, options: dict[str, Any]) -> None:
    """Everything is loaded once; a line's answer is out before the next line is read."""
    from konspekt.answering.export import answer_fields

    try:
        while (line := await asyncio.to_thread(read_line)) is not None:
            if line:
                answer = await answerer.answer(line, **options)
                typer.echo(json.dumps(answer_fields(answer), ensure_ascii=False))
                sys.stdout.flush()
    finally:
        await answerer.close()


def register(app: typer.Typer) -> None:
    app.command(epilog=EPILOG)(ask)
