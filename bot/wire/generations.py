"""The answers that are being written right now, so that a reader can stop one. Lives as long as the process does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Generation:
    user_id: int  # who asked: nobody else may stop it
    stop: asyncio.Event


@dataclass(slots=True)
class Generations:
    """By chat and draft: the id under which Telegram shows an answer growing, and says that it was stopped."""

    _open: dict[tuple[int, int], Generation] = field(default_factory=dict)

    def begin(self, chat_id: int, draft_id: int, user_id: int) -> asyncio.Event:
        """Set when the answer is to be stopped; `end` must follow."""
        generation = Generation(user_id, asyncio.Event())
        self._open[chat_id, draft_id] = generation
        return generation.stop

    def end(self, chat_id: int, draft_id: int) -> None:
        self._open.pop((chat_id, draft_id), None)

    def find(self, chat_id: int, draft_id: int) -> Generation | None:
        """None once it is written."""
        return self._open.get((chat_id, draft_id))
