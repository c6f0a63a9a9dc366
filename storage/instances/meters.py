"""The limits of one bot, kept by all of its instances: a row for each chat, and one for all of them together.

The rows are locked while a place is taken, so two instances never take the same one. The row of all chats is the
narrowest point: it is held for two statements, some hundred times a second at most, and Telegram lets a bot send thirty
messages in a second. Beyond that (paid broadcasts of a thousand a second) a counter in Redis would be the right place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from konspekt.storage.database import Database
from konspekt.storage.instances.models_instances import FloodMeterRow

T = TypeVar("T")
FORGOTTEN = 3600.0  # seconds after which a row says nothing any more


@dataclass(slots=True)
class Dues:
    """When the next message may go to a chat, in seconds of a clock: by a chat's limit, a group's, and after a 429."""

    due: float = 0.0
    group_due: float = 0.0
    blocked_until: float = 0.0


class SharedMeters:
    """`bot`: the id of the bot, whose token is limited. Calls block."""

    def __init__(self, database: Database, bot: str) -> None:
        self._database, self._bot = database, bot

    def change(self, chats: Sequence[str], change: Callable[[float, list[Dues]], T]) -> T:
        """`change` gets the time and the dues of these chats, and changes them; nobody else does meanwhile."""
        own = (FloodMeterRow.bot == self._bot) & FloodMeterRow.chat.in_(chats)
        # Always in the same order, so that two instances never wait for each other.
        locked = select(FloodMeterRow).where(own).order_by(FloodMeterRow.chat).with_for_update()
        while True:
            with self._database.session() as session:
                rows = {row.chat: row for row in session.scalars(locked)}
                if len(rows) == len(set(chats)):
                    now = float(session.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0.0)
                    dues = [Dues(rows[chat].due, rows[chat].group_due, rows[chat].blocked_until) for chat in chats]
                    result = change(now, dues)
                    for chat, one in zip(chats, dues, strict=True):
                        row = rows[chat]
                        row.due, row.group_due, row.blocked_until = one.due, one.group_due, one.blocked_until
                    return result
            self._add(set(chats) - rows.keys())

    def _add(self, chats: set[str]) -> None:
        """In a transaction of its own: whoever has locked one row must not wait for another one to be made."""
        zeros = {"bot": self._bot, "due": 0.0, "group_due": 0.0, "blocked_until": 0.0}
        with self._database.session() as session:
            values = [{"chat": chat, **zeros} for chat in sorted(chats)]
            session.execute(insert(FloodMeterRow).values(values).on_conflict_do_nothing())

    def prune(self) -> int:
        """Forgets chats that were silent for an hour."""
        with self._database.session() as session:
            since = select(func.extract("epoch", func.clock_timestamp()) - FORGOTTEN).scalar_subquery()
            idle = (FloodMeterRow.due < since) & (FloodMeterRow.group_due < since)
            old = (FloodMeterRow.bot == self._bot) & idle & (FloodMeterRow.blocked_until < since)
            return len(session.scalars(delete(FloodMeterRow).where(old).returning(FloodMeterRow.chat)).all())
