"""The reader's control over what is remembered: seeing, changing, switching off, taking along, letting it lapse."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from konspekt.memory.recalled import Reader
from konspekt.memory.recollection import Recollection, remembers
from konspekt.memory.search import as_bytes
from konspekt.memory.understanding.notes import statement_of
from konspekt.storage.database import Database
from konspekt.storage.models import utc_now
from konspekt.storage.remembered.notes import Notes, StoredNote, Switches, set_switches, switches_of
from konspekt.storage.remembered.own_data import forget_older, own_data
from konspekt.storage.remembered.turns import count_turns, put_turn_vectors, reads_of, waiting_turns
from konspekt.storage.remembered.words import AuthorWord, withdraw_word, words

EMBEDDED_AT_ONCE = 64
PRUNED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Overview:
    """What `/memory` shows. `off`: for good; `on`: whether anything is kept right now."""

    notes: tuple[StoredNote, ...]
    turns: int
    since: datetime | None
    posts: int
    off: bool
    on: bool


class MemoryControl:
    """Calls block. Each takes the user whose data it is, and touches nobody else's, whatever ids it is handed."""

    def __init__(self, database: Database, recollection: Recollection, *, days: int = 0) -> None:
        """`days` after which talks are erased; 0: never."""
        self._database, self._recollection, self._days = database, recollection, days

    def overview(self, reader: Reader) -> Overview:
        with self._database.read() as session:
            turns, since = count_turns(session, reader.owner)
            notes = tuple(Notes(session).of(reader.user_id)) if reader.private else ()
            off = switches_of(session, reader.user_id).off
            on = remembers(session, reader, self._recollection.now())
            return Overview(notes, turns, since, len(reads_of(session, reader.owner)), off, on)

    def note(self, user_id: int, note_id: int) -> StoredNote | None:
        with self._database.read() as session:
            return Notes(session).one(user_id, note_id)

    def delete_note(self, user_id: int, note_id: int) -> bool:
        with self._database.session() as session:
            return Notes(session).delete(user_id, note_id)

    def change_note(self, user_id: int, note_id: int, text: str) -> bool:
        new = statement_of(text)
        with self._database.session() as session:
            return Notes(session).change(
                user_id, note_id, kind=new.kind, subject=new.subject, text=new.text, value=new.value
            )

    def undo(self, user_id: int, answer_id: int) -> int:
        with self._database.session() as session:
            return Notes(session).undo(user_id, answer_id)

    def switch(self, user_id: int, *, off: bool) -> None:
        with self._database.session() as session:
            set_switches(session, user_id, Switches(off=off))

    def leave_out_this_talk(self, user_id: int) -> None:
        with self._database.session() as session:
            set_switches(session, user_id, replace(switches_of(session, user_id), talk_off_since=utc_now()))

    def new_talk(self, user_id: int) -> None:
        """/reset: a talk that was left out has ended."""
        with self._database.session() as session:
            switches = switches_of(session, user_id)
            if switches.talk_off_since is not None:
                set_switches(session, user_id, replace(switches, talk_off_since=None))

    def export(self, user_id: int) -> bytes:
        with self._database.read() as session:
            return json.dumps(own_data(session, user_id), ensure_ascii=False, indent=1).encode()

    # ---------------------------------------------------------------- the author's word

    def words(self) -> list[AuthorWord]:
        with self._database.read() as session:
            return words(session)

    def withdraw(self, word_id: int) -> bool:
        with self._database.session() as session:
            return withdraw_word(session, word_id)

    # ---------------------------------------------------------------- housekeeping

    def embed_waiting(self) -> int:
        """Embeds turns that have no vector yet; how many. Off the path of any answer."""
        embedder = self._recollection.embedder
        if embedder is None:
            return 0
        with self._database.read() as session:
            waiting = waiting_turns(session, embedder.name, EMBEDDED_AT_ONCE)
        if not waiting:
            return 0
        vectors = embedder.embed_queries([question for _, question in waiting])
        found = {answer_id: as_bytes(row) for (answer_id, _), row in zip(waiting, vectors, strict=True)}
        with self._database.session() as session:
            put_turn_vectors(session, embedder.name, found)
        return len(waiting)

    def prune(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> int:
        """Erases what is older than the operator lets it be; how many answers. A little at a time."""
        if self._days <= 0:
            return 0
        with self._database.session() as session:
            erased = forget_older(session, clock() - timedelta(days=self._days), PRUNED_AT_ONCE)
        if erased:
            self._database.scrub()
        return erased
