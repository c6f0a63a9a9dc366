"""What holds of every vector store: the nearest are found, filters cost no recall, a generation is whole or absent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from konspekt.storage.database import Database
from konspekt.storage.errors import GenerationGoneError, StorageError
from konspekt.storage.index.filters import Filters, Where
from konspekt.storage.vectors.choosing import open_store
from konspekt.storage.vectors.protocol import Part, VectorStore
from tests.storage.vectors.shelf import MODEL, START, D, Shelf, clustered, labelled, nothing

COUNT = 1500

FILTERS = {
    "half by language": Filters(languages=["en"]),
    "half by date": Filters(since=START + timedelta(hours=750)),
    "a twentieth by channel": Filters(sources=["other"]),
    "a twentieth by title": Filters(sources=["Канал other"]),
    "five by an author with quotes in the name": Filters(sources=['Гость «Г» "x"']),
    "a few hours": Filters(since=START + timedelta(hours=500), until=START + timedelta(hours=503)),
    "to the microsecond": Filters(
        since=START + timedelta(hours=500, microseconds=501), until=START + timedelta(hours=502, microseconds=501)
    ),
    "up to a date, so none without one": Filters(until=START + timedelta(hours=30)),
    "all together": Filters(since=START, sources=["other"], languages=["en"], until=START + timedelta(hours=900)),
    "a channel that is not there": Filters(sources=["none"]),
}


@pytest.fixture
def store(setting: str, database: Database, folder: Path) -> VectorStore:
    folder.mkdir()
    return open_store(setting, database, folder)


@pytest.fixture
def shelf(database: Database) -> Shelf:
    return Shelf(database, clustered(COUNT), labelled(COUNT))


def found(shelf: Shelf, part: Part, query: np.ndarray, k: int, filters: Filters | None = None) -> list[int]:
    with shelf.database.read() as session:
        hits = part.search(query, k, Where(session, filters))
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
    return [chunk_id for chunk_id, _ in hits]


def opened(shelf: Shelf, store: VectorStore, generation_id: int = 1) -> Part:
    row = shelf.published(store, generation_id)
    with shelf.database.read() as session:
        return store.open(session, row)


def test_the_nearest_are_found_with_and_without_filters(store: VectorStore, shelf: Shelf) -> None:
    part = opened(shelf, store)
    assert len(part) == COUNT
    queries = clustered(8, seed=5)
    for name, filters in {"everywhere": Filters(), **FILTERS}.items():
        hits = wanted = 0
        for query in queries:
            with shelf.database.read() as session:
                conditions = Where(session, filters).conditions
            assert conditions is not None
            expected = shelf.exact(query, 10, conditions)
            ids = found(shelf, part, query, 10, filters)
            assert len(ids) == len(expected), name
            hits, wanted = hits + len({*ids} & {*expected}), wanted + len(expected)
        assert hits >= 0.97 * wanted, (name, hits, wanted)
    assert found(shelf, part, queries[0], 5, Filters(documents=["d7", "d8", "nowhere"])) in ([15, 17], [17, 15])
    assert found(shelf, part, queries[0], 5, Filters(documents=[])) == []
    assert set(found(shelf, part, queries[0], 5000)) <= set(shelf.ids.tolist())


def test_what_passes_may_lie_far_from_the_question(store: VectorStore, database: Database) -> None:
    """All that is near is of one channel, the filter names the other: a graph alone would come back with nothing."""
    labels = labelled(COUNT)
    vectors = clustered(COUNT)
    far = np.array([one.source == "other" for one in labels])
    vectors[far] = -np.abs(vectors[far])
    vectors[~far] = np.abs(vectors[~far])
    shelf = Shelf(database, vectors, labels)
    part = opened(shelf, store)
    query = np.abs(clustered(1, seed=9)[0])
    with database.read() as session:
        conditions = Where(session, Filters(sources=["other"])).conditions
    assert conditions is not None
    ids = found(shelf, part, query, 10, Filters(sources=["other"]))
    assert len({*ids} & {*shelf.exact(query, 10, conditions)}) >= 9


def test_a_generation_is_built_beside_the_one_that_is_searched(store: VectorStore, shelf: Shelf) -> None:
    first = shelf.published(store, 1)
    with shelf.database.read() as session:
        part = store.open(session, first)
    query = shelf.vectors[33]
    second = store.build(2, D, len(shelf.ids), shelf.batches, nothing)
    assert second != first.filename
    assert found(shelf, part, query, 1) == [67]
    row = shelf.row(store, second, 2)
    with shelf.database.read() as session:
        assert (store.is_whole(first), store.is_whole(row)) == (True, True)
        assert store.count(session, row) == COUNT
    assert store.sweep(second)
    assert not store.sweep(second)
    assert (store.is_whole(first), store.is_whole(row)) == (False, True)
    with shelf.database.read() as session:
        with pytest.raises(GenerationGoneError):
            store.open(session, first)
        assert len(store.open(session, row)) == COUNT
    if first.filename.endswith(".faiss"):
        assert found(shelf, part, query, 1) == [67]  # what was mapped stays
    else:
        with pytest.raises(GenerationGoneError):
            found(shelf, part, query, 1)
    assert store.sweep(None)


@pytest.mark.parametrize("name", ["7.faiss", "konspekt_vectors_7", "konspekt_7_0a1b2c3d", "", "chunks"])
def test_what_another_store_holds_is_not_here(store: VectorStore, shelf: Shelf, name: str) -> None:
    row = shelf.row(store, name, 7)
    assert not store.is_whole(row)
    with shelf.database.read() as session, pytest.raises(GenerationGoneError):
        store.open(session, row)


def test_a_failure_while_building_leaves_the_old_generation_and_what_is_swept(store: VectorStore, shelf: Shelf) -> None:
    first = shelf.published(store, 1)

    def failing(step: str) -> None:
        raise StorageError(step)

    with pytest.raises(StorageError, match="file built"):
        store.build(2, D, len(shelf.ids), shelf.batches, failing)
    with shelf.database.read() as session:
        part = store.open(session, first)
    store.sweep(first.filename)
    assert not store.sweep(first.filename)
    assert found(shelf, part, shelf.vectors[33], 1) == [67]
    assert shelf.row(store, first.filename).model == MODEL
