"""A reindex on several workers makes the index that one process makes, whatever becomes of the workers meanwhile."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from konspekt.bilingual import told
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.errors import EmbeddingError, ReindexStoppedError, WorkersError
from konspekt.indexer.messages import say
from konspekt.indexer.reindexing.chunking import ChunkOptions
from konspekt.indexer.reindexing.reindex import Reindexer
from konspekt.indexer.reindexing.workers import remote
from konspekt.indexer.reindexing.workers.here import Here
from konspekt.indexer.reindexing.workers.on_ray import IN_FLIGHT, OnRay
from konspekt.storage.database import Database
from konspekt.storage.models import ChunkRow, DocumentRow, VectorRow
from tests.cli.guarded import konspekt
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.list_source import ListSource, post

POSTS = 450  # three batches to cut, eight to embed


@dataclass(frozen=True)
class Hashing:
    """Makes the embedder in a worker; `wrong` is what goes wrong there."""

    wrong: str = ""

    def __call__(self) -> Embedder:
        if self.wrong == "model":
            raise EmbeddingError(say("model_no_folder", setting="EMBEDDING_MODEL", name="/nowhere/model"))
        if self.wrong == "library":
            raise ValueError("weights of another shape")
        return HashEmbedder(dimension=64)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A Ray cluster of two nodes on this machine: the first cannot be lost, the second can."""
    pytest.importorskip("ray", reason="the extra konspekt[ray] is not installed")
    import ray
    from ray.cluster_utils import Cluster

    small = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}
    found = Cluster(initialize_head=True, head_node_args=small)
    found.add_node(num_cpus=1, object_store_memory=100 << 20)
    found.wait_for_nodes()
    found.connect()  # once for all tests: a worker's process takes seconds to begin
    yield found
    ray.shutdown()
    found.shutdown()


def index(
    database: Database, folder: Path, workers: OnRay | None = None, checkpoint: Callable[[str], None] = lambda _: None
) -> Reindexer:
    embedder = HashEmbedder(dimension=64)
    source = ListSource("channel", [post(n) for n in range(POSTS)], location="/channel")
    return Reindexer(
        database,
        folder / "index",
        embedder,
        recognise=lambda _path, _known: [source],
        checkpoint=checkpoint,
        workers=workers,
    )


def contents(database: Database) -> dict[str, Any]:
    """What is indexed: rows, vectors and search terms, without when it was indexed."""
    with database.read() as session:
        documents = session.execute(
            select(DocumentRow.id, DocumentRow.title, DocumentRow.text).order_by(DocumentRow.id)
        )
        chunks = session.execute(select(ChunkRow.__table__).order_by(ChunkRow.id))
        vectors = session.execute(select(VectorRow.text_hash, VectorRow.data).order_by(VectorRow.text_hash))
        terms = session.execute(text("SELECT rowid, title, body FROM chunk_terms ORDER BY rowid"))
        named = {"documents": documents, "chunks": chunks, "vectors": vectors, "terms": terms}
        return {name: list(map(tuple, rows)) for name, rows in named.items()}


@pytest.fixture
def alone(sqlite_database: Database, tmp_path: Path) -> dict[str, Any]:
    """What one process makes of the posts."""
    report = index(sqlite_database, tmp_path / "alone").run(["/channel"])
    assert report.embedded == POSTS
    found = contents(sqlite_database)
    with sqlite_database.session() as session:
        for table in ("chunk_terms", "documents", "vectors", "index_generations", "sources", "sqlite_sequence"):
            session.execute(text(f"DELETE FROM {table}"))
    return found


def test_two_nodes_make_what_one_process_makes_though_one_is_killed(
    cluster: Any, alone: dict[str, Any], sqlite_database: Database, tmp_path: Path
) -> None:
    passes: list[str] = []

    def checkpoint(step: str) -> None:
        passes.append(step)
        if passes.count("embedded") == 2 and step == "embedded":
            second = next(node for node in cluster.list_all_nodes() if not node.head)
            cluster.remove_node(second, allow_graceful=False)

    with OnRay(cluster.address, Hashing(), ChunkOptions()) as workers:
        report = index(sqlite_database, tmp_path, workers, checkpoint).run(["/channel"])
    assert report.embedded == POSTS  # nothing twice
    assert passes.count("embedded") == 8
    assert contents(sqlite_database) == alone


def test_a_worker_that_lacks_the_model_is_named_with_its_reason(
    cluster: Any, sqlite_database: Database, tmp_path: Path
) -> None:
    host = socket.gethostname()
    for wrong, said, russian in (
        ("model", "/nowhere/model", f"процесс на {host} не справился: EMBEDDING_MODEL"),
        ("library", "ValueError: weights of another shape", f"процесс на {host} не справился: ValueError"),
    ):
        workers = OnRay(cluster.address, Hashing(wrong), ChunkOptions())
        with workers, pytest.raises(WorkersError, match=f"a worker on {host} could not") as caught:
            index(sqlite_database, tmp_path, workers).run(["/channel"])
        assert said in str(caught.value)
        assert russian in told(caught.value, "ru")
    assert index(sqlite_database, tmp_path).run(["/channel"]).embedded == POSTS  # the next run is not disturbed


def test_no_more_is_read_than_is_worked_on(cluster: Any) -> None:
    taken: list[int] = []

    def parts() -> Iterable[dict[str, str]]:
        for number in range(40):
            taken.append(number)
            yield {f"{number}": f"слово{number}"}

    done = 0
    with OnRay(cluster.address, Hashing(), ChunkOptions()) as workers:
        for keys, vectors in workers.embed(parts()):
            assert vectors.shape == (len(keys), 64)
            done += 1
            assert len(taken) <= done + IN_FLIGHT * 2
    assert done == len(taken) == 40


def test_a_run_that_is_stopped_can_be_gone_on_with(cluster: Any, sqlite_database: Database, tmp_path: Path) -> None:
    passes: list[str] = []
    with OnRay(cluster.address, Hashing(), ChunkOptions()) as workers:
        runner = index(sqlite_database, tmp_path, workers, passes.append)
        with pytest.raises(ReindexStoppedError):
            runner.run(["/channel"], should_stop=lambda: passes.count("embedded") >= 2)
    kept = 64 * passes.count("embedded")
    assert 0 < kept < POSTS
    assert index(sqlite_database, tmp_path).run(["/channel"]).embedded == POSTS - kept


# ---------------------------------------------------------------- without a cluster


def test_a_worker_of_another_version_says_so() -> None:
    job = remote.Job(Hashing(), ChunkOptions(), "cut otherwise")
    answer = remote.embed(job, {"a": "слово"})
    assert isinstance(answer, remote.Failed)
    assert "another version of Konspekt" in answer.reason


def test_a_worker_and_this_process_compute_the_same() -> None:
    job = remote.Job(Hashing(), ChunkOptions(), remote.signature_of(ChunkOptions()))
    part = {"a": "первое слово", "b": "второе"}
    answer = remote.embed(job, part)
    assert not isinstance(answer, remote.Failed)
    keys, vectors = next(Here(HashEmbedder(dimension=64), ChunkOptions()).embed([part]))
    assert answer[0] == keys == ["a", "b"]
    assert (answer[1] == vectors).all()


@pytest.mark.parametrize("given", ["0", "-2", "two", "", "ray://", "http://host:1", "1.5", "99999999"])
def test_workers_are_a_number_or_an_address(home: Path, tmp_path: Path, given: str) -> None:
    (tmp_path / "note.md").write_text("# Заметка\n\nПро чай.")
    done = konspekt("reindex", str(tmp_path / "note.md"), "--workers", given)
    assert done.exit_code == 2, done.output
    assert "a number from 1 on, or the address of a Ray cluster" in done.stderr


def test_a_cluster_that_cannot_be_reached_is_one_message(
    tmp_path: Path, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="the extra konspekt[ray] is not installed")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    said = r"ray://127\.0\.0\.1:9: the Ray cluster cannot be used"
    workers = OnRay("ray://127.0.0.1:9", Hashing(), ChunkOptions())
    with workers, pytest.raises(WorkersError, match=said):
        index(sqlite_database, tmp_path, workers).run(["/channel"])


def test_ray_is_not_needed_where_nothing_has_changed(
    tmp_path: Path, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(sqlite_database, tmp_path).run(["/channel"])
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with OnRay(2, Hashing(), ChunkOptions()) as workers:
        assert index(sqlite_database, tmp_path, workers).run(["/channel"]).embedded == 0
        with pytest.raises(WorkersError, match=r"pip install 'konspekt\[ray\]'"):
            index(sqlite_database, tmp_path, workers).run(["/channel"], full=True)
