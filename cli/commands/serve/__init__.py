"""`konspekt serve`."""

from konspekt.cli.commands.serve.command import register

__all__ = ["register"]
