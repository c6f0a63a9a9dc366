"""Dates of the command line."""

from __future__ import annotations

from datetime import datetime

import typer

from konspekt.app.messages import say
from konspekt.bilingual import told
from konspekt.cli.guard import spoken_language
from konspekt.indexer.moments import moment


def parse_date(value: str | None, option: str, *, end_of_day: bool = False) -> datetime | None:
    """As `konspekt.indexer.moments.moment` reads it. Raises BadParameter, which names the `option`."""
    if value is None:
        return None
    try:
        return moment(value, end_of_day=end_of_day)
    except (ValueError, OverflowError):
        message = told(say("bad_date", value=value), spoken_language())
        raise typer.BadParameter(message, param_hint=option) from None
