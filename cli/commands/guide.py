"""`konspekt guide`: in which order to read."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from konspekt.app.settings import Settings
from konspekt.cli.guard import NOTHING_THERE, guarded
from konspekt.cli.text_in import readable

EPILOG = """
[bold]Examples[/bold]

konspekt guide                      (where to start with all there is)

konspekt guide "квантизация"

konspekt guide attention --json | jq -r '.passages[].url'
"""


def guide(
    topic: Annotated[str, typer.Argument(help="What to learn; without it: where to start with all there is.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The list with its sources as one object.")] = False,
) -> None:
    """Make a reading list, from first steps to details: course before posts, what explains a term before its uses.

    Nothing on the topic: 3.
    """
    with guarded():
        from konspekt.answering.answer import Timings
        from konspekt.answering.export import answer_fields
        from konspekt.answering.planning import answer_of
        from konspekt.answering.question.language import question_language
        from konspekt.app.build import build_database, build_overview, build_searcher

        settings, topic = Settings(), readable(topic)
        started = time.perf_counter()
        database = build_database(settings)
        language = question_language(topic, (), settings.spoken)
        planned = build_overview(settings, database, build_searcher(settings, database)).guide(topic, language)
        spent = (time.perf_counter() - started) * 1000
        answer = answer_of(topic, planned, language, Timings(spent, None, spent))
        if as_json:
            typer.echo(json.dumps(answer_fields(answer), ensure_ascii=False, indent=2))
        else:
            from rich.console import Console

            from konspekt.cli.answer_view import show

            show(answer, Console(highlight=False))
        if answer.refused:
            raise typer.Exit(NOTHING_THERE)


def register(app: typer.Typer) -> None:
    app.command(epilog=EPILOG)(guide)
