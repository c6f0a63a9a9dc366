"""A wrong VECTOR_STORE, a server that is not there or too old, a forbidden extension: one clear message each."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from konspekt.app.settings import Settings, SettingsError
from konspekt.storage.database import Database
from konspekt.storage.errors import StorageError, VectorStoreSettingError
from konspekt.storage.index.filters import Conditions
from konspekt.storage.vectors.choosing import checked_setting, open_store
from konspekt.storage.vectors.milvus_address import milvus_address
from konspekt.storage.vectors.milvus_search import expression, microseconds
from konspekt.storage.vectors.milvus_store import MilvusStore, milvus_version
from konspekt.storage.vectors.pgvector_search import scan_settings
from konspekt.storage.vectors.pgvector_store import PgvectorStore, ensure_extension
from tests.storage.vectors.shelf import nothing


@pytest.mark.parametrize(
    ("url", "uri", "shown", "token"),
    [
        ("milvus://vectors", "http://vectors:19530", "vectors:19530", ""),
        ("milvus://10.0.0.5:1234", "http://10.0.0.5:1234", "10.0.0.5:1234", ""),
        ("milvus://me:s%40cret@vectors:1/base", "http://vectors:1", "vectors:1/base", "me:s@cret"),
        ("milvus+https://me:k@cloud.example", "https://cloud.example:19530", "cloud.example:19530", "me:k"),
        ("milvus://[::1]:7", "http://[::1]:7", "[::1]:7", ""),
        ("milvus:///srv/konspekt/vectors.db", "/srv/konspekt/vectors.db", "/srv/konspekt/vectors.db", ""),
        ("milvus:///srv/a%20b.db", "/srv/a b.db", "/srv/a b.db", ""),
    ],
)
def test_addresses_of_milvus(url: str, uri: str, shown: str, token: str) -> None:
    address = milvus_address(url)
    assert (address.uri, address.shown, address.token) == (uri, shown, token)
    assert address.is_lite == uri.endswith(".db")
    assert "s@cret" not in repr(address)


@pytest.mark.parametrize(
    "value",
    [
        "", "chroma", "faiss2", "pgvector://host", "milvus", "milvus:", "milvus://", "milvus:///", "milvus:///folder",
        "milvus://host:port", "milvus://host:99999", "milvus://host/a/b", "milvus://host?x=1", "milvus+https:///a.db",
        "http://host:19530", "milvus://user:secret@", "milvus://user:secret@host:x",
    ],
)  # fmt: skip
def test_a_wrong_setting_is_said_without_its_secret(value: str) -> None:
    with pytest.raises(VectorStoreSettingError, match="VECTOR_STORE") as caught:
        checked_setting(value)
    assert "secret" not in str(caught.value)
    if value:
        with pytest.raises(SettingsError, match="VECTOR_STORE") as refused:
            Settings(vector_store=value)
        assert "secret" not in str(refused.value)


@pytest.mark.parametrize("value", ["FAISS", " pgvector ", "Faiss"])
def test_names_are_read_in_any_case(value: str) -> None:
    assert Settings(vector_store=value).vector_store == value.strip().lower()


def test_pgvector_needs_postgres(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(VectorStoreSettingError, match="DATABASE_URL=postgresql"):
        open_store("pgvector", sqlite_database, tmp_path)


@pytest.mark.postgres
def test_a_user_who_may_not_add_the_extension_is_told_who_may(postgres_server: Any, postgres_url: str) -> None:
    owner = Database(postgres_url)
    with owner.engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS reader_of_vectors"))
        connection.execute(text("CREATE ROLE reader_of_vectors LOGIN PASSWORD 'x'"))
        connection.execute(text("GRANT ALL ON SCHEMA public TO reader_of_vectors"))
    with owner.engine.connect() as connection:
        connection.execute(text("SET ROLE reader_of_vectors"))
        with pytest.raises(StorageError, match="superuser must run CREATE EXTENSION vector"):
            ensure_extension(connection)
        connection.rollback()
    with owner.engine.begin() as connection:
        assert ensure_extension(connection) >= (0, 5)  # who may adds it at the first use
        connection.execute(text("DROP OWNED BY reader_of_vectors"))
        connection.execute(text("DROP ROLE reader_of_vectors"))
    with pytest.raises(StorageError, match="at most 2000"):
        PgvectorStore(owner).build(1, 3000, 0, list, nothing)
    owner.close()


def test_a_milvus_that_is_not_there(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymilvus", reason="needs `pip install konspekt[milvus]`")
    monkeypatch.setattr("konspekt.storage.vectors.milvus_store.TIMEOUT", 0.3)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        store = MilvusStore(sqlite_database, milvus_address(f"milvus://me:secret@127.0.0.1:{taken.getsockname()[1]}"))
        with pytest.raises(StorageError, match=r"127\.0\.0\.1:\d+: Milvus cannot be reached") as caught:
            store.count(None, None)  # type: ignore[arg-type]
    assert "secret" not in str(caught.value)


def test_a_milvus_of_another_version(
    milvus_url: str, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pymilvus.MilvusClient.get_server_version", lambda _client: "v2.3.1")
    store = open_store(milvus_url, sqlite_database, Path())
    with pytest.raises(StorageError, match=r"Milvus v2\.3\.1 is too old"):
        store.count(None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "version"), [("v2.4.0", (2, 4, 0)), ("2.5.4-gpu", (2, 5, 4)), ("v2.6.0-rc1", (2, 6, 0)), ("", ())]
)
def test_versions_of_milvus(said: str, version: tuple[int, ...]) -> None:
    assert milvus_version(said) == version


def test_filters_as_milvus_reads_them() -> None:
    moment = datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC)
    assert microseconds(moment) % 1_000_000 == 5
    said = expression(Conditions(since=moment, sources=("a",), authors=('say "hi"',), languages=("ru",)))
    assert said == (
        f'published_at >= {microseconds(moment)} and (source in ["a"] or author in ["say \\"hi\\""]) '
        'and language in ["ru"]'
    )
    assert expression(Conditions(sources=(), authors=("x",))) == '(author in ["x"])'
    assert expression(Conditions()) == ""


def test_pgvector_goes_on_where_its_version_can() -> None:
    assert scan_settings((0, 6, 2), 10, filtered=False) == ["hnsw.ef_search = 200"]
    assert scan_settings((0, 6, 2), 10, filtered=True) == ["hnsw.ef_search = 1000"]
    assert scan_settings((0, 8, 0), 10, filtered=True) == [
        "hnsw.ef_search = 200",
        "hnsw.iterative_scan = strict_order",
    ]
    assert scan_settings((0, 8, 0), 300, filtered=False) == ["hnsw.ef_search = 600"]
