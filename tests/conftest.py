"""Real parts for every test: a database of each kind, a home of its own, the real embedding model."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from konspekt.storage.database import Database
from tests.fakes.hash_embedder import HashEmbedder

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "data" / "models"
SEEDS = ROOT.parent / "shared" / "seeds"

_numbers = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes half a minute and watches over one corner is run by hand: `make sweep`."""
    if os.environ.get("KONSPEKT_SWEEP") != "1":
        left_out = pytest.mark.skip(reason="takes long: KONSPEKT_SWEEP=1 (make sweep) runs it")
        for item in items:
            if item.get_closest_marker("sweep"):
                item.add_marker(left_out)


# Whoever runs the tests in the background may have had Ctrl-C ignored, and every process started from here would too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's shell leaks into a test, and no command starts a model that none asked for."""
    from konspekt.app.settings import Settings

    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("LOCAL_MODEL", "none")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh KONSPEKT_HOME, set in the environment; models come from data/models; no `.env` is read."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KONSPEKT_HOME", str(folder))
    monkeypatch.setenv("MODELS_DIR", str(MODELS))
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A real PostgreSQL. Not under pytest's own folder: the next pytest makes that private, and as root the server
    runs as a user of its own, who is then locked out."""
    pgserver = pytest.importorskip("pgserver")
    with tempfile.TemporaryDirectory(prefix="konspekt-postgres-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        server.psql("ALTER SYSTEM SET fsync = off")
        server.psql("SELECT pg_reload_conf()")
        yield server
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: Any) -> Iterator[str]:
    """A fresh database in a real PostgreSQL, in the plain form that hosting providers hand out."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    postgres_server.psql(f"CREATE DATABASE {name} TEMPLATE template0")
    yield postgres_server.get_uri(database=name)
    postgres_server.psql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any schema yet."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'konspekt.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def _shared_postgres(postgres_server: Any) -> Iterator[Database]:
    postgres_server.psql("CREATE DATABASE shared TEMPLATE template0")
    database = Database(postgres_server.get_uri(database="shared"))
    database.migrate()
    yield database
    database.close()


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy: ten migrations for each of a thousand tests are minutes."""
    path = tmp_path_factory.mktemp("migrated") / "konspekt.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def sqlite_database(_migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "konspekt.db"
    shutil.copy(_migrated_file, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def database(backend: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated, empty database: the test runs once on SQLite, once on PostgreSQL."""
    if backend == "postgres":
        shared: Database = request.getfixturevalue("_shared_postgres")
        yield shared
        with shared.engine.begin() as connection:  # much faster than a new database for every test
            tables = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
            connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
        return
    yield request.getfixturevalue("sqlite_database")


@pytest.fixture
def hash_embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture(scope="session")
def e5_path() -> Path:
    """The file of the embedded default, fetched if it is not there yet."""
    from konspekt import modelhub

    return modelhub.ensure("multilingual-e5-small", MODELS)


@pytest.fixture(scope="session")
def e5(e5_path: Path) -> Any:
    """The real embedding model, loaded once a session."""
    from konspekt.indexer.embedding.e5.embedder import E5Embedder

    return E5Embedder("multilingual-e5-small", e5_path)


@pytest.fixture
def seeds() -> Path:
    """Real dumps of channel pages, beside the checkout where they may be read but not kept."""
    if not SEEDS.is_dir():
        pytest.skip("no seeds beside this checkout")
    return SEEDS


@pytest.fixture
def threads_in_turn() -> Iterator[None]:
    """Threads give way to one another as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
