"""`konspekt doctor`."""

from konspekt.cli.commands.doctor.command import register

__all__ = ["register"]
