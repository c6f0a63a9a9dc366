"""When a question is to be asked again: FSRS, by the `fsrs` library."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

WELL_KNOWN = 21.0  # days for which a card is likely to be remembered, to count as learnt


@lru_cache(maxsize=1)
def _scheduler() -> Any:
    from fsrs import Scheduler

    return Scheduler(enable_fuzzing=False)


def reviewed(card: dict[str, Any] | None, right: bool, now: datetime) -> tuple[dict[str, Any], datetime]:
    """A card after an answer (None: of a question asked for the first time), and when to ask again."""
    from fsrs import Card, Rating

    before = Card.from_dict(card) if card is not None else Card(card_id=1, due=now)  # type: ignore[arg-type]
    after, _ = _scheduler().review_card(before, Rating.Good if right else Rating.Again, now)
    return dict(after.to_dict()), after.due


def is_well_known(card: dict[str, Any]) -> bool:
    return float(card.get("stability") or 0.0) >= WELL_KNOWN
