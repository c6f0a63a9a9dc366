"""When a message is due: by the reader's own clock, and never at night.

A reader's clock is a number of minutes ahead of UTC, as they told it. Summer time is theirs to tell: few of the places
where the bot is read have any.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal, get_args

Mode = Literal["now", "daily", "weekly"]
MODES: tuple[Mode, ...] = get_args(Mode)

NIGHT_BEGINS, NIGHT_ENDS = 22, 8  # hours of the reader's clock
DIGEST_HOUR = 9  # unless they choose another
DIGEST_HOURS = range(NIGHT_ENDS, NIGHT_BEGINS)
MONDAY = 0
DAY = timedelta(days=1)


def is_night(moment: datetime, offset_minutes: int) -> bool:
    hour = (moment + timedelta(minutes=offset_minutes)).hour
    return not NIGHT_ENDS <= hour < NIGHT_BEGINS


def after_night(moment: datetime, offset_minutes: int) -> datetime:
    """The moment itself by day, else the end of that night."""
    return next_at(moment, NIGHT_ENDS, offset_minutes) if is_night(moment, offset_minutes) else moment


def next_at(after: datetime, hour: int, offset_minutes: int) -> datetime:
    """The first time after `after` (UTC) at which the reader's clock shows this full hour."""
    offset = timedelta(minutes=offset_minutes)
    local = after + offset
    at = datetime.combine(local.date(), time(hour), local.tzinfo)
    return (at if at > local else at + DAY) - offset


def next_digest(mode: Mode, after: datetime, hour: int, offset_minutes: int) -> datetime:
    """When the next daily or weekly (on Mondays) digest is due. However many were missed, there is one next."""
    at = next_at(after, hour, offset_minutes)
    while mode == "weekly" and (at + timedelta(minutes=offset_minutes)).weekday() != MONDAY:
        at += DAY
    return at
