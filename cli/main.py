"""The `konspekt` command. One short file a sub-command; heavy imports wait until a command runs."""

from __future__ import annotations

import errno
import importlib
import os
import sys

import typer

from cli.settings import SettingsError
from cli.text_in import forgiving_streams

app = typer.Typer(
    name="konspekt",
    help="Ask a Telegram channel and a course anything; turn posts into drafts for other networks.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

# Each module has `register(app)`. The order is the order of `konspekt --help`.
COMMANDS: tuple[str, ...] = (
    "run",
    "ask",
    "chat",
    "reindex",
    "search",
    "documents",
    "show",
    "eval",
    "bot",
    "doctor",
    "convert",
    "serve",
    "models",
)


def build_app() -> typer.Typer:
    if not app.registered_commands and not app.registered_groups:
        for name in COMMANDS:
            importlib.import_module(f"cli.{name}").register(app)
    return app


def main() -> None:
    """Exit status 2 when a setting is wrong, whichever command reads it."""
    forgiving_streams()
    try:
        build_app()()
    except SettingsError as error:
        typer.secho(f"konspekt: {error}", err=True, fg="red")
        sys.exit(2)
    except KeyboardInterrupt:  # while modules are still being loaded
        typer.secho("interrupted", err=True)
        sys.exit(130)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        typer.secho(f"konspekt: {error.filename or 'the output'}: {error.strerror}", err=True, fg="red")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still buffered cannot be written either
        sys.exit(1)


if __name__ == "__main__":
    main()
