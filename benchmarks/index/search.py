"""FAISS indexes of our kinds at three sizes: latency, recall@10 against exact search, memory.

    python -m benchmarks.index.search --size 10000 [--kinds flat,hnsw,ivf] [--queries 500]

Vectors are synthetic: 384 dimensions, clustered as texts are (topics, around which passages differ along few
directions). Each kind is built, written and opened by the code that the product runs. Checked first: the flat index
agrees with a plain matrix product. Every kind runs in a process of its own, so that memory is its own.
Results go to benchmarks/results/search_<size>.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common.frame import checked
from benchmarks.common.machine import hardware, write_result
from konspekt.storage.vectors.faiss_file import (
    build_index,
    kind_for,
    open_index,
    search_file,
    write_index,
)

D = 384
LATENT = 32  # directions along which passages of one topic differ
BLOCK = 10_000


def topics(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(max(20, count // 200), D)).astype(np.float32)
    return centres, rng.normal(size=(LATENT, D)).astype(np.float32) / np.sqrt(LATENT)


def block(centres: np.ndarray, directions: np.ndarray, size: int, seed: int) -> np.ndarray:
    """float32 [size, D], length 1."""
    rng = np.random.default_rng(seed)
    vectors = centres[rng.integers(len(centres), size=size)]
    vectors = vectors + 0.6 * rng.normal(size=(size, LATENT)).astype(np.float32) @ directions
    vectors += 0.15 * rng.normal(size=(size, D)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors, np.float32)


def generate(count: int, folder: Path) -> None:
    """The vectors, once, as a file that the other processes map."""
    path = folder / "vectors.npy"
    if path.exists():
        return
    data = np.lib.format.open_memmap(path.with_suffix(".part"), "w+", np.float32, (count, D))
    centres, directions = topics(count)
    for number, at in enumerate(range(0, count, BLOCK)):
        data[at : at + BLOCK] = block(centres, directions, min(BLOCK, count - at), 1000 + number)
    data.flush()
    path.with_suffix(".part").rename(path)


def batches(folder: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    data = np.load(folder / "vectors.npy", mmap_mode="r")
    for at in range(0, len(data), BLOCK):
        vectors = np.asarray(data[at : at + BLOCK])
        yield np.arange(at, at + len(vectors), dtype=np.int64), vectors


def query_vectors(count: int, queries: int) -> np.ndarray:
    """New points of the same topics: none of them is in the index."""
    return block(*topics(count), queries, 7)


def exact(folder: Path, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(ids, scores), both [Q, k], by plain matrix products."""
    best_ids = np.zeros((len(queries), 0), np.int64)
    best = np.zeros((len(queries), 0), np.float32)
    for ids, vectors in batches(folder):
        scores = np.concatenate([best, queries @ vectors.T], axis=1)
        names = np.concatenate([best_ids, np.broadcast_to(ids, (len(queries), len(ids)))], axis=1)
        order = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        best, best_ids = np.take_along_axis(scores, order, 1), np.take_along_axis(names, order, 1)
    order = np.argsort(-best, axis=1)
    return np.take_along_axis(best_ids, order, 1), np.take_along_axis(best, order, 1)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * resource.getpagesize() / 1e6


def build_hnsw(folder: Path) -> Any:
    """The peer: a graph of 32 neighbours over 8-bit codes."""
    import faiss

    graph = faiss.IndexHNSWSQ(D, faiss.ScalarQuantizer.QT_8bit, 32, faiss.METRIC_INNER_PRODUCT)  # type: ignore[arg-type]
    graph.hnsw.efConstruction, graph.hnsw.efSearch = 100, 128
    graph.train(np.concatenate([vectors[::20] for _, vectors in batches(folder)]))
    for _, vectors in batches(folder):  # ids are 0, 1, 2, … already
        graph.add(vectors)
    return graph


def build(kind: str, count: int, path: Path) -> dict[str, Any]:
    began = time.perf_counter()
    folder = path.parent
    index = build_hnsw(folder) if kind == "hnsw" else build_index(kind, D, count, lambda: batches(folder))  # type: ignore[arg-type]
    seconds = time.perf_counter() - began
    write_index(index, path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return {"build_s": round(seconds, 1), "build_peak_mb": round(peak), "file_mb": round(path.stat().st_size / 1e6, 1)}


def search(kind: str, count: int, path: Path, queries: int, truth: Path) -> dict[str, Any]:
    import faiss  # noqa: F401 — its own memory is not the index's

    before = resident_mb()
    began = time.perf_counter()
    index = open_index(path)
    opened = time.perf_counter() - began
    points = query_vectors(count, queries)
    data = np.load(truth)
    hits, milliseconds = 0, []
    for vector, ids, scores in zip(points, data["ids"], data["scores"], strict=True):
        began = time.perf_counter()
        found = search_file(index, vector, 10)
        milliseconds.append(1000 * (time.perf_counter() - began))
        hits += len({i for i, _ in found} & set(ids.tolist()))
        if kind == "flat":
            apart = float(np.abs(np.asarray([score for _, score in found]) - scores).max())
            checked("the exact index", apart <= 1e-4, apart=apart)
    p50, p95, p99 = (round(float(value), 2) for value in np.percentile(milliseconds, [50, 95, 99]))
    return {
        "recall_at_10": round(hits / (10 * queries), 4),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "open_ms": round(1000 * opened, 1),
        "resident_mb": round(resident_mb() - before),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--kinds", default="")
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help="keep vectors and indexes here and reuse them")
    options = parser.parse_args()
    if options.step:
        kind, path = options.kinds, Path(options.folder) / f"{options.kinds}.faiss"
        done_now = (
            build(kind, options.size, path)
            if options.step == "build"
            else search(kind, options.size, path, options.queries, Path(options.folder) / "truth.npz")
        )
        print(json.dumps(done_now))
        return
    kinds = options.kinds.split(",") if options.kinds else [kind_for(options.size)]
    result: dict[str, Any] = {"size": options.size, "queries": options.queries, "chosen": kind_for(options.size)}
    machine = hardware()
    with tempfile.TemporaryDirectory(prefix="bench-search-") as temporary:
        folder = Path(options.folder or temporary)
        folder.mkdir(exist_ok=True)
        generate(options.size, folder)
        if not (folder / "truth.npz").exists():
            ids, scores = exact(folder, query_vectors(options.size, options.queries), 10)
            np.savez(folder / "truth.npz", ids=ids, scores=scores)
        for kind in kinds:
            measured: dict[str, Any] = {}
            for step in ("build", "search"):
                note = folder / f"{kind}.{step}.json"  # with --folder an interrupted benchmark resumes where it was
                if not note.exists():
                    command = [sys.executable, "-m", "benchmarks.index.search", "--size", str(options.size)]
                    command += ["--kinds", str(kind), "--step", step]
                    command += ["--folder", str(folder), "--queries", str(options.queries)]
                    done = subprocess.run(command, capture_output=True, text=True, check=True)
                    note.write_text(done.stdout, "utf-8")
                measured |= json.loads(note.read_text("utf-8"))
            result[kind] = measured
            print(f"{options.size:>9,} {kind:5} {measured}", flush=True)
    print(f"written to {write_result(f'search_{options.size}', {**result, 'hardware': machine})}")


if __name__ == "__main__":
    main()
