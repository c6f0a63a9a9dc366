"""A reindex in a process of its own that kills itself at a named step: `python -m tests.fakes.reindex_process …`.

Arguments as JSON: database URL, index folder, number of posts, words that all posts carry, and optionally the
checkpoint and at which of its passes SIGKILL comes, and VECTOR_STORE as `vectors`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from konspekt.indexer.reindexing.reindex import Reindexer
from konspekt.storage.database import Database
from konspekt.storage.vectors.choosing import open_store
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.list_source import ListSource, post


def command(url: str, index_dir: Path, *, posts: Sequence[int], words: str, **kill: object) -> list[str]:
    """The command line of such a process: posts `posts[0]` to `posts[1] - 1`; `kill`: `kill_at` and `kill_pass`."""
    job = {"database": url, "index_dir": str(index_dir), "posts": posts, "words": words, **kill}
    return [sys.executable, "-m", "tests.fakes.reindex_process", json.dumps(job)]


def main() -> None:
    job = json.loads(sys.argv[1])
    passes: Counter[str] = Counter()

    def checkpoint(name: str) -> None:
        passes[name] += 1
        if name == job.get("kill_at") and passes[name] == job.get("kill_pass", 1):
            os.kill(os.getpid(), signal.SIGKILL)

    database = Database(job["database"])
    database.migrate()
    embedder = HashEmbedder()
    documents = [post(n, f"слово{n} {job['words']}") for n in range(*job["posts"])]
    source = ListSource("channel", documents, location="/channel")
    folder = Path(job["index_dir"])
    vectors = open_store(job.get("vectors", "faiss"), database, folder)
    reindexer = Reindexer(
        database, folder, embedder, recognise=lambda _path, _known: [source], checkpoint=checkpoint, vectors=vectors
    )
    report = reindexer.run(["/channel"])
    print(json.dumps({"embedded": report.embedded, "passes": passes, **report.to_json()}))


if __name__ == "__main__":
    main()
