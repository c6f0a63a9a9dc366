"""`konspekt models`: which models there are, which are here, fetching one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from konspekt.app.messages import say
from konspekt.app.model_fetch import fetch_with_progress
from konspekt.app.settings import Settings
from konspekt.cli.guard import (
    FAILED,
    INTERRUPTED,
    failure,
    guarded,
)

if TYPE_CHECKING:
    from pathlib import Path

    from konspekt.modelhub import Model


def _row(model: Model, models_dir: Path) -> dict[str, object]:
    from konspekt import modelhub

    path = modelhub.find(model.name, models_dir)
    return {
        "name": model.name,
        "kind": model.kind,
        "size": model.size,
        "licence": model.licence,
        "description": model.description,
        "path": str(path) if path else None,
        "sha256": model.sha256,
        "places": [str(place) for place in model.places],
    }


def _list(as_json: Annotated[bool, typer.Option("--json", help="One JSON array for scripts.")] = False) -> None:
    """Show the models known by name, and whether they are on this machine."""
    from konspekt import modelhub

    rows = [_row(model, Settings().models) for model in modelhub.MODELS]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "size", "licence", "here", "what it is", box=None, pad_edge=False)
    for row in rows:
        size = f"{int(str(row['size'])) / 1e6:,.0f} MB"
        here = "yes" if row["path"] else "no"
        table.add_row(str(row["name"]), size, str(row["licence"]), here, str(row["description"]))
    Console().print(table)


def _fetch(
    name: Annotated[str, typer.Argument(help="A name of `models list`, or org/repo[:file] of huggingface.co.")],
) -> None:
    """Fetch a model (resuming an interrupted fetch), check its hash, and print where it lies."""
    with guarded():
        try:
            path = fetch_with_progress(name, Settings().models)
        except OSError as error:
            raise failure(say("model_not_written", reason=error), FAILED) from None
        except KeyboardInterrupt:
            raise failure(say("fetch_interrupted"), INTERRUPTED) from None
        typer.echo(str(path))


def register(app: typer.Typer) -> None:
    models = typer.Typer(help="List and fetch models.", no_args_is_help=True)
    models.command("list")(_list)
    models.command("fetch")(_fetch)
    app.add_typer(models, name="models")
