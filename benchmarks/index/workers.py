"""A reindex in one process beside the same one on one and on two Ray workers, with the embedded model.

    OMP_NUM_THREADS=1 python -m benchmarks.index.workers [--posts 1500] [--rounds 3]

Each way computes on as many cores as it has workers, one thread each. Checked first: all three make an index of the
same chunks and of vectors that agree (cosine at least 0.9999). The ways take turns; medians of seconds by the clock,
with the start of the workers in them and without it. What it says of two workers holds only where two cores are free.
Results go to benchmarks/results/workers.json.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common.frame import checked
from benchmarks.common.machine import hardware, write_result
from benchmarks.common.paths import MODEL_FILES
from benchmarks.index.indexing import documents
from konspekt.indexer.documents import Document
from konspekt.indexer.embedding.embeddings import DEFAULT_MODEL
from konspekt.indexer.reindexing.chunking import ChunkOptions
from konspekt.indexer.reindexing.reindex import Reindexer
from konspekt.indexer.reindexing.workers.choosing import EmbedderThere
from konspekt.indexer.reindexing.workers.on_ray import OnRay
from konspekt.storage.database import Database
from konspekt.storage.index.stored_vectors import chunk_vectors
from tests.fakes.list_source import ListSource

MAKE = EmbedderThere(DEFAULT_MODEL, str(MODEL_FILES))
WARM = [Document("bench/warm", "bench", "post", "Проба", "Проба пера перед измерением.")]


def run(items: list[Document], workers: int) -> dict[str, Any]:
    """Index `items`; 0 workers: this process. The model is loaded before the second of two clocks starts."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'konspekt.db'}")
        database.migrate()
        source = ListSource("bench", WARM, location="/bench")
        began = time.perf_counter()
        pool: AbstractContextManager[Any] = OnRay(workers, MAKE, ChunkOptions()) if workers else nullcontext()
        with pool as hired:
            runner = Reindexer(
                database, Path(folder) / "index", MAKE(), recognise=lambda _path, _known: [source], workers=hired
            )
            runner.run(["/bench"])
            ready = time.perf_counter()
            source.items = [*WARM, *items]
            report = runner.run(["/bench"])
            done = time.perf_counter()
        with database.read() as session:
            batches = list(chunk_vectors(session, DEFAULT_MODEL))
        database.close()
    vectors = np.concatenate([vectors for _, vectors in batches])
    return {"seconds": done - ready, "with_start": done - began, "embedded": report.embedded, "vectors": vectors}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    checked("OMP_NUM_THREADS is not 1", os.environ.get("OMP_NUM_THREADS") == "1")
    machine = hardware()
    items = documents(options.posts, 20, 60)
    ways = {"one process": 0, "one Ray worker": 1, "two Ray workers": 2}
    taken: dict[str, list[dict[str, Any]]] = {name: [] for name in ways}
    first: np.ndarray[Any, Any] | None = None
    for number in range(options.rounds):
        for name, workers in ways.items():
            outcome = run(items, workers)
            vectors = outcome.pop("vectors")
            if not number:
                first = vectors if first is None else first
                same = vectors.shape == first.shape and float((vectors * first).sum(1).min()) > 0.9999
                checked(f"{name} beside one process", same)
            checked(f"{name}: passages", outcome["embedded"] == options.posts)
            taken[name].append(outcome)
            print(f"{name}: {outcome['seconds']:.1f} s, {outcome['with_start']:.1f} s with its start", flush=True)
    seconds = {name: statistics.median(one["seconds"] for one in rows) for name, rows in taken.items()}
    result = {
        "posts": options.posts,
        "rounds": options.rounds,
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
        "seconds_with_start": {
            name: round(statistics.median(one["with_start"] for one in rows), 2) for name, rows in taken.items()
        },
        "overhead_of_one_worker": round(seconds["one Ray worker"] / seconds["one process"] - 1, 3),
        "speed_up_of_two": round(seconds["one Ray worker"] / seconds["two Ray workers"], 2),
        "hardware": machine,
    }
    print(result)
    print(f"written to {write_result('workers', result)}")


if __name__ == "__main__":
    main()
