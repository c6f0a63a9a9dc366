"""Lengths of time for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from konspekt.app.messages import say
from konspekt.bilingual import Bilingual

if TYPE_CHECKING:
    pass


def duration(seconds: float) -> Bilingual:
    if seconds < 60:
        return say("tenths" if seconds < 10 else "seconds", seconds=seconds)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return say("minutes", minutes=minutes, seconds=rest)
    return say("hours", hours=minutes // 60, minutes=minutes % 60)
