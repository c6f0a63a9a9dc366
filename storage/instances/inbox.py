"""The inbox that several instances share, on PostgreSQL. What a chat's readers see does not depend on their number.

A chat has a home: the instance that works on its updates. Whichever instance takes an update in stores it for the
chat's home, and rings there. So a chat's updates are worked off by one process in their order, and what that process
keeps in memory (an answer that is being written, an album that is coming in) is at hand for the next one.

An instance that has not said for `lease` that it lives is given up: the first to notice takes over its updates and its
chats, all at once. It may live after all (a machine that stood still): so each change of an update's row also asks
whether it is still this instance's, and `holds` is False as soon as the lease may have run out.

All times are the database's: the machines' clocks may differ.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, delete, false, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from konspekt.storage.database import Database
from konspekt.storage.errors import LostClaim
from konspekt.storage.instances.bell import ring
from konspekt.storage.instances.identity import Identity
from konspekt.storage.instances.models_instances import ChatHomeRow, FloodMeterRow, InstanceRow
from konspekt.storage.models import UpdateRow, utc_now
from konspekt.storage.updates import RawUpdate, StoredUpdate, Updates

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
CERTAIN = 0.8  # of the lease: after that without a renewal an instance no longer trusts its claims
HOME_KEEPS = timedelta(minutes=15)  # a chat that was silent for so long may move to another instance
HOME_FORGOTTEN = timedelta(days=1)
TAKING_OVER = 0x6B6F6E69  # PostgreSQL's lock: one instance at a time takes over what others left
TRIES = 3
NOW = func.clock_timestamp(type_=DateTime(timezone=True))


class SharedUpdates(Updates):
    """`home_of` names the chat of an update; None where nothing about it is kept in memory or in order."""

    shared = True

    def __init__(
        self,
        database: Database,
        identity: Identity,
        home_of: Callable[[RawUpdate], str | None],
        lease: timedelta = LEASE,
    ) -> None:
        super().__init__(database, identity.name)
        self._identity = identity  # for as long as this lives nobody else has it
        self._home_of, self._lease = home_of, lease
        self._run = ""
        self._renewed = 0.0

    # ------------------------------------------------------------------ alive

    def pending(self) -> list[StoredUpdate]:
        """Registers this instance; what it left at its last end, and what vanished ones left, oldest first."""
        with self._database.session() as session:
            self._register(session)
            found = self._claim(session, (UpdateRow.status == "pending") & (UpdateRow.claimed_by == self._instance))
        return sorted([*found, *self._take_over()], key=lambda one: one.id)

    def _register(self, session: Session) -> None:
        asked_at = time.monotonic()
        self._run = secrets.token_hex(16)
        values = {"run": self._run, "seen_at": NOW}
        statement = insert(InstanceRow).values(name=self._instance, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
        self._renewed = asked_at

    def renew(self) -> bool:
        with self._database.session() as session:
            if self._seen(session):
                return True
            log.warning("this instance was silent for too long: another one has taken its work over")
            self._register(session)
            return False

    def _seen(self, session: Session) -> bool:
        asked_at = time.monotonic()
        mine = (InstanceRow.name == self._instance) & (InstanceRow.run == self._run)
        statement = update(InstanceRow).where(mine).values(seen_at=NOW).returning(InstanceRow.name)
        if session.scalar(statement) is None:
            return False
        self._renewed = asked_at
        return True

    def holds(self) -> bool:
        return time.monotonic() - self._renewed < self._lease.total_seconds() * CERTAIN

    def confirm(self, identifier: int) -> bool:
        """Asks the database, where `holds` cannot be sure: a busy machine is late with its signs of life."""
        with self._database.session() as session:
            mine = (UpdateRow.id == identifier) & (UpdateRow.claimed_by == self._instance)
            return self._seen(session) and session.scalar(select(UpdateRow.id).where(mine)) is not None

    def leave(self) -> None:
        """What waits goes to the others at once, not after the lease."""
        with self._database.session() as session:
            mine = (InstanceRow.name == self._instance) & (InstanceRow.run == self._run)
            session.execute(update(InstanceRow).where(mine).values(seen_at=NOW - self._lease * 2))

    def alive(self) -> list[str]:
        """Names of the instances that live."""
        with self._database.read() as session:
            return list(session.scalars(select(InstanceRow.name).where(self._living()).order_by(InstanceRow.name)))

    def _living(self) -> ColumnElement[bool]:
        return InstanceRow.seen_at >= NOW - self._lease

    # ------------------------------------------------------------------ taking in

    def take_in(self, batch: Sequence[RawUpdate]) -> list[StoredUpdate]:
        """Stores a batch and hands back what is this instance's to do of it, and what was handed over before.

        Raises LostClaim where this instance was given up meanwhile: nothing is stored then.
        """
        homes = [self._home_of(raw) for raw in batch]
        owners = {home: self._owner(home) for home in dict.fromkeys(homes) if home is not None}
        now, others = utc_now(), set()
        with self._database.session() as session:
            if not self._seen(session):
                raise LostClaim
            mine = self._claim(session, self._handed())
            for raw, home in zip(batch, homes, strict=True):
                owner = self._kept(session, home, owners[home]) if home is not None else self._instance
                other = owner if owner != self._instance else None
                if not self._store(session, raw, now, other):
                    continue
                if other is None:
                    mine.append(StoredUpdate(int(raw["update_id"]), raw, now))
                else:
                    others.add(other)
            for other in others:
                ring(session, other)
        return mine

    def collect(self) -> list[StoredUpdate]:
        with self._database.session() as session:
            found = self._claim(session, self._handed())
        return sorted([*found, *self._take_over()], key=lambda one: one.id)

    def _handed(self) -> ColumnElement[bool]:
        return (UpdateRow.status == "pending") & (UpdateRow.claimed_by == self._instance) & UpdateRow.handed

    def _owner(self, home: str) -> str:
        """Whose the chat is or becomes. Whoever is dead is buried first, in a transaction of its own."""
        found = (
            select(ChatHomeRow.instance, func.coalesce(self._living(), false()))
            .outerjoin(InstanceRow, InstanceRow.name == ChatHomeRow.instance)
            .where(ChatHomeRow.chat == home, ChatHomeRow.used_at >= NOW - HOME_KEEPS)
        )
        for _ in range(TRIES):
            with self._database.session() as session:
                row = session.execute(found).one_or_none()
            if row is None or row[0] == self._instance:
                break
            if row[1]:
                return str(row[0])
            self._wake(self._take_over())
        return self._instance

    def _kept(self, session: Session, home: str, owner: str) -> str:
        """Notes whose the chat is; another instance may have been quicker. Locks the chat until the commit."""
        statement = insert(ChatHomeRow).values(chat=home, instance=owner, used_at=NOW).on_conflict_do_nothing()
        if session.scalar(statement.returning(ChatHomeRow.chat)) is not None:
            return owner
        own = select(ChatHomeRow.instance, ChatHomeRow.used_at >= NOW - HOME_KEEPS).where(ChatHomeRow.chat == home)
        instance, fresh = session.execute(own.with_for_update()).one()
        kept = str(instance) if fresh else owner
        session.execute(update(ChatHomeRow).where(ChatHomeRow.chat == home).values(instance=kept, used_at=NOW))
        return kept

    # ------------------------------------------------------------------ taking over

    def _take_over(self) -> list[StoredUpdate]:
        """What dead instances left; their chats are this one's from now on."""
        with self._database.session() as session:
            dead = InstanceRow.seen_at < NOW - self._lease
            names = select(InstanceRow.name)
            homeless = (UpdateRow.status == "pending") & or_(
                UpdateRow.claimed_by.is_(None), UpdateRow.claimed_by.not_in(names)
            )
            some = session.scalar(select(InstanceRow.name).where(dead, InstanceRow.name != self._instance).limit(1))
            if some is None and session.scalar(select(UpdateRow.id).where(homeless).limit(1)) is None:
                return []
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TAKING_OVER})
            gone = session.scalars(
                delete(InstanceRow).where(dead, InstanceRow.name != self._instance).returning(InstanceRow.name)
            ).all()
            # The chats first: whoever is just handing an update to a dead instance holds its chat, and is waited for.
            theirs = ChatHomeRow.instance.not_in(names)
            session.execute(update(ChatHomeRow).where(theirs).values(instance=self._instance))
            found = self._claim(session, homeless)
        if gone or found:
            log.warning("took over %d updates of instances that are gone: %s", len(found), ", ".join(gone) or "-")
        return found

    def _wake(self, found: list[StoredUpdate]) -> None:
        """What was taken over on the way is fetched by `collect` as if it had been handed over."""
        if not found:
            return
        with self._database.session() as session:
            ids = [one.id for one in found]
            session.execute(update(UpdateRow).where(UpdateRow.id.in_(ids)).values(handed=True))
            ring(session, self._instance)

    # ------------------------------------------------------------------ changing what is this instance's

    def _change(self, session: Session, identifier: int, **values: Any) -> None:
        mine = (UpdateRow.id == identifier) & (UpdateRow.claimed_by == self._instance)
        statement = update(UpdateRow).where(mine).values(**values).returning(UpdateRow.id)
        if session.scalar(statement) is None:
            raise LostClaim

    def prune(self, older_than: timedelta = timedelta(days=7)) -> int:
        with self._database.session() as session:
            session.execute(delete(ChatHomeRow).where(ChatHomeRow.used_at < NOW - HOME_FORGOTTEN))
        return super().prune(older_than)

    def forget_user(self, user_id: int, *, except_for: int | None = None) -> int:
        with self._database.session() as session:
            session.execute(delete(ChatHomeRow).where(ChatHomeRow.chat == str(user_id)))
            session.execute(delete(FloodMeterRow).where(FloodMeterRow.chat == str(user_id)))
        return super().forget_user(user_id, except_for=except_for)
