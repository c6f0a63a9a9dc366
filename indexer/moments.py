"""Dates as people and programs write them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

LAST_YEAR = 9999  # of datetime


def moment(text: str, *, end_of_day: bool = False) -> datetime:
    """`2024`, `2024-05`, `2024-05-17` or a full ISO time; UTC unless a zone is given.

    `end_of_day`: the last moment of it, where it is less than a time. Raises ValueError.
    """
    text = text.strip()
    if len(text) > 10:
        parsed = datetime.fromisoformat(text)
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    parts = [int(part) for part in text.split("-")]
    if len(parts) > 3:
        raise ValueError(text)
    year, month, number = [*parts, 1, 1][:3]
    day = datetime(year, month, number, tzinfo=UTC)
    if not end_of_day:
        return day
    if len(parts) == 3:
        return datetime.combine(day, time.max, UTC)
    if year == LAST_YEAR and (len(parts) == 1 or month == 12):
        return datetime.max.replace(tzinfo=UTC)
    following = datetime(year + 1, 1, 1, tzinfo=UTC) if len(parts) == 1 else _next_month(year, month)
    return following - timedelta(microseconds=1)


def _next_month(year: int, month: int) -> datetime:
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
