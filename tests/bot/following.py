"""Following for tests: a clock that a test moves, a home with a real index, and following over them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from konspekt.app.in_bot.assistant import build_following
from konspekt.app.in_bot.parts import LiveIndex
from konspekt.app.settings import Settings
from konspekt.bot.parts.bot_parts import BotParts
from konspekt.indexer.reindexing.reindex import Reindexer
from konspekt.indexer.searching.search import Searcher
from konspekt.indexer.sources.options import SourceOptions
from konspekt.storage.database import Database
from konspekt.storage.updates import Updates
from tests.fakes.hash_embedder import HashEmbedder

CHANNEL = -1001234567890
MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)  # 10:00 in Moscow


@dataclass
class FakeClock:
    """Stands still until a test moves it; whoever sleeps wakes when their time has come."""

    time: datetime = MONDAY
    sleepers: list[tuple[datetime, asyncio.Event]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        wake = (self.time + timedelta(seconds=seconds), asyncio.Event())
        self.sleepers.append(wake)
        try:
            await wake[1].wait()
        finally:
            self.sleepers.remove(wake)

    def set(self, time: datetime) -> None:
        self.time = time
        for due, event in self.sleepers:
            if due <= time:
                event.set()


class Home:
    """An index that posts come into as they do in the bot, dated by the fake clock."""

    def __init__(self, folder: Path, database: Database, clock: FakeClock) -> None:
        self.clock, self.database = clock, database
        self.embedder = HashEmbedder()
        self.searcher = Searcher(database, folder / "index", self.embedder)
        self.reindexer = Reindexer(database, folder / "index", self.embedder, recognise=lambda path, known: [])
        self.indexing = LiveIndex(database, self.reindexer, SourceOptions())

    def message(self, number: int, text: str, **fields: Any) -> dict[str, Any]:
        chat = {"id": CHANNEL, "type": "channel", "title": "Канал", "username": "kanal"}
        date = int(self.clock.now().timestamp())
        return {"message_id": number, "date": date, "chat": chat, "text": text, **fields}

    def post(self, number: int, text: str, **fields: Any) -> None:
        """A post that comes into the index without the bot: by a reindex."""
        self.indexing.index_posts([self.message(number, text, **fields)])

    def following(self, database: Database | None = None, **settings: Any) -> Callable[[BotParts, Updates], BotParts]:
        def more(parts: BotParts, updates: Updates) -> BotParts:
            chosen = Settings(_env_file=None, **settings)
            following = build_following(
                chosen,
                database or self.database,
                updates,
                searcher=self.searcher,
                embedder=self.embedder,
                clock=self.clock,
            )
            return replace(parts, following=following)

        return more
