"""`konspekt eval`."""

from konspekt.cli.commands.eval.command import register

__all__ = ["register"]
