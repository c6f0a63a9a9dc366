"""The language model for `konspekt convert`, if one is configured or running."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from cli.settings import Settings

if TYPE_CHECKING:
    from cli.convert_run import Request
    from conversion.writer import Writer


def open_writer(request: Request, settings: Settings, stack: ExitStack) -> Writer | None:
    return None
