"""FAISS files: building one for its size, writing it so that a crash does no harm, opening and searching it.

Vectors are of length 1, so the inner product is the cosine. Ids are those of chunks.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from konspekt.storage.errors import StorageError
from konspekt.storage.messages import say

Ids = NDArray[np.int64]  # [N]
Floats = NDArray[np.float32]
Batches = Callable[[], Iterable[tuple[Ids, Floats]]]  # a fresh pass over (ids [n], vectors [n, D]) at every call
IndexKind = Literal["flat", "ivf"]

# Which index for how many vectors. Measured by benchmarks/index/search.py against HNSW too, which builds faster but is
# larger, slower to search and recalls less at the same size; docs/indexing.md has the table.
FLAT_UP_TO = 50_000  # exact: a query scans at most 77 MB
IVF_PROBES = 32  # of 4 * sqrt(count) lists
LISTS_A_ROOT = 4
TRAINING_A_LIST = 40  # vectors that k-means sees for every list: more cost time and found nothing more
TRAINING_ROUNDS = 8
BROADEST = 256  # how much wider a search may look when a filter leaves few: one in a thousand, all lists
LISTED = 5_000  # more allowed ids are a bitmap: a hash of half a million takes a hundred times the search


@lru_cache(maxsize=1)
def _faiss() -> Any:
    """Imported late, and as Any: its type stubs leave half of it out."""
    return importlib.import_module("faiss")


@lru_cache(maxsize=1)
def _all_threads() -> int:
    return int(_faiss().omp_get_max_threads())


def kind_for(count: int) -> IndexKind:
    return "flat" if count <= FLAT_UP_TO else "ivf"


def build_index(kind: IndexKind, dimension: int, count: int, batches: Batches) -> Any:
    """A FAISS index over everything that `batches()` yields."""
    faiss = _faiss()
    faiss.omp_set_num_threads(_all_threads())
    if kind == "flat":
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
    else:
        lists = max(1, min(int(LISTS_A_ROOT * math.sqrt(count)), count // 39))
        index = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = TRAINING_ROUNDS
        index.train(_sample(batches, max(1, count // (TRAINING_A_LIST * lists))))
    for ids, vectors in batches():
        if len(ids):
            index.add_with_ids(vectors, ids)
    return index


def _sample(batches: Batches, step: int) -> Floats:
    """Every `step`-th vector: neighbours in the database share a topic, so the first ones alone would mislead."""
    return np.concatenate([vectors[::step] for _, vectors in batches() if len(vectors)])


def write_index(index: Any, path: Path) -> None:
    """Written beside, flushed, then renamed: `path` is never half a file."""
    faiss = _faiss()
    temporary = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        faiss.write_index(index, str(temporary))
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except (OSError, RuntimeError) as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StorageError(say("index_not_written", path=path, reason=error)) from error


def open_index(path: Path) -> Any:
    """Mapped into memory: opening is instant, pages come as they are needed, the file may be unlinked meanwhile.

    Raises FileNotFoundError if it is gone, StorageError if it is damaged.
    """
    faiss = _faiss()
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise StorageError(say("index_damaged", path=path)) from error


def is_whole(path: Path) -> bool:
    """Is the file there, and can it be opened?"""
    try:
        open_index(path)
    except (FileNotFoundError, StorageError):
        return False
    return True


def search_file(index: Any, query: Floats, k: int, allowed: Ids | None = None) -> list[tuple[int, float]]:
    """(id, cosine) of the nearest to `query` [D] of the allowed ids (None: all), best first."""
    if not index.ntotal or (allowed is not None and not len(allowed)):
        return []
    # One query gains nothing from threads, and on a busy machine it would wait for the slowest of them.
    _all_threads()  # remembered before it is changed for this thread
    _faiss().omp_set_num_threads(1)
    k = min(k, int(index.ntotal))
    parameters = _search_parameters(index, allowed)
    hits = _hits(*index.search(query[None], k, params=parameters))
    if allowed is not None and len(hits) < min(k, len(allowed)) and isinstance(index, _faiss().IndexIVF):
        # What is allowed lies far from the question: the lists around it hold too little of it.
        parameters.nprobe = index.nlist
        hits = _hits(*index.search(query[None], k, params=parameters))
    return hits


def _hits(scores: Floats, ids: Ids) -> list[tuple[int, float]]:
    return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]


def _selector(allowed: Ids) -> Any:
    faiss = _faiss()
    if len(allowed) <= LISTED:
        return faiss.IDSelectorBatch(allowed)
    marks = np.zeros(int(allowed.max()) + 1, bool)
    marks[allowed] = True
    return faiss.IDSelectorBitmap(np.packbits(marks, bitorder="little"))


def _search_parameters(index: Any, allowed: Ids | None) -> Any:
    faiss = _faiss()
    selector = None if allowed is None else _selector(allowed)
    if isinstance(index, faiss.IndexIVF):
        breadth = 1.0 if allowed is None else min(BROADEST, index.ntotal / len(allowed))
        return faiss.SearchParametersIVF(sel=selector, nprobe=min(index.nlist, int(IVF_PROBES * breadth)))
    return faiss.SearchParameters(sel=selector) if selector is not None else None
