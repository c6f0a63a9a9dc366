"""Kill a reindex of 10,000 documents at random moments, again and again, then let it finish and count.

    python -m benchmarks.index.kill_reindex [--documents 10000] [--kills 10] [--database URL] [--seed 1]

A searcher stays open all the while and asks for known documents, before, during and after: whatever it finds must be
right for the index that was published last. Every round changes a third of the documents, so that there is something
to write. Exit status 1 and the reason if anything was lost, doubled or wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from sqlalchemy import select

from benchmarks.common.paths import ROOT
from konspekt.indexer.searching.search import Searcher
from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.index_counts import index_counts, whole
from tests.fakes.reindex_process import command


def start(url: str, index_dir: Path, count: int, words: str) -> subprocess.Popen[str]:
    arguments = command(url, index_dir, posts=[0, count], words=words)
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def look(searcher: Searcher, count: int, rng: random.Random, allowed: set[str]) -> int:
    """Ask for three documents by word and by vector; each must be found, with the words of a published round."""
    asked = 0
    for _ in range(3):
        number = rng.randrange(count)
        hits = searcher.search(f"слово{number}", 3, mode="lexical")
        assert hits, f"слово{number} is lost"
        assert hits[0].document_id == f"channel/{number}", f"{hits[0].document_id} for слово{number}"
        words = hits[0].text.split(" ", 1)[1]
        assert words in allowed, f"слово{number} says {words!r}, published are {allowed}"
        exact = [
            hit.document_id
            for words in allowed
            for hit in searcher.search(f"Пост номер{number}\nслово{number} {words}", 3, mode="dense")
            if hit.dense_score is not None and hit.dense_score > 0.999
        ]
        assert f"channel/{number}" in exact, f"the vector of слово{number} is lost, found {exact}"
        asked += 1 + len(allowed)
    return asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--database", help="PostgreSQL URL of an empty database; default: a temporary SQLite file")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    folder = Path(tempfile.mkdtemp(prefix="kill-reindex-"))
    url = options.database or f"sqlite:///{folder / 'konspekt.db'}"
    index_dir = folder / "index"
    count = options.documents

    began = time.monotonic()
    first = start(url, index_dir, count, "круг ноль")
    out, err = first.communicate()
    assert first.returncode == 0, err
    seconds = time.monotonic() - began
    print(f"{count} documents indexed in {seconds:.1f} s, {json.loads(out)['embedded']} embedded")

    database = Database(url)
    searcher = Searcher(database, index_dir, HashEmbedder())
    published = {"круг ноль"}
    asked = kills = 0
    words = "круг ноль"
    for number in range(options.kills):
        words = f"круг {number % 3 + 1}x{number // 3}" if number % 3 == 0 else words  # some rounds resume the last
        process = start(url, index_dir, count, words)
        moment = time.monotonic() + rng.uniform(0.3, seconds * 1.05)
        while time.monotonic() < moment and process.poll() is None:
            asked += look(searcher, count, rng, published | {words})
            time.sleep(0.05)
        finished = process.poll() is not None
        if not finished:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
        with database.read() as session:
            some = session.scalar(select(DocumentRow.text).limit(1)) or ""
        current = some.split(" ", 1)[1]
        assert current in published | {words}, current
        published = {current}
        asked += look(searcher, count, rng, published)
        rows = index_counts(database, index_dir)
        assert (rows["documents"], rows["chunks"], rows["terms"], rows["in file"]) == (count,) * 4, rows
        print(f"round {number + 1}: {'finished' if finished else 'killed'}, current is {current!r}, {rows}")

    last = start(url, index_dir, count, words)
    out, err = last.communicate()
    assert last.returncode == 0, err
    asked += look(searcher, count, rng, {words})
    rows = index_counts(database, index_dir)
    assert rows == whole(count), rows
    print(f"{kills} kills, {asked} searches right, counts exact: {rows}")
    database.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
