"""Vectors in Milvus, for an index beyond one machine: a collection for each generation.

Which collection is searched stands in the database's catalogue and nowhere else, so there is no alias that could
disagree with the rows. Live posts are a tail beside the collection until the next one is built.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from konspekt.storage.database import Database
from konspekt.storage.errors import GenerationGoneError, StorageError
from konspekt.storage.messages import say
from konspekt.storage.models import IndexGenerationRow
from konspekt.storage.vectors.milvus_address import MilvusAddress
from konspekt.storage.vectors.milvus_collections import note_collection, noted_collections, strike_out
from konspekt.storage.vectors.milvus_search import MilvusPart, microseconds
from konspekt.storage.vectors.protocol import Batch, Batches, Checkpoint

PREFIX = "konspekt_"
FLAT_UP_TO = 20_000  # exact; a scan of so many takes milliseconds
LINKS, BREADTH_OF_BUILDING = 16, 128  # HNSW's M and efConstruction
ROWS = 2_000  # in one request: a few megabytes
LONGEST_NAME = 65_535  # bytes that Milvus takes for a VARCHAR
OLDEST = (2, 4)
TIMEOUT = 10.0  # seconds for an answer of the server
POLL_SECONDS = 0.5


class MilvusStore:
    """Connects at its first use. Safe to share between threads."""

    wants_labels = True
    bound_to_snapshot = False

    def __init__(self, database: Database, address: MilvusAddress) -> None:
        self._database = database
        self._address = address
        self._lock = threading.Lock()
        self._connected: Any = None
        self._lite = False

    def kind_for(self, count: int) -> str:
        return "milvus-flat" if count <= FLAT_UP_TO else "milvus-hnsw"

    def build(self, generation_id: int, dimension: int, count: int, batches: Batches, checkpoint: Checkpoint) -> str:
        name = f"{PREFIX}{generation_id}_{secrets.token_hex(4)}"
        with self._database.session() as session:
            note_collection(session, name, self._address.shown)
        with self._explained():
            client = self._client()
            client.create_collection(name, schema=_schema(client, dimension), consistency_level="Bounded")
            for batch in batches():
                for rows in _rows(batch):
                    client.insert(name, rows)
            checkpoint("file built")
            client.flush(name)
            client.create_index(name, self._index(client, count))
            self._until_indexed(client, name)
            client.load_collection(name)
            found = self._stored(client, name)
        if found != count:
            raise StorageError(say("vectors_not_written", store=self._address.shown, reason=f"{found} != {count}"))
        return name

    def is_whole(self, row: IndexGenerationRow) -> bool:
        with self._explained():
            return row.filename.startswith(PREFIX) and bool(self._client().has_collection(row.filename))

    def open(self, session: Session, row: IndexGenerationRow) -> MilvusPart:
        with self._explained():
            client = self._client()
            if not (row.filename.startswith(PREFIX) and client.has_collection(row.filename)):
                raise GenerationGoneError(row.filename)
            client.load_collection(row.filename)  # after a restart of the server; else it is loaded already
            fields = {field["name"]: field for field in client.describe_collection(row.filename)["fields"]}
            dimension = int(fields["embedding"]["params"]["dim"])
        if dimension != row.dimension:
            raise StorageError(say("vectors_other_dimension", found=dimension, wanted=row.dimension))
        return MilvusPart(client, row.filename, row.vector_count, row.model, row.file_last_chunk_id, self._explained)

    def recover(self, session: Session, row: IndexGenerationRow) -> MilvusPart:
        raise StorageError(say("vectors_not_there", store=f"Milvus ({self._address.shown})"))

    def count(self, session: Session, row: IndexGenerationRow) -> int:
        with self._explained():
            return self._stored(self._client(), row.filename)

    def sweep(self, keep: str | None) -> bool:
        with self._database.read() as session:
            old = [name for name in noted_collections(session, self._address.shown) if name != keep]
        for name in old:
            with self._explained():
                self._client().drop_collection(name)  # says nothing where there is none
            with self._database.session() as session:
                strike_out(session, name)
        return bool(old)

    # ---------------------------------------------------------------- the server

    def _client(self) -> Any:
        with self._lock:
            if self._connected is None:
                self._connected = self._connect()
            return self._connected

    def _connect(self) -> Any:
        address = self._address
        try:
            from pymilvus import MilvusClient

            if address.is_lite:
                import milvus_lite  # noqa: F401 - pymilvus would name a package of its own
        except ImportError as error:
            raise StorageError(say("milvus_not_installed")) from error
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs what it raises
        client = MilvusClient(
            uri=address.uri, token=address.token, db_name=address.database, timeout=TIMEOUT, dedicated=True
        )
        version = str(client.get_server_version())
        self._lite = "lite" in version
        if not self._lite and milvus_version(version) < OLDEST:
            raise StorageError(say("milvus_old", version=version, oldest=".".join(map(str, OLDEST))))
        return client

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from konspekt.storage.vectors.milvus_errors import meaning_of

        try:
            yield
        except StorageError:
            raise
        except Exception as error:
            message = meaning_of(error, self._address)
            if message is None:
                raise
            raise StorageError(message) from error

    def _index(self, client: Any, count: int) -> Any:
        parameters = client.prepare_index_params()
        if self.kind_for(count) == "milvus-flat":
            parameters.add_index("embedding", index_type="FLAT", metric_type="IP")
        else:
            built_with = {"M": LINKS, "efConstruction": BREADTH_OF_BUILDING}
            parameters.add_index("embedding", index_type="HNSW", metric_type="IP", params=built_with)
        return parameters

    @staticmethod
    def _until_indexed(client: Any, name: str) -> None:
        """A server builds the index beside answering: what is not indexed yet would be scanned."""
        while int((client.describe_index(name, "embedding") or {}).get("pending_index_rows", 0)):
            time.sleep(POLL_SECONDS)

    def _stored(self, client: Any, name: str) -> int:
        level = "Bounded" if self._lite else "Strong"  # Milvus Lite has one copy and no clock to wait for
        rows = client.query(name, filter="", output_fields=["count(*)"], consistency_level=level)
        return int(rows[0]["count(*)"])


def milvus_version(version: str) -> tuple[int, ...]:
    """`v2.5.4-gpu` -> (2, 5, 4)."""
    numbers = version.removeprefix("v").split("-")[0].split(".")
    return tuple(int(part) for part in numbers if part.isdigit())


def _schema(client: Any, dimension: int) -> Any:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("chunk_id", DataType.INT64, is_primary=True)
    schema.add_field("source", DataType.VARCHAR, max_length=LONGEST_NAME)
    schema.add_field("author", DataType.VARCHAR, max_length=LONGEST_NAME)
    schema.add_field("published_at", DataType.INT64)
    schema.add_field("language", DataType.VARCHAR, max_length=32)
    schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=dimension)
    return schema


def _rows(batch: Batch) -> Iterator[list[dict[str, Any]]]:
    for at in range(0, len(batch.ids), ROWS):
        part = slice(at, at + ROWS)
        yield [
            {
                "chunk_id": chunk_id,
                "source": labels.source,
                "author": labels.author or "",
                "published_at": microseconds(labels.published_at),
                "language": labels.language,
                "embedding": vector,
            }
            for chunk_id, vector, labels in zip(
                batch.ids[part].tolist(), batch.vectors[part].tolist(), batch.labels[part], strict=True
            )
        ]
