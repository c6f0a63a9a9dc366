"""A command as `konspekt` runs it: errors told by the guard, with the exit status that a shell sees."""

from __future__ import annotations

import sys
from typing import Any

import click
import typer
from click.testing import CliRunner, Result

from konspekt.cli.guard import guarded
from konspekt.cli.main import build_app


class _Guarded(click.Group):
    def main(self, args: Any = None, prog_name: Any = None, **extra: Any) -> Any:
        try:
            with guarded():
                typer.main.get_command(build_app()).main(args=args, prog_name=prog_name, **extra)
        except typer.Exit as stop:
            sys.exit(stop.exit_code)


def konspekt(*arguments: str, text: str | bytes | None = None) -> Result:
    """Runs `konspekt ARGUMENTS`; `text` is its standard input."""
    return CliRunner().invoke(_Guarded("konspekt"), list(arguments), input=text)
