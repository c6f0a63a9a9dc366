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

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from konspekt.storage.database import Database
from konspekt.storage.models import UpdateRow, utc_now

RawUpdate = dict[str, Any]


@dataclass(slots=True)
class StoredUpdate:
    """One update and what has been done about it: `effect` maps a step to its result."""

    id: int
    payload: RawUpdate
    received_at: datetime
    attempts: int = 0
    effect: dict[str, Any] = field(default_factory=dict)


class Updates:
    """The inbox of one process. Where several share it: `konspekt.storage.instances.inbox.SharedUpdates`."""

    shared = False

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

    def _store(self, session: Session, raw: RawUpdate, now: datetime, owner: str | None = None) -> bool:
        """False for one that is known. `owner`: another instance, which it is handed to."""
        fingerprint = fingerprint_of(raw)
        values: dict[str, Any] = {
            "status": "pending",
            "payload": raw,
            "attempts": 0,
            "received_at": now,
            "user_id": sender_of(raw),
            "fingerprint": fingerprint,
            "effect": {},
            "claimed_by": owner or self._instance,
            "claimed_at": now,
            "handed": owner is not None,
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

    def pending(self) -> list[StoredUpdate]:
        """Unfinished updates that are this process's to do, oldest first."""
        with self._database.session() as session:
            return self._claim(session, UpdateRow.status == "pending")

    def _claim(self, session: Session, which: ColumnElement[bool]) -> list[StoredUpdate]:
        rows = session.scalars(select(UpdateRow).where(which).order_by(UpdateRow.id).with_for_update()).all()
        for row in rows:
            row.claimed_by, row.claimed_at, row.handed = self._instance, utc_now(), False
        return [
            StoredUpdate(row.id, row.payload, row.received_at, row.attempts, dict(row.effect))
            for row in rows
            if row.payload is not None
        ]

    def collect(self) -> list[StoredUpdate]:
        """What other instances handed over, or left when they vanished. One process has no others."""
        return []

    def renew(self) -> bool:
        """Says that this instance is alive. False: it had been given up, and what it was doing is another's now."""
        return True

    def leave(self) -> None:
        """This instance ends, and everything it began is done."""

    def alive(self) -> list[str]:
        """Names of the instances that live."""
        return [self._instance]

    def holds(self) -> bool:
        """Whether what this instance works on is certainly its own."""
        return True

    def confirm(self, identifier: int) -> bool:
        """The same, of one update, and asked of the database."""
        return True

    def begin(self, identifier: int) -> None:
        with self._database.session() as session:
            self._change(session, identifier, attempts=UpdateRow.attempts + 1)

    def postpone(self, identifier: int) -> None:
        """The work failed through no fault of the update: the attempt does not count."""
        with self._database.session() as session:
            self._change(session, identifier, attempts=0)

    def save_effect(self, identifier: int, effect: dict[str, Any]) -> None:
        """What has been done so far. Returns once it would survive the process."""
        with self._database.session() as session:
            self.write_effect(session, identifier, effect)

    def write_effect(self, session: Session, identifier: int, effect: dict[str, Any]) -> None:
        """The same as part of a larger transaction."""
        self._change(session, identifier, effect=effect)

    def finish(self, identifier: int, status: Literal["done", "failed"]) -> None:
        """The update needs no more work; neither its text nor whose it was is kept."""
        with self._database.session() as session:
            self._change(session, identifier, status=status, payload=None, effect={}, user_id=None)

    def _change(self, session: Session, identifier: int, **values: Any) -> None:
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
