"""A move copies everything, whichever the two databases are, and refuses what it would spoil."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Integer, delete, func, inspect, select, text, update

from konspekt.storage.database import Database
from konspekt.storage.errors import MoveError, StorageError
from konspekt.storage.index.full_text import search_terms
from konspekt.storage.models import AnswerRow, ChatRow, ChunkRow, DocumentRow, SourceRow, UserRow
from konspekt.storage.moving import progress
from konspekt.storage.moving.move import Move
from konspekt.storage.moving.place import Place
from konspekt.storage.moving.tables import all_parts, leaning_on
from tests.fakes.full_place import contents, fill, next_id, tables

POSTGRES = pytest.mark.postgres
WAYS = [
    ("sqlite", "sqlite"),
    pytest.param("sqlite", "postgres", marks=POSTGRES),
    pytest.param("postgres", "sqlite", marks=POSTGRES),
]


@pytest.fixture
def empty(
    request: pytest.FixtureRequest, tmp_path: Path, _migrated_file: Path
) -> Iterator[Callable[[str, str], Database]]:
    """Makes a database that nothing was ever written into; the file has its tables already, which saves seconds."""
    opened: list[Database] = []

    def make(kind: str, name: str) -> Database:
        url = f"sqlite:///{tmp_path / name}.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
        if kind == "sqlite":
            shutil.copy(_migrated_file, tmp_path / f"{name}.db")
        opened.append(Database(url))
        return opened[-1]

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def old(sqlite_database: Database) -> Database:
    """A full place of twelve rows in every table."""
    fill(sqlite_database, 12)
    return sqlite_database


@pytest.mark.parametrize(("old_kind", "new_kind"), WAYS)
def test_everything_is_there_whichever_the_databases(
    empty: Callable[[str, str], Database], old_kind: str, new_kind: str
) -> None:
    old, new = empty(old_kind, "old"), empty(new_kind, "new")
    old.migrate()
    fill(old, 12)
    numbered = [t for t in tables() if isinstance(next(iter(t.primary_key.columns)).type, Integer)]
    given_out = [
        t for t in numbered if len(t.primary_key.columns) == 1 and t.dialect_options["sqlite"]["autoincrement"]
    ]
    with old.session() as session:
        if old.is_sqlite:  # PostgreSQL counts only the numbers that it gave itself
            session.execute(delete(ChunkRow).where(ChunkRow.id == 12))  # a number that must never return
        session.execute(text("UPDATE answers SET forms = 'null' WHERE id = 2"))  # is not the same as none
    moved = Move(old, new, batch=5).run()
    expected = contents(old)
    assert contents(new) == expected
    assert moved.rows == {name: len(rows) for name, rows in expected.items()}
    assert min(moved.rows.values()) >= 11
    assert moved.copied == sum(moved.rows.values())
    with new.session() as session:
        assert not progress.has_begun(session)
        assert [hit[0] for hit in search_terms(session, ["слово7"], 5)] == [7]
        session.execute(delete(SourceRow).where(SourceRow.id == "ключ/3"))  # what leans on it goes with it
        gone = session.scalar(select(func.count()).select_from(DocumentRow).where(DocumentRow.id == "ключ/3"))
        assert gone == 0
        assert {t.name: next_id(session, t) for t in given_out} == {t.name: 13 for t in given_out}
    assert len(given_out) >= 5


def test_a_second_run_copies_nothing_and_says_so(old: Database, empty: Callable[[str, str], Database]) -> None:
    new = empty("sqlite", "new")
    Move(old, new).run()
    again = Move(old, new).run()
    assert (again.copied, again.rows["documents"]) == (0, 12)


def test_every_table_of_the_database_is_copied(old: Database) -> None:
    with old.read() as session:
        names = set(inspect(session.connection()).get_table_names())
    own = {name for name in names if not name.startswith(("chunk_terms_", "sqlite_", "alembic_"))}
    assert {part.name for part in all_parts()} == own


def test_the_old_place_cannot_be_written_to_meanwhile_and_is_as_it_was(
    old: Database, empty: Callable[[str, str], Database]
) -> None:
    before, refused = contents(old), []

    def write(_step: str) -> None:
        connection = sqlite3.connect(str(old.url.database), timeout=0)
        try:
            connection.execute("INSERT INTO chats VALUES (-5, 'private', '2024-01-01')")
        except sqlite3.OperationalError as error:
            refused.append(str(error))
        assert connection.execute("SELECT count(*) FROM chats").fetchone() == (12,)  # reading goes on
        connection.close()

    Move(old, empty("sqlite", "new"), checkpoint=write).run()
    assert set(refused) == {"database is locked"}
    assert contents(old) == before
    with old.session() as session:
        session.add(ChatRow(id=-5, type="private"))  # and then it can


@pytest.mark.postgres
def test_an_old_postgres_cannot_be_written_to_meanwhile(empty: Callable[[str, str], Database]) -> None:
    old, refused = empty("postgres", "old"), []
    old.migrate()
    fill(old, 3)
    other = Database(old.url.render_as_string(hide_password=False))

    def write(step: str) -> None:
        if step != "copied":
            return
        try:
            with other.session() as session:
                session.execute(text("SET LOCAL lock_timeout = '50ms'"))
                session.add(ChatRow(id=-5, type="private"))
        except Exception as error:
            refused.append(type(error).__name__)
        with other.read() as session:
            assert session.scalar(select(func.count()).select_from(ChatRow)) == 3

    Move(old, empty("sqlite", "new"), checkpoint=write).run()
    assert len(refused) == 1
    other.close()


class Stopped(Exception):
    pass


def stop_at(step: str, number: int) -> Callable[[str], None]:
    passes = {"left": number}

    def checkpoint(name: str) -> None:
        if name == step:
            passes["left"] -= 1
            if not passes["left"]:
                raise Stopped

    return checkpoint


@pytest.mark.parametrize("step", ["begun", "rows put", "batch", "copied", "finished"])
def test_a_move_that_was_cut_off_goes_on_behind_its_last_whole_batch(
    old: Database, empty: Callable[[str, str], Database], step: str
) -> None:
    new = empty("sqlite", "new")
    cut = Move(old, new, batch=5, checkpoint=stop_at(step, 20 if step in {"rows put", "batch"} else 1))
    with pytest.raises(Stopped):
        cut.run()
    if step != "finished":
        with pytest.raises(StorageError, match="half moved"):
            Database(new.url.render_as_string()).migrate()  # a bot does not start there
    rest = Move(old, new, batch=5).run()
    assert contents(new) == contents(old)
    assert cut.copied + rest.copied == sum(rest.rows.values())


def test_what_was_written_to_the_old_place_between_two_runs_is_there(
    old: Database, empty: Callable[[str, str], Database]
) -> None:
    new = empty("sqlite", "new")
    with pytest.raises(Stopped):
        Move(old, new, batch=5, checkpoint=stop_at("copied", 1)).run()
    with old.session() as session:
        session.add(UserRow(id=-7, language="ru"))  # before all that were copied
        session.execute(update(AnswerRow).where(AnswerRow.id == 4).values(text="переписан"))
        session.execute(delete(DocumentRow).where(DocumentRow.id == "ключ/5"))
    Move(old, new, batch=5).run()
    assert contents(new) == contents(old)


def test_tables_that_go_with_others_are_known() -> None:
    assert leaning_on({"documents"}) == {"documents", "chunks"}
    assert {"messages", "feedback"} < leaning_on({"answers"})
    assert leaning_on({"vectors"}) == {"vectors"}


def test_a_database_that_holds_something_else_is_refused(
    old: Database, empty: Callable[[str, str], Database], tmp_path: Path
) -> None:
    other = empty("sqlite", "other")
    other.migrate()
    fill(other, 2)
    before = contents(other)
    with pytest.raises(MoveError, match="holds something already"):
        Move(old, other).run()
    assert contents(other) == before
    foreign = Database(f"sqlite:///{tmp_path / 'foreign.db'}")
    with foreign.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE shop (id INTEGER)")
    with pytest.raises(MoveError, match="not Konspekt's"):
        Move(old, foreign).run()
    with pytest.raises(MoveError, match="the new place is the old one"):
        Move(old, Database(old.url.render_as_string())).run()


def test_a_move_from_elsewhere_is_not_gone_on_with(old: Database, empty: Callable[[str, str], Database]) -> None:
    new, third = empty("sqlite", "new"), empty("sqlite", "third")
    third.migrate()
    with pytest.raises(Stopped):
        Move(old, new, checkpoint=stop_at("batch", 3)).run()
    with pytest.raises(MoveError, match="another place was being moved"):
        Move(third, new).run()


@pytest.mark.postgres
def test_what_postgres_cannot_hold_is_left_out_or_named(old: Database, empty: Callable[[str, str], Database]) -> None:
    new = empty("postgres", "new")
    with old.session() as session:
        session.execute(update(AnswerRow).where(AnswerRow.id == 3).values(text="до\0после"))
    Move(old, new).run()
    with new.read() as session:
        assert session.scalar(select(AnswerRow.text).where(AnswerRow.id == 3)) == "допосле"


@pytest.mark.postgres
def test_a_row_that_the_new_database_refuses_is_named(old: Database, empty: Callable[[str, str], Database]) -> None:
    with old.session() as session:
        session.execute(update(SourceRow).where(SourceRow.id == "ключ/2").values(kind="x" * 40))
    with pytest.raises(MoveError, match=r"of sources: value too long"):
        Move(old, empty("postgres", "new")).run()


def test_a_password_is_not_shown() -> None:
    place = Place("postgresql://me:secret@db.example:5433/konspekt")
    assert place.shown == "db.example:5433/konspekt"
    assert place.setting == "postgresql://me:***@db.example:5433/konspekt"
