"""What a bot is handed that shares its webhook and its PostgreSQL with other instances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from konspekt.bot.updates.raw_updates import home_of
from konspekt.storage.database import Database
from konspekt.storage.instances.bell import Bell
from konspekt.storage.instances.identity import identify
from konspekt.storage.instances.inbox import SharedUpdates
from konspekt.storage.instances.meters import SharedMeters


@dataclass(frozen=True, slots=True)
class Several:
    """All None for a bot that is alone."""

    updates: SharedUpdates | None = None
    meters: SharedMeters | None = None
    bell: Callable[[Callable[[], None]], Bell] | None = None
    journal: Path | None = None


def several_instances(home: Path, database: Database, token: str) -> Several:
    """`home`: KONSPEKT_HOME, one for each instance."""
    identity = identify(home)
    return Several(
        updates=SharedUpdates(database, identity, home_of),
        meters=SharedMeters(database, bot_id(token)),
        bell=partial(Bell, database, identity.name),
        journal=identity.journal,
    )


def bot_id(token: str) -> str:
    """The part of a token that is no secret."""
    return token.partition(":")[0][:32]
