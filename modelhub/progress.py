"""How a fetch reports its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` bytes of `file`, coming from `place` (a phrase for people)."""

    file: str
    done: int
    total: int | None
    place: str


ProgressCallback = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """The callback of a caller that does not watch."""
