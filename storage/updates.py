"""Telegram updates, kept until their effect is done: nothing asked is lost, nothing is answered twice.

An update is stored before any work on it begins. Its row then records, step by step, the outcome of the work (a message
about to be sent, the id of one that was), so that after a crash the same work resumes where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from konspekt.storage.database import Database
from konspekt.storage.models import UpdateRow, utc_now

RawUpdate = dict[str, Any]
LEASE = timedelta(seconds=90)  # another instance's updates are taken over when it has not renewed for this long


@dataclass(slots=True)
class StoredUpdate:
    """One update and what has been done about it: `effect` maps a step to its result."""

    id: int
    payload: RawUpdate
    received_at: datetime
    attempts: int = 0
    effect: dict[str, Any] = field(default_factory=dict)


class Updates:
    """The inbox. `instance` names this process among several that share one webhook and one database."""

    def __init__(self, database: Database, instance: str) -> None:
        self._database = database
        self._instance = instance
        self._insert = sqlite_insert if database.is_sqlite else postgresql_insert

    def take_in(self, batch: Sequence[RawUpdate]) -> list[StoredUpdate]:
        """Stores a batch in one transaction and hands back those that are new, in the order they came.

        An update that was delivered before is left out. An id that carries other content than before is a new update:
        another bot, or Telegram starting its count anew after a quiet week.
        """
        now = utc_now()
        with self._database.session() as session:
            return [StoredUpdate(int(raw["update_id"]), raw, now) for raw in batch if self._store(session, raw, now)]

    def store_along(self, session: Session, job: RawUpdate) -> StoredUpdate:
        """Stores a job of the bot's own (its id is new) as part of a larger transaction."""
        now = utc_now()
        self._store(session, job, now)
        return StoredUpdate(int(job["update_id"]), job, now)

    def _store(self, session: Session, raw: RawUpdate, now: datetime) -> bool:
        fingerprint = fingerprint_of(raw)
        values: dict[str, Any] = {
            "status": "pending",
            "payload": raw,
            "attempts": 0,
            "received_at": now,
            "user_id": sender_of(raw),
            "fingerprint": fingerprint,
            "effect": {},
            "claimed_by": self._instance,
            "claimed_at": now,
        }
        identifier = int(raw["update_id"])
        statement = self._insert(UpdateRow).values(id=identifier, **values).on_conflict_do_nothing()
        if session.scalar(statement.returning(UpdateRow.id)) is not None:
            return True
        known = session.get_one(UpdateRow, identifier)
        if known.fingerprint == fingerprint or known.status == "pending":
            return False
        for name, value in values.items():
            setattr(known, name, value)
        return True

    def pending(self, *, everything: bool) -> list[StoredUpdate]:
        """Unfinished updates, oldest first, now claimed by this instance.

        `everything`: also those that another instance claimed (long polling: there is no other). Otherwise only this
        instance's own and those whose instance has gone silent.
        """
        now = utc_now()
        with self._database.session() as session:
            query = select(UpdateRow).where(UpdateRow.status == "pending").order_by(UpdateRow.id)
            if not everything:
                free = or_(UpdateRow.claimed_by == self._instance, UpdateRow.claimed_by.is_(None))
                query = query.where(or_(free, UpdateRow.claimed_at < now - LEASE))
            rows = session.scalars(query.with_for_update(skip_locked=True)).all()
            for row in rows:
                row.claimed_by, row.claimed_at = self._instance, now
            return [
                StoredUpdate(row.id, row.payload, row.received_at, row.attempts, dict(row.effect))
                for row in rows
                if row.payload is not None
            ]

    def renew(self) -> None:
        """Says that this instance is alive and still at work on what it claimed."""
        with self._database.session() as session:
            mine = (UpdateRow.status == "pending") & (UpdateRow.claimed_by == self._instance)
            session.execute(update(UpdateRow).where(mine).values(claimed_at=utc_now()))

    def begin(self, identifier: int) -> None:
        with self._database.session() as session:
            row = UpdateRow.id == identifier
            session.execute(update(UpdateRow).where(row).values(attempts=UpdateRow.attempts + 1))

    def postpone(self, identifier: int) -> None:
        """The work failed through no fault of the update: the attempt does not count."""
        with self._database.session() as session:
            session.execute(update(UpdateRow).where(UpdateRow.id == identifier).values(attempts=0))

    def save_effect(self, identifier: int, effect: dict[str, Any]) -> None:
        """What has been done so far. Returns once it would survive the process."""
        with self._database.session() as session:
            self.write_effect(session, identifier, effect)

    def write_effect(self, session: Session, identifier: int, effect: dict[str, Any]) -> None:
        """The same as part of a larger transaction."""
        session.execute(update(UpdateRow).where(UpdateRow.id == identifier).values(effect=effect))

    def finish(self, identifier: int, status: Literal["done", "failed"]) -> None:
        """The update needs no more work; neither its text nor whose it was is kept."""
        with self._database.session() as session:
            values: dict[str, Any] = {"status": status, "payload": None, "effect": {}, "user_id": None}
            session.execute(update(UpdateRow).where(UpdateRow.id == identifier).values(**values))

    def prune(self, older_than: timedelta = timedelta(days=7)) -> int:
        """Forgets finished updates that Telegram can no longer deliver again (it keeps them for a day)."""
        with self._database.session() as session:
            old = (UpdateRow.status != "pending") & (UpdateRow.received_at < utc_now() - older_than)
            return len(session.scalars(delete(UpdateRow).where(old).returning(UpdateRow.id)).all())

    def forget_user(self, user_id: int, *, except_for: int | None = None) -> int:
        """Erases what the inbox knows about a user. `except_for`: the update that asks for it, still at work."""
        with self._database.session() as session:
            theirs = (UpdateRow.user_id == user_id) & (UpdateRow.id != (except_for or -1))
            waiting = len(session.scalars(select(UpdateRow.id).where(theirs, UpdateRow.status == "pending")).all())
            blank: dict[str, Any] = {"status": "done", "payload": None, "effect": {}, "user_id": None}
            session.execute(update(UpdateRow).where(theirs).values(**blank))
            return waiting


def fingerprint_of(raw: RawUpdate) -> str:
    """Equal for two deliveries of one update, different for two updates that share an id."""
    canonical = json.dumps(raw, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def sender_of(raw: RawUpdate) -> int | None:
    """Id of the user whose update it is, None for a channel's."""
    for name, body in raw.items():
        if name != "update_id" and isinstance(body, dict):
            sender = body.get("from") or body.get("user") or {}
            return sender.get("id") if isinstance(sender, dict) else None
    return None
