"""Moving all rows of one database into another: batch by batch, resumed wherever it was cut off, checked at the end.

The old database is only read. A batch and the note of how far that came are one transaction of the new one, so that a
move that was killed at any moment goes on behind its last whole batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from konspekt.storage.database import Database, shown
from konspekt.storage.errors import MoveError
from konspekt.storage.messages import say
from konspekt.storage.migrations import HEAD, current_revision
from konspekt.storage.moving import progress
from konspekt.storage.moving.clearing import clear
from konspekt.storage.moving.counters import carry_over
from konspekt.storage.moving.holding import held_still
from konspekt.storage.moving.progress import Standing
from konspekt.storage.moving.tables import BATCH, Key, Part, Row, all_parts, digest, leaning_on, without_nul

Step = Literal["copying", "checking"]
Report = Callable[[Step, str, int, int], None]  # step, part, rows so far, rows in all
# The new place's vector store may have been filled meanwhile, which changes these
CATALOGUE = frozenset({"index_generations", "vector_collections"})
ROUNDS = 3  # times that a part is copied when the old database was written to between two runs


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows by part, and of those how many this run copied; the rest was there from a run before."""

    rows: dict[str, int]
    copied: int


@dataclass(slots=True)
class Move:
    """From `old` to `new`. Raises MoveError, and StorageError as any use of a database does."""

    old: Database
    new: Database
    report: Report = lambda _step, _part, _done, _total: None
    checkpoint: Callable[[str], None] = lambda _name: None
    at_the_end: Callable[[], None] = lambda: None  # once all is copied and equal, and before anybody may use it
    batch: int = BATCH
    parts: list[Part] = field(default_factory=all_parts)
    copied: int = 0

    def outline(self) -> dict[str, int]:
        """Rows by part, of what would be copied."""
        with self.old.read() as source:
            return {part.name: part.count(source) for part in self.parts}

    def run(self) -> Moved:
        tables = [part.name for part in self.parts]
        with held_still(self.old, tables), self.old.read() as source:
            if not self._open(source):
                return Moved({part.name: part.count(source) for part in self.parts}, 0)
            for _ in range(ROUNDS):
                for part in self.parts:
                    self._copy(source, part)
                self.checkpoint("copied")
                different = self._different(source)
                if not different:
                    break
                self._again(different)
            else:
                raise MoveError(say("move_unequal", parts=", ".join(sorted(different))))
            self.at_the_end()
            with self.new.session() as target:
                carry_over(source, target, self.parts)
                progress.finish(target)
            self.checkpoint("finished")
            return Moved({part.name: part.count(source) for part in self.parts}, self.copied)

    def refusal(self) -> None:
        """Raises MoveError where the new database cannot take what the old one holds. Changes nothing."""
        if self.new.url == self.old.url:
            raise MoveError(say("move_same"))
        with self.new.read() as target:
            names = set(inspect(target.connection()).get_table_names())
            if progress.has_begun(target):
                if progress.origin_of(target) not in (self._origin(), None):
                    raise MoveError(say("move_other_origin", url=shown(self.new.url)))
                if current_revision(target.connection()) != HEAD:
                    raise MoveError(say("move_other_version", url=shown(self.new.url)))
            elif names and "alembic_version" not in names:
                raise MoveError(say("move_foreign", url=shown(self.new.url)))

    # ---------------------------------------------------------------- the new database

    def _open(self, source: Session) -> bool:
        """Make the new database ready to be copied into; False where all of it is there already."""
        self.refusal()
        with self.new.read() as target:
            if progress.has_begun(target):
                return True
        self.new.migrate()
        with self.new.read() as target:
            full = any(part.count(target) for part in self.parts)
        if full:
            if self._different(source) - CATALOGUE:
                raise MoveError(say("move_not_empty", url=shown(self.new.url)))
            return False
        with self.new.session() as target:
            progress.begin(target, self._origin(), [part.name for part in self.parts])
        self.checkpoint("begun")
        return True

    def _origin(self) -> str:
        """Which database the rows come from, without its password."""
        url = self.old.url
        return hashlib.sha256(f"{url.get_backend_name()} {shown(url)}".encode()).hexdigest()

    # ---------------------------------------------------------------- rows

    def _copy(self, source: Session, part: Part) -> None:
        with self.new.read() as target:
            standing = progress.standings(target)[part.name]
        total = part.count(source)
        while not standing.done:
            rows = part.after(source, standing.position, self.batch)
            last = part.key(rows[-1]) if rows else standing.position
            standing = Standing(last, standing.rows + len(rows), len(rows) < self.batch)
            with self.new.session() as target:
                if rows:
                    self._put(target, part, [without_nul(row) for row in rows])
                progress.advance(target, part.name, standing)
                self.checkpoint("rows put")
            self.copied += len(rows)
            self.checkpoint("batch")
            self.report("copying", part.name, standing.rows, max(total, standing.rows))

    def _put(self, target: Session, part: Part, rows: Sequence[Row]) -> None:
        try:
            part.put(target, rows)
        except DBAPIError as error:
            if error.connection_invalidated or type(error.orig).__name__ == "OperationalError":
                raise  # said as every failure of a database is
            reason = str(error.orig).strip().splitlines()[0]
            first, last = part.key(rows[0]), part.key(rows[-1])
            raise MoveError(say("move_refused", part=part.name, first=first, last=last, reason=reason)) from error

    # ---------------------------------------------------------------- the check

    def _different(self, source: Session) -> set[str]:
        """Parts whose rows are not the same on both sides, by their number and by what they hash to."""
        with self.new.read() as target:
            counts = {part.name: (part.count(source), part.count(target)) for part in self.parts}
            found = {name for name, (old, new) in counts.items() if old != new}
            return found | {
                part.name
                for part in self.parts
                if part.name not in found
                and self._hash(source, part, counts[part.name][0]) != self._hash(target, part, counts[part.name][0])
            }

    def _hash(self, session: Session, part: Part, total: int) -> int:
        key: Key | None = None
        found = done = 0
        while rows := part.after(session, key, self.batch):
            found += digest(rows)
            done += len(rows)
            key = part.key(rows[-1])
            self.report("checking", part.name, done, total)
        return found % (1 << 128)

    def _again(self, different: set[str]) -> None:
        """Somebody wrote into the old database between two runs: what has changed is copied anew."""
        names = leaning_on(different)
        with self.new.session() as target:
            clear(target, [part for part in self.parts if part.name in names])
            for name in names:
                progress.start_over(target, name)
