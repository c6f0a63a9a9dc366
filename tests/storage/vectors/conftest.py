"""Every vector store on a real engine: FAISS, pgvector in a PostgreSQL, Milvus Lite behind a socket."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from konspekt.storage.database import Database
from konspekt.storage.vectors.pgvector_store import PgvectorStore

STORES = ["faiss", pytest.param("pgvector", marks=pytest.mark.postgres), "milvus"]


@pytest.fixture(scope="session")
def milvus_url() -> Iterator[str]:
    """A server of Milvus Lite in this process: it speaks to any client as a Milvus server does."""
    pytest.importorskip("milvus_lite", reason="needs `pip install konspekt[milvus]`")
    pytest.importorskip("pymilvus", reason="needs `pip install konspekt[milvus]`")
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    with tempfile.TemporaryDirectory(prefix="konspekt-milvus-") as folder:
        server, held, port = start_server_in_thread(folder)
        yield f"milvus://127.0.0.1:{port}"
        server.stop(grace=1)
        held.close()


@pytest.fixture(params=STORES)
def store_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def setting(store_name: str, request: pytest.FixtureRequest) -> str:
    """VECTOR_STORE."""
    return str(request.getfixturevalue("milvus_url")) if store_name == "milvus" else store_name


@pytest.fixture
def backend(store_name: str) -> str:
    """pgvector lives in the database; the others go with the default one."""
    return "postgres" if store_name == "pgvector" else "sqlite"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture(autouse=True)
def _small_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphs from a few hundred vectors on, so that they are what is tested."""
    monkeypatch.setattr("konspekt.storage.vectors.pgvector_store.PLAIN_UP_TO", 400)
    monkeypatch.setattr("konspekt.storage.vectors.milvus_store.FLAT_UP_TO", 400)
    monkeypatch.setattr("konspekt.storage.vectors.milvus_search.FEW", 100)
    monkeypatch.setattr("konspekt.storage.vectors.faiss_file.FLAT_UP_TO", 400)


@pytest.fixture
def database(database: Database) -> Iterator[Database]:
    """The tests share one PostgreSQL database, which is emptied after each, but keeps its tables."""
    yield database
    if not database.is_sqlite:
        PgvectorStore(database).sweep(None)
