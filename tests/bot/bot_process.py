"""The bot as a process with scripted answers: `python -m tests.bot.bot_process URL TOKEN DATABASE PACE [LIMITS]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from konspekt.app.in_bot.parts import StoredMemory
from konspekt.app.logs import setup_logs
from konspekt.bot.parts.bot_parts import BotParts, BotSettings, FloodLimits
from konspekt.bot.runner import Bot
from konspekt.storage.database import Database
from konspekt.storage.statistics import Statistics
from konspekt.storage.updates import Updates
from tests.bot.harness import NO_LIMITS, RecordedIndexing, ScriptedAnswers, ScriptedSearch


async def main(api_url: str, token: str, database_url: str, pace: float, limits: str) -> None:
    database = Database(database_url)
    database.migrate()
    updates = Updates(database, "process")
    journal = Path(database_url.removeprefix("sqlite:///")).with_suffix(".journal")
    settings = BotSettings(
        questions_per_minute=0,
        token=token,
        api_url=api_url,
        flood=NO_LIMITS if limits == "none" else FloodLimits(),
        journal=journal,
    )
    memory, library = StoredMemory(database, updates), Statistics(database)
    answers, indexing = ScriptedAnswers(pace=pace), RecordedIndexing()
    bot = Bot(BotParts(settings, answers, ScriptedSearch(), memory, updates, library, indexing))
    bot.handle_signals()
    await bot.run()


if __name__ == "__main__":
    setup_logs("info", "json")
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]), (sys.argv[5:] or ["none"])[0]))
