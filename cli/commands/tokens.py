"""`konspekt tokens`: by what programs may ask over HTTP."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import typer

from konspekt.app.programs.messages import say
from konspekt.app.settings import Settings
from konspekt.bilingual import told
from konspekt.cli.guard import FAILED, NOTHING_THERE, WRONG_USAGE, failure, guarded, spoken_language, tell
from konspekt.cli.text_in import readable

NAME = re.compile(r"[\w.-]{1,64}")
EPILOG = """
[bold]Examples[/bold]

konspekt tokens make site --scopes search,ask

konspekt tokens make notebook --days 30

konspekt tokens revoke site
"""


def make(
    name: Annotated[str, typer.Argument(help="What you call it: who will use it, and where.")],
    *,
    scopes: Annotated[
        str, typer.Option(help="What it may do, comma-separated: search, documents, ask, convert.")
    ] = "search,documents,ask",
    days: Annotated[
        int | None, typer.Option(min=1, max=36500, help="Days until it expires; never if not given.")
    ] = None,
) -> None:
    """Make a token for the HTTP API and for MCP over HTTP. It is printed once; the database keeps only a digest."""
    from konspekt.web.tokens import SCOPES

    name = readable(name)
    if not NAME.fullmatch(name):
        raise failure(say("bad_name"), WRONG_USAGE)
    wanted = list(dict.fromkeys(part.strip() for part in scopes.split(",") if part.strip()))
    for scope in wanted or [""]:
        if scope not in SCOPES:
            raise failure(say("bad_scope", name=scope, known=", ".join(SCOPES)), WRONG_USAGE)
    with guarded():
        token = _tokens().make(name, wanted, days)
        if token is None:
            raise failure(say("name_taken", name=name), FAILED)
        tell(say("made", name=name, scopes=", ".join(wanted)))
        typer.echo(token)


def listed(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="An array for scripts.")] = False,
) -> None:
    """List the tokens: what each may do, when it was made, last used and expires. Their texts nobody can show."""
    with guarded():
        rows = [
            {
                "name": row.name,
                "scopes": list(row.scopes),
                "created_at": row.created_at.isoformat(),
                "used_at": row.used_at.isoformat() if row.used_at else None,
                "expires_at": row.expires_at.isoformat() if row.expires_at else None,
            }
            for row in _tokens().listed()
        ]
        if as_json:
            typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        elif rows:
            _print(rows)
        else:
            tell(say("none_yet"))


def revoke(name: Annotated[str, typer.Argument(help="As `konspekt tokens list` shows it.")]) -> None:
    """End a token: whoever has it is refused from now on."""
    with guarded():
        name = readable(name)
        if not _tokens().revoke(name):
            raise failure(say("no_token", name=name), NOTHING_THERE)
        tell(say("revoked", name=name))


def _tokens() -> Any:
    from konspekt.app.build import build_database
    from konspekt.app.programs.tokens import StoredTokens

    return StoredTokens(build_database(Settings()))


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    never = told(say("never"), spoken_language())
    table = Table(box=None, pad_edge=False)
    for column in ("name", "scopes", "created", "used", "expires"):
        table.add_column(column)
    for row in rows:
        dates = [(row[key] or never)[:10] for key in ("created_at", "used_at", "expires_at")]
        table.add_row(row["name"], ", ".join(row["scopes"]), *dates)
    Console(highlight=False, markup=False).print(table)


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Tokens by which programs ask over HTTP: make, list, revoke.", no_args_is_help=True)
    group.command("make", epilog=EPILOG)(make)
    group.command("list")(listed)
    group.command("revoke")(revoke)
    app.add_typer(group, name="tokens")
