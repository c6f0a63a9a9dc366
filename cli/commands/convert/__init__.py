"""`konspekt convert`."""

from konspekt.cli.commands.convert.command import register

__all__ = ["register"]
