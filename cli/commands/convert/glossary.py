"""`konspekt glossary`: the author's own words, which drafts take instead of what they would have said."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from konspekt.app.settings import Settings
from konspekt.cli.guard import NOTHING_THERE, WRONG_USAGE, failure, guarded, tell
from konspekt.cli.text_in import readable
from konspekt.conversion.error_messages import wrong

EPILOG = """
[bold]Examples[/bold]

konspekt glossary add accelerator GPU

konspekt glossary add '#ml' '#machinelearning' --network linkedin

konspekt glossary remove 3
"""


def listed(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="An array for scripts.")] = False,
) -> None:
    """List what authors changed in drafts, here and in Telegram: every new draft has it."""
    with guarded():
        rows = [
            {
                "number": row.id,
                "kind": row.kind,
                "said": row.said,
                "instead": row.instead,
                "language": row.language,
                "network": row.network or None,
                "author": row.user_id,
                "learnt_at": row.learnt_at.isoformat(),
            }
            for row in _lessons().known(None)
        ]
        if as_json:
            typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        elif rows:
            _print(rows)
        else:
            tell(wrong("no_lessons"))


def add(
    said: Annotated[str, typer.Argument(help="What drafts say: a word, a few, or a #hashtag.")],
    instead: Annotated[str, typer.Argument(help="What they are to say. Empty for a hashtag: it is left out.")],
    *,
    lang: Annotated[
        str | None, typer.Option("--lang", help="Language of the drafts; by its letters if not given.")
    ] = None,
    network: Annotated[str | None, typer.Option("--network", help="Only there; everywhere if not given.")] = None,
) -> None:
    """Add a word to the glossary: for every author and draft from now on."""
    from konspekt.conversion.learnt.lessons import lesson_of
    from konspekt.conversion.networks import network as network_named

    with guarded():
        place = network_named(readable(network)).name if network else ""
        said, instead = readable(said).strip(), readable(instead).strip()
        lesson = lesson_of(f"{said}={instead}", lang=lang, network=place)
        if lesson is None or "=" in said:
            raise failure(wrong("bad_lesson"), WRONG_USAGE)
        number = _lessons().learn(
            None,
            kind=lesson.kind,
            language=lesson.lang,
            network=lesson.network,
            said=lesson.said,
            instead=lesson.instead,
        )
        tell(wrong("lesson_added" if number is not None else "lesson_taken_back", change=lesson.shown))


def remove(number: Annotated[int, typer.Argument(help="As `konspekt glossary list` shows it.")]) -> None:
    """Forget one: drafts say again what they said before."""
    with guarded():
        if not _lessons().forget(number, None):
            raise failure(wrong("no_lesson", number=number), NOTHING_THERE)
        tell(wrong("lesson_removed", number=number))


def _lessons() -> Any:
    from konspekt.app.build import build_database
    from konspekt.storage.authoring.lessons import Lessons

    return Lessons(build_database(Settings()))


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("", "kind", "said", "instead", "language", "network"):
        table.add_column(column)
    for row in rows:
        table.add_row(
            str(row["number"]), row["kind"], row["said"], row["instead"], row["language"], row["network"] or ""
        )
    Console(highlight=False, markup=False).print(table)


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Your own words in drafts: list, add, remove.", no_args_is_help=True)
    group.command("list")(listed)
    group.command("add", epilog=EPILOG)(add)
    group.command("remove")(remove)
    app.add_typer(group, name="glossary")
