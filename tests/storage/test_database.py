"""The schema, its migrations and what is said when the database fails."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

import konspekt.storage.migrations
from konspekt.storage.database import Database
from konspekt.storage.errors import StorageError
from konspekt.storage.models import Base, JobRow, SourceRow
from tests.conftest import ROOT

for _module in pkgutil.walk_packages(konspekt.storage.__path__, "konspekt.storage."):  # tables of their own files
    if ".migrations" not in _module.name:
        importlib.import_module(_module.name)


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    return not (kind == "table" and (name or "").startswith("chunk_terms"))


def test_migrations_make_exactly_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        options = {"include_name": is_ours, "compare_type": True}
        difference = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    assert difference == [], "the change of the models needs a migration"


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(konspekt.storage.migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == konspekt.storage.migrations.HEAD


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.session() as session:
        session.add(SourceRow(id="a", kind="course", title="a", location="/a"))
    database.migrate()
    with database.read() as session:
        assert session.scalars(select(SourceRow.id)).all() == ["a"]


def test_several_processes_may_migrate_at_once(database_url: str) -> None:
    code = "import sys; from konspekt.storage.database import Database; Database(sys.argv[1]).migrate()"
    running = [
        subprocess.Popen([sys.executable, "-c", code, database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    errors = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, errors
    database = Database(database_url)
    with database.engine.connect() as connection:
        assert "documents" in inspect(connection).get_table_names()
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    database.close()


def test_a_database_of_a_newer_version_is_refused_in_words(database_url: str) -> None:
    database = Database(database_url)
    database.migrate()
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'ffffffffffff'"))
    with pytest.raises(StorageError, match="another version"):
        database.migrate()
    database.close()


def test_a_session_is_all_or_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.session() as session:  # noqa: PT012
        session.add(JobRow(kind="reindex", status="running", summary={}))
        session.flush()
        raise ZeroDivisionError
    with database.read() as session:
        assert session.scalars(select(JobRow)).all() == []


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    def ids(session: object) -> Sequence[str]:
        return session.scalars(select(SourceRow.id)).all()  # type: ignore[attr-defined,no-any-return]

    with database.read() as reader:
        assert ids(reader) == []
        with database.session() as writer:
            writer.add(SourceRow(id="a", kind="course", title="a", location="/a"))
        assert ids(reader) == []
    with database.read() as reader:
        assert ids(reader) == ["a"]


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgres"])
@pytest.mark.postgres
def test_every_spelling_of_a_postgresql_url_opens(postgres_url: str, scheme: str) -> None:
    database = Database(postgres_url.replace("postgresql", scheme, 1))
    database.migrate()
    database.close()


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(StorageError, match="cannot be reached") as caught:
        Database("postgresql://user:secret@127.0.0.1:1/none").migrate()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://host/name", "not a url"])
def test_an_unsupported_url_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match="DATABASE_URL"):
        Database(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "konspekt.db"
    path.write_bytes(b"not a database, " * 300)
    with pytest.raises(StorageError, match="not a SQLite database"):
        Database(f"sqlite:///{path}").migrate()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match=r"cannot (be opened|make)"):
        Database(f"sqlite:///{tmp_path / 'deep' / 'konspekt.db'}").migrate()


def test_a_full_disk_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    """SQLite's own page limit stands in for the disk: it fails with the same error, SQLITE_FULL."""
    database = Database(f"sqlite:///{tmp_path / 'konspekt.db'}")
    database.migrate()
    with pytest.raises(StorageError, match="disk is full"), database.session() as session:  # noqa: PT012
        pages = session.scalar(text("PRAGMA page_count"))
        session.execute(text(f"PRAGMA max_page_count={pages}"))
        for number in range(1000):
            session.add(SourceRow(id=str(number), kind="x", title="x" * 1000, location="/"))
            session.flush()
    database.close()
    again = Database(f"sqlite:///{tmp_path / 'konspekt.db'}")
    with again.read() as session:
        assert session.scalars(select(SourceRow)).all() == []
    again.close()


FULL_DISK = """
import resource, sys
import konspekt.storage.database
konspekt.storage.database.BUSY_TIMEOUT_MS = 50
from konspekt.storage.database import Database
from konspekt.storage.errors import StorageError
from sqlalchemy import text

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no file can grow by a byte
database = Database(sys.argv[1])
database.migrate()
for reader in (database, Database(sys.argv[1])):  # the first keeps its pool, and must not shut the second out
    with reader.read() as session:
        print(session.scalar(text("SELECT title FROM sources")))
try:
    with database.session() as session:
        session.execute(text("UPDATE sources SET title = 'x'"))
except StorageError as error:
    print(error)
"""


def test_a_full_disk_is_read_from_and_what_is_written_fails_in_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'konspekt.db'}"
    database = Database(url)
    database.migrate()
    with database.session() as session:
        session.add(SourceRow(id="s", kind="telegram", title="Канал", location="x"))
    database.close()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    command = [sys.executable, "-c", FULL_DISK, url]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    titles, (failure,) = done.stdout.splitlines()[:2], done.stdout.splitlines()[2:]
    assert titles == ["Канал"] * 2
    assert "konspekt.db: " in failure
    assert "free" in failure


KEY = "sk-hunter2"


@pytest.mark.parametrize(
    "url",
    [
        KEY,
        f"user:{KEY}@host/name",
        f"postgresql:user:{KEY}@host/name",
        f"postgresql://user:{KEY}",
        f"postgresql://user:{KEY}@/name",
        f"postgresql://user:{KEY}@:5432/name",
        f"postgresql://{KEY}/name",
        f"postgresql:///{KEY}",
        f"postgresql://user:password@localhost:{KEY}/name",
        f"postgresql://user@localhost:1/name?password={KEY}",
        f"postgresql://user@localhost:1/name?passwrd={KEY}",
        f"postgresql+{KEY}://user@host/name",
        f"{KEY}://user@host/name",
        f"mysql://user:{KEY}@host/name",
        f"sqlite://{KEY}/name.db",
    ],
)
def test_a_key_in_any_part_of_a_wrong_url_is_not_said(url: str) -> None:
    with pytest.raises(StorageError) as raised, Database(url).read() as session:
        session.execute(text("SELECT 1"))
    error: BaseException | None = raised.value
    assert KEY not in str(error)
    assert "DATABASE_URL" in str(error)


def test_a_database_of_before_the_corrections_is_carried_over(database_url: str) -> None:
    database = Database(database_url)
    with database.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(konspekt.storage.migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "892fee6e96d9")
        connection.execute(
            text("INSERT INTO sources (id, kind, title, location, options) VALUES ('a', 'course', 'a', '/a', '{}')")
        )
    database.migrate()
    with database.read() as session:
        assert session.scalars(select(SourceRow.id)).all() == ["a"]
    assert "options" not in {column["name"] for column in inspect(database.engine).get_columns("sources")}
    assert inspect(database.engine).has_table("corrections")
