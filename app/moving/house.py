"""Moving house: the database into another one, and the files of KONSPEKT_HOME into another folder."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from konspekt.app.moving.files import INDEX, copy_files, files_of
from konspekt.app.moving.messages import say
from konspekt.app.settings import Settings
from konspekt.indexer.reindexing.locking import database_lock, reindex_lock
from konspekt.indexer.reindexing.publishing import Publisher
from konspekt.indexer.reindexing.staging import Stage
from konspekt.storage.database import Database
from konspekt.storage.errors import MoveError
from konspekt.storage.index.generations import current_generation
from konspekt.storage.moving.move import Move, Moved, Report
from konspekt.storage.moving.place import Place
from konspekt.storage.vectors.choosing import FAISS, checked_setting, open_store
from konspekt.storage.vectors.protocol import VectorStore


@dataclass(frozen=True, slots=True)
class House:
    """What was moved, or would be. `settings`: what is to be written in .env, a password left out."""

    place: str
    rows: dict[str, int]
    copied: int
    files: tuple[str, ...]
    seconds: float
    settings: dict[str, str]
    dry_run: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "to": self.place,
            "rows": self.rows,
            "copied": self.copied,
            "files": list(self.files),
            "seconds": self.seconds,
            "settings": self.settings,
            "dry_run": self.dry_run,
        }


def move_house(
    settings: Settings,
    old: Database,
    to: str | None,
    home: Path | None,
    report: Report,
    *,
    vectors: str | None = None,
    dry_run: bool = False,
) -> House:
    """Copy all of the old place to the database `to`, or a file in the new `home`, and check that it is all there.

    `vectors`: the new VECTOR_STORE, if another one; it is filled with the vectors that the database has.
    Raises MoveError, DatabaseUrlError, VectorStoreSettingError, ReindexRunningError, StorageError.
    """
    began = time.monotonic()
    if to is None and home is None:
        raise MoveError(say("nowhere"))
    if home is not None and home.resolve() == settings.konspekt_home.resolve():
        raise MoveError(say("same_home", home=home))
    own_file = None if home is None else Place.in_folder(home)
    place = Place(to) if to is not None else own_file
    assert place is not None
    vectors = checked_setting(vectors or settings.vector_store)
    with old.read() as session:
        generation = current_generation(session)
    names = [] if home is None else list(files_of(settings.konspekt_home, generation.filename if generation else None))
    if dry_run:
        rows, copied = _would_move(old, place, report), 0
    else:
        moved = _move(settings, old, place, home, vectors=vectors, report=report)
        if home is not None:
            copy_files(settings.konspekt_home, home, names)
        rows, copied = moved.rows, moved.copied
    written = {"KONSPEKT_HOME": str(home.resolve())} if home is not None else {}
    if place != own_file:
        written["DATABASE_URL"] = place.setting
    if vectors != settings.vector_store:
        written["VECTOR_STORE"] = without_password(vectors)
    seconds = round(time.monotonic() - began, 3)
    return House(place.shown, rows, copied, tuple(map(str, names)), seconds, written, dry_run)


def _would_move(old: Database, place: Place, report: Report) -> dict[str, int]:
    """A file that is not there yet is not opened: that would make it."""
    new = Database(place.url) if place.is_there else None
    move = Move(old, new or old, report)
    if new is not None:
        move.refusal()
        new.close()
    return move.outline()


def _move(settings: Settings, old: Database, place: Place, home: Path | None, *, vectors: str, report: Report) -> Moved:
    """No reindex changes either place meanwhile, and no other move goes into the new one."""
    index_dir = settings.index_dir if home is None else home / INDEX
    with reindex_lock(old, settings.index_dir):
        new = Database(place.url)
        try:
            store = open_store(vectors, new, index_dir)  # one that does not go with the database is refused here
            move = Move(old, new, report, at_the_end=lambda: _fill(new, store, vectors))
            move.refusal()  # before anything is made in the new folder
            with reindex_lock(new, index_dir) if home is not None else database_lock(new, 0.0):
                return move.run()
        finally:
            new.close()


def _fill(new: Database, store: VectorStore, setting: str) -> None:
    """A FAISS file goes along as a file, or is made again from the database at the first search; other stores are
    filled here, as a reindex would, with the vectors that are in the database."""
    with new.read() as session:
        current = current_generation(session)
    if setting == FAISS or current is None or store.is_whole(current):
        return
    publisher = Publisher(new, store, current.model, current.chunking, lambda _step: None)
    publisher.publish(Stage(new, 0), (), True, lambda _session: None)


def without_password(setting: str) -> str:
    head, at, host = setting.rpartition("@")
    return f"{head.partition('://')[0]}://***@{host}" if at else setting
