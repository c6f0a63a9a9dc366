"""Dates as a person writes them on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, time

import typer

from konspekt.app.messages import say
from konspekt.bilingual import told
from konspekt.cli.guard import spoken_language

LAST_YEAR = 9999  # of datetime


def parse_date(value: str | None, option: str, *, end_of_day: bool = False) -> datetime | None:
    """`2024`, `2024-05`, `2024-05-17` or a full ISO time; UTC unless a zone is given.

    Raises BadParameter, which names the `option`.
    """
    if value is None:
        return None
    text = value.strip()
    try:
        if len(text) > 10:
            parsed = datetime.fromisoformat(text)
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        parts = [int(part) for part in text.split("-")]
        if end_of_day and len(parts) < 3:
            if parts[0] == LAST_YEAR:
                return datetime.max.replace(tzinfo=UTC)
            following = datetime(parts[0] + 1, 1, 1, tzinfo=UTC) if len(parts) == 1 else _next_month(*parts)
            return datetime.fromtimestamp(following.timestamp() - 1e-6, UTC)
        year, month, number = parts if len(parts) > 3 else [*parts, 1, 1][:3]
        day = datetime(year, month, number, tzinfo=UTC)
        return datetime.combine(day, time.max, UTC) if end_of_day else day
    except (ValueError, IndexError):
        message = told(say("bad_date", value=value), spoken_language())
        raise typer.BadParameter(message, param_hint=option) from None


def _next_month(year: int, month: int) -> datetime:
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
