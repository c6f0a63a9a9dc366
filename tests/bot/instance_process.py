"""One instance of several, as a process, with scripted answers.

`python -m tests.bot.instance_process API_URL TOKEN DATABASE_URL HOME PORT PACE LEASE`; HOME is its own folder, PACE the
seconds between two pieces of an answer, LEASE those after which it is given up.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from konspekt.app.in_bot.parts import StoredMemory
from konspekt.app.logs import setup_logs
from konspekt.app.operation.several_instances import bot_id
from konspekt.bot.parts.bot_parts import BotParts, BotSettings
from konspekt.bot.runner import Bot
from konspekt.bot.updates.raw_updates import home_of
from konspekt.bot.wire.journal import open_entries
from konspekt.storage.database import Database
from konspekt.storage.instances.bell import Bell
from konspekt.storage.instances.identity import identify
from konspekt.storage.instances.inbox import SharedUpdates
from konspekt.storage.instances.meters import SharedMeters
from konspekt.storage.models import UpdateRow
from konspekt.storage.statistics import Statistics
from tests.bot.harness import RecordedIndexing, ScriptedAnswers, ScriptedSearch

SECRET = "the secret of the shared webhook"


def shared_parts(
    settings: BotSettings, database: Database, home: Path, answers: ScriptedAnswers, lease: float
) -> BotParts:
    """What an instance is handed that shares `database` with others."""
    identity = identify(home)
    indexing: Any = RecordedIndexing()  # it says its result in one language
    inbox = SharedUpdates(database, identity, home_of, timedelta(seconds=lease))
    return BotParts(
        settings,
        answers,
        ScriptedSearch(),
        StoredMemory(database, inbox),
        inbox,
        Statistics(database),
        indexing,
        meters=SharedMeters(database, bot_id(settings.token)),
        bell=partial(Bell, database, identity.name),
    )


def just_leaving(database: Database, journal: Path) -> set[int]:
    """Updates of which a message had left when its instance died, and the database does not know yet that it did."""
    left = open_entries(journal)
    with database.read() as session:
        pending = {
            row.id: row.effect for row in session.scalars(select(UpdateRow).where(UpdateRow.status == "pending"))
        }
    return {update for update, step in left if update in pending and step not in pending[update]}


async def main(url: str, token: str, database_url: str, home: Path, *, port: int, pace: float, lease: float) -> None:
    database = Database(database_url)
    settings = BotSettings(
        token=token,
        api_url=url,
        questions_per_minute=0,
        webhook_url=f"https://bot.example/{port}",
        webhook_secret=SECRET,
        webhook_listen=f"127.0.0.1:{port}",
        journal=home / "outbox.journal",
        renew_every=lease / 6,
    )
    bot = Bot(shared_parts(settings, database, home, ScriptedAnswers(pace=pace), lease))
    bot.handle_signals()
    await bot.run()


def run(arguments: Sequence[str], log: Path | None = None) -> None:
    """`log`: where standard error goes."""
    if log is not None:
        os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), 2)
    setup_logs("info", "json")
    api, token, database, home, port, pace, lease = arguments
    asyncio.run(main(api, token, database, Path(home), port=int(port), pace=float(pace), lease=float(lease)))


if __name__ == "__main__":
    run(sys.argv[1:])
