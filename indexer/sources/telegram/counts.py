"""Views and reactions as Telegram writes them: numbers in an export, «1.2K» on a page."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SHORT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([KM]?)\s*$", re.IGNORECASE)
_TIMES = {"": 1, "K": 1_000, "M": 1_000_000}


def short_number(text: str) -> int | None:
    """The number that a text ends with: «1.2K» -> 1200."""
    match = _SHORT.search(text)
    return round(float(match[1].replace(",", ".")) * _TIMES[match[2].upper()]) if match else None


def exported_reactions(reactions: object) -> int | None:
    """The sum of a message's `reactions`; None where the export names none."""
    if not isinstance(reactions, list):
        return None
    counts = [one.get("count") for one in reactions if isinstance(one, Mapping)]
    return sum(count for count in counts if isinstance(count, int) and not isinstance(count, bool))


def exported_views(views: object) -> int | None:
    """Telegram Desktop writes none; other programs that write such files do."""
    return views if isinstance(views, int) and not isinstance(views, bool) and views >= 0 else None
