"""The vector stores beside each other: recall@10 against exact search, latency, memory, building; with filters too.

    python -m benchmarks.index.vectors [--size 100000] [--stores faiss,pgvector,milvus] [--queries 200] [--folder DIR]

The same made-up vectors as `benchmarks.index.search` (384 dimensions, topics around which passages differ along 32
directions), the questions new points of the same topics. Each store is built, published and searched by the code that
the product runs, in a process of its own. PostgreSQL is the one of `pgserver`, Milvus is Milvus Lite behind a socket:
both live on this machine and share its cores, so their latencies include no network. A filter that keeps 50 % names a
language, 5 % a channel, 0.1 % an author; FAISS is handed the ids that pass, found beforehand. Checked first: the store
holds as many vectors as it was given, and a filtered search finds nothing that does not pass.
Results go to benchmarks/results/vectors_<size>.json, row by row; `--folder` keeps the vectors for the next run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert

from benchmarks.common.frame import Deadline, Results, Row, add_arguments, checked, fingerprint, measured
from benchmarks.index.search import D, batches, generate, query_vectors, resident_mb
from konspekt.storage.database import Database
from konspekt.storage.index.filters import Filters, Ids, Labels, Where
from konspekt.storage.models import ChunkRow, DocumentRow, IndexGenerationRow, SourceRow, VectorRow
from konspekt.storage.vectors.choosing import open_store
from konspekt.storage.vectors.milvus_search import FEW
from konspekt.storage.vectors.protocol import Batch, VectorStore

FILES = {"faiss": ("faiss_file", "faiss_store"), "pgvector": ("pgvector_store", "pgvector_search"),
         "milvus": ("milvus_store", "milvus_search")}  # fmt: skip
FILTERS = {
    "all": Filters(),
    "50%": Filters(languages=["en"]),
    "5%": Filters(sources=["small"]),
    "0.1%": Filters(sources=["Guest"]),
}
MODEL = "made-up"
K = 10


def labels_of(number: int) -> Labels:
    return Labels(
        source="small" if number % 20 == 3 else "large",
        author="Guest" if number % 1000 == 7 else None,
        published_at=None,
        language="en" if number % 2 else "ru",
    )


def passing(name: str, count: int) -> Ids | None:
    ids = np.arange(count, dtype=np.int64)
    kept = {"50%": ids % 2 == 1, "5%": ids % 20 == 3, "0.1%": ids % 1000 == 7}
    return None if name == "all" else ids[kept[name]]


class Known(Where):
    """What passes is known beforehand, so that the engine alone is measured."""

    def __init__(self, session: Any, name: str, ids: Ids | None) -> None:
        super().__init__(session, FILTERS[name])
        self._allowed = ids


def exact(folder: Path, queries: np.ndarray, name: str) -> np.ndarray:
    """Ids [Q, K] of the nearest that pass, by plain matrix products."""
    best_ids, best = np.zeros((len(queries), 0), np.int64), np.zeros((len(queries), 0), np.float32)
    for ids, vectors in batches(folder):
        allowed = passing(name, int(ids[-1]) + 1)
        keep = np.ones(len(ids), bool) if allowed is None else np.isin(ids, allowed)
        best = np.concatenate([best, queries @ vectors[keep].T], axis=1)
        best_ids = np.concatenate([best_ids, np.broadcast_to(ids[keep], (len(queries), int(keep.sum())))], axis=1)
        order = np.argsort(-best, axis=1)[:, :K]
        best, best_ids = np.take_along_axis(best, order, 1), np.take_along_axis(best_ids, order, 1)
    return best_ids


def truths(folder: Path, count: int, queries: int) -> Path:
    path = folder / f"truth_{queries}.npz"
    if not path.exists():
        points = query_vectors(count, queries)
        found: dict[str, Any] = {name: exact(folder, points, name) for name in FILTERS}
        np.savez(path, points=points, **found)
    return path


def labelled(folder: Path) -> Iterator[Batch]:
    for ids, vectors in batches(folder):
        yield Batch(ids, vectors, [labels_of(int(number)) for number in ids])


def rows_of_few(database: Database, folder: Path, count: int) -> None:
    """Rows of the chunks that Milvus leaves to the database: where at most `FEW` pass."""
    few = [ids for name in FILTERS if (ids := passing(name, count)) is not None and len(ids) <= FEW]
    wanted = np.unique(np.concatenate(few))
    data = np.load(folder / "vectors.npy", mmap_mode="r")
    texts = dict.fromkeys(("title", "text", "content_hash", "fold_hash"), "")
    with database.session() as session:
        session.execute(
            insert(SourceRow),
            [{"id": name, "kind": "telegram", "title": name, "location": name} for name in ("small", "large")],
        )
        for part in np.array_split(wanted, max(1, len(wanted) // 2000)):
            names = [(int(i), labels_of(int(i))) for i in part]
            session.execute(
                insert(DocumentRow),
                [
                    {"id": f"d{i}", "source_id": one.source, "kind": "post", "language": one.language, **texts}
                    for i, one in names
                ],
            )
            chunk = {"ordinal": 0, "heading": "", "text": "", "token_count": 1}
            session.execute(
                insert(ChunkRow), [{"id": i, "document_id": f"d{i}", "text_hash": f"h{i}", **chunk} for i, _ in names]
            )
            session.execute(
                insert(VectorRow), [{"model": MODEL, "text_hash": f"h{i}", "data": data[i].tobytes()} for i, _ in names]
            )


def opened(kind: str, home: Path, stack: ExitStack) -> tuple[Database, VectorStore]:
    url, setting = f"sqlite:///{home / 'konspekt.db'}", kind
    if kind == "pgvector":
        server = importlib.import_module("pgserver").get_server(home / "postgres", cleanup_mode="stop")
        stack.callback(server.cleanup)
        url = server.get_uri()
    if kind == "milvus":
        from milvus_lite.adapter.grpc.server import start_server_in_thread

        server, held, port = start_server_in_thread(str(home / "milvus"))
        stack.callback(held.close)
        stack.callback(server.stop, 1)
        setting = f"milvus://127.0.0.1:{port}"
    database = Database(url)
    stack.callback(database.close)
    database.migrate()
    (home / "index").mkdir()
    return database, open_store(setting, database, home / "index")


def size_on_disk(kind: str, database: Database, name: str, home: Path) -> float:
    if kind == "pgvector":
        with database.engine.connect() as connection:
            size = connection.exec_driver_sql(f"SELECT pg_total_relation_size('{name}')").scalar()
        return float(size or 0) / 1e6
    folder = home / ("index" if kind == "faiss" else "milvus")
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def run_store(kind: str, folder: Path, queries: int) -> Row:
    count = len(np.load(folder / "vectors.npy", mmap_mode="r"))
    truth = np.load(truths(folder, count, queries))
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-vectors-")))
        database, store = opened(kind, home, stack)
        rows_of_few(database, folder, count)
        before, began, spent = resident_mb(), time.perf_counter(), time.process_time()
        name = store.build(1, D, count, lambda: labelled(folder), lambda _step: None)
        built = {"build_s": round(time.perf_counter() - began, 1), "build_cpu_s": round(time.process_time() - spent, 1)}
        row = IndexGenerationRow(
            id=1, model=MODEL, dimension=D, kind=store.kind_for(count), filename=name, vector_count=count,
            file_last_chunk_id=count,
        )  # fmt: skip
        with database.read() as session:
            held = store.count(session, row)
            checked("what the store holds", held == count, held=held, given=count)
            part = store.open(session, row)
            found = {name: search(session, part, name, truth, count) for name in FILTERS}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        memory = {"resident_mb": round(resident_mb() - before), "peak_mb": round(peak)}
        disk = {"disk_mb": round(size_on_disk(kind, database, name, home))}
        return {"index": row.kind, **built, **memory, **disk, **found}


def search(session: Any, part: Any, name: str, truth: Any, count: int) -> Row:
    allowed = passing(name, count)
    inside = None if allowed is None else set(allowed.tolist())
    hits, milliseconds = 0, []
    for number, (query, expected) in enumerate(zip(truth["points"], truth[name], strict=True)):
        where = Known(session, name, allowed)
        began = time.perf_counter()
        found = [chunk_id for chunk_id, _ in part.search(query, K, where)]
        if number:  # the first one opens and reads what the others find ready
            milliseconds.append(1000 * (time.perf_counter() - began))
        checked("what passes the filter", inside is None or inside.issuperset(found), found=len(found))
        hits += len({*found} & {*expected.tolist()})
    p50, p95 = (round(float(value), 2) for value in np.percentile(milliseconds, [50, 95]))
    return {"recall_at_10": round(hits / truth[name].size, 4), "p50_ms": p50, "p95_ms": p95}


def in_a_process(kind: str, folder: Path, queries: int) -> Row:
    command = [sys.executable, "-m", "benchmarks.index.vectors", "--step", kind]
    command += ["--folder", str(folder), "--queries", str(queries)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    row: Row = json.loads(done.stdout.strip().splitlines()[-1])
    return row


def table(held: Row) -> str:
    lines = ["| vectors | store | filter keeps | recall@10 | p50, ms | p95, ms | build, s | resident, MB | disk, MB |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for row in held.get("rows", []):
        for name in FILTERS:
            if name in row:
                one = row[name]
                about = [f"{row['vectors']:,}", f"{row['store']} ({row['index']})", name]
                cells = [*about, one["recall_at_10"], one["p50_ms"], one["p95_ms"], row["build_s"]]
                lines.append("| " + " | ".join(map(str, [*cells, row["resident_mb"], row["disk_mb"]])) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--stores", default="faiss,pgvector,milvus")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="keep the vectors here and reuse them")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    add_arguments(parser)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(run_store(options.step, options.folder, options.queries)))
        return
    with tempfile.TemporaryDirectory(prefix="bench-vectors-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        generate(options.size, folder)
        truths(folder, options.size, options.queries)
        results = Results(options.out / f"vectors_{options.size}.json", fresh=options.fresh, table=table)
        cases = [
            {
                "store": kind,
                "vectors": options.size,
                "queries": options.queries,
                "code": fingerprint(*(f"storage/vectors/{name}.py" for name in FILES[kind])),
            }
            for kind in options.stores.split(",")
        ]
        results.measure(
            "rows",
            cases,
            lambda case: {**in_a_process(case["store"], folder, options.queries), **measured()},
            Deadline(options.minutes),
        )


if __name__ == "__main__":
    main()
