"""Every kind of index finds the nearest vectors, is written whole or not at all, and opens again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from konspekt.storage.errors import StorageError
from konspekt.storage.vectors.faiss_file import (
    IndexKind,
    build_index,
    kind_for,
    open_index,
    write_index,
)
from konspekt.storage.vectors.faiss_store import FaissPart
from konspekt.storage.vectors.with_tail import VectorIndex
from tests.fakes.chosen import Chosen

D = 32
KINDS: tuple[IndexKind, ...] = ("flat", "ivf")


def clustered(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(ids, unit vectors) around fifty centres; ids are not in order and have gaps."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(50, D))
    vectors = centres[rng.integers(50, size=count)] + 0.5 * rng.normal(size=(count, D))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return rng.permutation(3 * count)[:count].astype(np.int64) + 1, vectors.astype(np.float32)


def built(kind: IndexKind, ids: np.ndarray, vectors: np.ndarray) -> object:
    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for at in range(0, len(ids), 700):
            yield ids[at : at + 700], vectors[at : at + 700]

    return build_index(kind, D, len(ids), batches)


def empty_tail(file: object) -> VectorIndex:
    return VectorIndex.without_tail(FaissPart(file), D)


@pytest.mark.parametrize("kind", KINDS)
def test_the_nearest_are_found_after_writing_and_opening(kind: IndexKind, tmp_path: Path) -> None:
    ids, vectors = clustered(3000)
    write_index(built(kind, ids, vectors), tmp_path / "1.faiss")
    index = empty_tail(open_index(tmp_path / "1.faiss"))
    assert len(index) == 3000
    hits = 0
    for query in vectors[:100]:
        exact = set(ids[np.argsort(-(vectors @ query))[:10]].tolist())
        found = index.search(query, 10, Chosen())
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        hits += len(exact & {chunk_id for chunk_id, _ in found})
    assert hits / 1000 >= (1.0 if kind == "flat" else 0.95)


@pytest.mark.parametrize("kind", KINDS)
def test_only_allowed_ids_are_found(kind: IndexKind) -> None:
    ids, vectors = clustered(2000)
    allowed = np.sort(ids[::20])
    found = empty_tail(built(kind, ids, vectors)).search(vectors[7], 10, Chosen(allowed))
    assert found
    assert {chunk_id for chunk_id, _ in found} <= set(allowed.tolist())
    assert empty_tail(built(kind, ids, vectors)).search(vectors[7], 10, Chosen(np.zeros(0, np.int64))) == []


@pytest.mark.parametrize("kind", KINDS)
def test_many_allowed_ids_as_a_bitmap_find_what_a_list_of_them_finds(
    kind: IndexKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, vectors = clustered(2000)
    index = empty_tail(built(kind, ids, vectors))
    for allowed in (ids[::2], ids[:7], ids[-1:], ids):
        listed = [index.search(query, 10, Chosen(np.sort(allowed))) for query in vectors[:5]]
        monkeypatch.setattr("konspekt.storage.vectors.faiss_file.LISTED", 0)
        assert [index.search(query, 10, Chosen(np.sort(allowed))) for query in vectors[:5]] == listed
        monkeypatch.undo()


def test_a_filter_that_leaves_few_still_finds_the_nearest_of_them() -> None:
    """The lists that are probed first may hold none of the allowed: the search widens."""
    ids, vectors = clustered(20_000)
    index = empty_tail(built("ivf", ids, vectors))
    for number in range(50):
        few = np.sort(np.roll(ids, 211 * number)[:40])
        rows = np.isin(ids, few)
        nearest = ids[rows][np.argmax(vectors[rows] @ vectors[number])]
        assert index.search(vectors[number], 1, Chosen(few))[0][0] == nearest


@pytest.mark.parametrize("kind", KINDS)
def test_the_tail_is_searched_with_the_file_as_one(kind: IndexKind) -> None:
    ids, vectors = clustered(2000)
    index = VectorIndex(FaissPart(built(kind, ids[:1900], vectors[:1900])), ids[1900:], vectors[1900:])
    assert index.search(vectors[1950], 3, Chosen())[0] == (ids[1950], pytest.approx(1, abs=1e-3))
    assert index.search(vectors[5], 3, Chosen())[0][0] == ids[5]
    assert index.search(vectors[1950], 3, Chosen(np.sort(ids[:10])))[0][0] in set(ids[:10].tolist())
    nothing = FaissPart(built("flat", ids[:0], vectors[:0]))
    assert VectorIndex(nothing, ids[:5], vectors[:5]).search(vectors[3], 99, Chosen())[0][0] == ids[3]


def test_an_index_may_be_empty(tmp_path: Path) -> None:
    write_index(built("flat", np.zeros(0, np.int64), np.zeros((0, D), np.float32)), tmp_path / "1.faiss")
    assert empty_tail(open_index(tmp_path / "1.faiss")).search(np.ones(D, np.float32), 5, Chosen()) == []


def test_the_kind_grows_with_the_count() -> None:
    assert [kind_for(count) for count in (0, 400, 100_000, 10_000_000)] == ["flat", "flat", "ivf", "ivf"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_open_index_survives_the_removal_of_its_file(kind: IndexKind, tmp_path: Path) -> None:
    """Readers keep the generation they hold while a newer one sweeps its file."""
    ids, vectors = clustered(2000)
    path = tmp_path / "1.faiss"
    write_index(built(kind, ids, vectors), path)
    index = empty_tail(open_index(path))
    path.unlink()
    assert index.search(vectors[3], 1, Chosen())[0][0] == ids[3]


def test_a_missing_file_and_a_damaged_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_index(tmp_path / "1.faiss")
    (tmp_path / "1.faiss").write_bytes(b"not an index")
    with pytest.raises(StorageError, match="konspekt reindex"):
        open_index(tmp_path / "1.faiss")


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids, vectors = clustered(2000)
    path = tmp_path / "1.faiss"
    write_index(built("flat", ids[:10], vectors[:10]), path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match=r"1\.faiss.*No space left.*free"):
        write_index(built("flat", ids, vectors), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
