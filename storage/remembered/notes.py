"""Notes of readers: each is one reader's, whatever id is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Delete, Update

from konspekt.storage.assisting.models_following import FollowerRow
from konspekt.storage.models import utc_now
from konspekt.storage.remembered.models import MemorySwitchRow, NoteRow


@dataclass(frozen=True, slots=True)
class StoredNote:
    id: int
    kind: str
    subject: str
    text: str
    value: str
    answer_id: int | None
    valid_from: datetime
    valid_to: datetime | None


class Notes:
    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, user_id: int, *, closed: bool = False) -> list[StoredNote]:
        """Oldest first; those that hold now, or (`closed`) with those that were replaced."""
        statement = select(NoteRow).where(NoteRow.user_id == user_id)
        if not closed:
            statement = statement.where(NoteRow.valid_to.is_(None))
        return [_stored(row) for row in self._session.scalars(statement.order_by(NoteRow.valid_from, NoteRow.id))]

    def one(self, user_id: int, note_id: int) -> StoredNote | None:
        row = self._theirs(user_id, note_id)
        return _stored(row) if row is not None else None

    def add(
        self,
        user_id: int,
        *,
        kind: str,
        subject: str,
        text: str,
        value: str,
        answer_id: int | None,
        at: datetime | None = None,
    ) -> int:
        row = NoteRow(
            user_id=user_id, answer_id=answer_id, kind=kind, subject=subject[:255], text=text, value=value,
            valid_from=at or utc_now(),
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()
        return row.id

    def close(self, user_id: int, note_ids: list[int], replaced_by: int | None, at: datetime | None = None) -> None:
        theirs = (NoteRow.user_id == user_id) & NoteRow.id.in_(note_ids) & NoteRow.valid_to.is_(None)
        self._rows(update(NoteRow).where(theirs).values(valid_to=at or utc_now(), replaced_by=replaced_by))

    def change(self, user_id: int, note_id: int, *, kind: str, subject: str, text: str, value: str) -> bool:
        """Other words in the place of a note. False where the reader has no such note."""
        row = self._theirs(user_id, note_id)
        if row is None:
            return False
        row.kind, row.subject, row.text, row.value = kind, subject[:255], text, value
        return True

    def delete(self, user_id: int, note_id: int) -> bool:
        """Erases a note with what it had replaced. False where the reader has no such note."""
        if self._theirs(user_id, note_id) is None:
            return False
        older = [note_id]
        while older:
            theirs = NoteRow.user_id == user_id
            before = list(self._session.scalars(select(NoteRow.id).where(theirs, NoteRow.replaced_by.in_(older))))
            self._rows(delete(NoteRow).where(theirs, NoteRow.id.in_(older)))
            older = before
        return True

    def undo(self, user_id: int, answer_id: int) -> int:
        """Takes back what was kept with an answer; what it had replaced holds again. How many notes that was."""
        theirs = (NoteRow.user_id == user_id) & (NoteRow.answer_id == answer_id)
        kept = list(self._session.scalars(select(NoteRow.id).where(theirs)))
        if not kept:
            return 0
        replaced = (NoteRow.user_id == user_id) & NoteRow.replaced_by.in_(kept)
        self._rows(update(NoteRow).where(replaced).values(valid_to=None, replaced_by=None))
        return self._rows(delete(NoteRow).where(NoteRow.id.in_(kept)))

    def _theirs(self, user_id: int, note_id: int) -> NoteRow | None:
        theirs = (NoteRow.id == note_id) & (NoteRow.user_id == user_id)
        return self._session.scalars(select(NoteRow).where(theirs)).first()

    def _rows(self, statement: Update | Delete) -> int:
        result = self._session.execute(statement, execution_options={"synchronize_session": "fetch"})
        assert isinstance(result, CursorResult)
        return result.rowcount


def _stored(row: NoteRow) -> StoredNote:
    return StoredNote(
        row.id, row.kind, row.subject, row.text, row.value, row.answer_id, row.valid_from, row.valid_to
    )  # fmt: skip


# ---------------------------------------------------------------- switches


@dataclass(frozen=True, slots=True)
class Switches:
    """`off`: for good. `talk_off_since`: for the talk that went on then."""

    off: bool = False
    talk_off_since: datetime | None = None


def switches_of(session: Session, user_id: int) -> Switches:
    row = session.get(MemorySwitchRow, user_id)
    return Switches(row.off, row.talk_off_since) if row is not None else Switches()


def clock_offset(session: Session, user_id: int) -> int | None:
    """Minutes from UTC to the reader's own clock, where they told it (for digests); None where not."""
    return session.scalar(select(FollowerRow.offset_minutes).where(FollowerRow.user_id == user_id))


def set_switches(session: Session, user_id: int, switches: Switches) -> None:
    session.merge(MemorySwitchRow(user_id=user_id, off=switches.off, talk_off_since=switches.talk_off_since))
