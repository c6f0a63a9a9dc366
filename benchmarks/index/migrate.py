"""Kill a move of 100,000 documents at random moments, again and again, then let it finish and compare.

    python -m benchmarks.index.migrate [--documents 100000] [--kills 10] [--to URL] [--from URL] [--seed 1]

Without addresses: from one SQLite file to another; `--to` and `--from` name empty databases of PostgreSQL. The old
place is filled with documents, chunks, vectors of 384 numbers, search terms, and answers with their messages. Each kill
is SIGKILL to a process of its own, at a random moment of the time that a whole move is expected to take. Exit status 1
and the reason if anything is not equal at the end. Results go to benchmarks/results/migrate.json.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sqlalchemy import insert, select

from benchmarks.common.frame import checked
from benchmarks.common.machine import hardware, write_result
from benchmarks.common.paths import ROOT
from konspekt.storage.database import Database
from konspekt.storage.index.full_text import TermsRow, put_terms
from konspekt.storage.index.stored_vectors import put_vectors
from konspekt.storage.models import AnswerRow, ChunkRow, DocumentRow, MessageRow, SourceRow
from konspekt.storage.moving.move import Move
from konspekt.storage.moving.tables import Part, digest

SLICE = 2000
DIMENSION = 384


def fill(database: Database, count: int) -> None:
    rng = np.random.default_rng(1)
    with database.session() as session:
        session.add(SourceRow(id="bench", kind="telegram", title="bench", location="/bench"))
    for at in range(0, count, SLICE):
        numbers = range(at + 1, min(at + SLICE, count) + 1)
        vectors = rng.standard_normal((len(numbers), DIMENSION), np.float32)
        with database.session() as session:
            session.execute(insert(DocumentRow), [_document(n) for n in numbers])
            session.execute(insert(ChunkRow), [_chunk(n) for n in numbers])
            put_vectors(session, "bench", {f"{n:064x}": row for n, row in zip(numbers, vectors, strict=True)})
            put_terms(session, [TermsRow(n, f"пост{n}", f"слово{n} запись {n % 97}") for n in numbers])
            few = [n for n in numbers if n % 10 == 0]
            session.execute(insert(AnswerRow), [_answer(n) for n in few])
            session.execute(insert(MessageRow), [_message(n) for n in few])


def _document(n: int) -> dict[str, object]:
    text = f"Пост {n}\n\n" + "Рассказ о том, как это было. " * 10
    return {
        "id": f"bench/{n}",
        "source_id": "bench",
        "kind": "post",
        "title": f"Пост {n}",
        "text": text,
        "language": "ru",
        "content_hash": f"{n:064x}",
        "fold_hash": f"{n:064x}",
        "fields": {"n": n},
    }


def _chunk(n: int) -> dict[str, object]:
    ids = {"id": n, "document_id": f"bench/{n}", "ordinal": 0, "text_hash": f"{n:064x}"}
    return {**ids, "heading": "", "text": "Рассказ о том, как это было. " * 10, "token_count": 60}


def _answer(n: int) -> dict[str, object]:
    return {"id": n, "question": f"вопрос {n}", "standalone_question": f"вопрос {n}", "text": "ответ", "refused": False}


def _message(n: int) -> dict[str, object]:
    return {"chat_id": n, "user_id": n, "role": "user", "text": f"вопрос {n}", "answer_id": n}


def move(old: str, new: str) -> None:
    """What a child does."""
    Move(Database(old), Database(new)).run()


def start(old: str, new: str) -> subprocess.Popen[str]:
    code = "import sys; from benchmarks.index.migrate import move; move(sys.argv[1], sys.argv[2])"
    return subprocess.Popen([sys.executable, "-c", code, old, new], stderr=subprocess.PIPE, text=True, cwd=ROOT)


def hashes(url: str, parts: list[Part]) -> dict[str, tuple[int, int]]:
    """Part -> its rows, and the sum of what they hash to."""
    database, found = Database(url), {}
    with database.read() as session:
        for part in parts:
            total, key = 0, None
            while rows := part.after(session, key):
                total, key = total + digest(rows), part.key(rows[-1])
            found[part.name] = (part.count(session), total % (1 << 128))
    database.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--to")
    parser.add_argument("--from", dest="old")
    parser.add_argument("--expected", type=float, help="seconds of a whole move; default: a guess by its size")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    machine = hardware()
    with tempfile.TemporaryDirectory(prefix="bench-migrate-") as folder:
        old = options.old or f"sqlite:///{Path(folder) / 'old.db'}"
        new = options.to or f"sqlite:///{Path(folder) / 'new.db'}"
        database = Database(old)
        database.migrate()
        fill(database, options.documents)
        parts = Move(database, database).parts
        before = hashes(old, parts)
        print(f"{options.documents} documents filled in", flush=True)
        expected = options.expected or options.documents / 2500
        killed, began = 0, time.monotonic()
        while killed < options.kills:
            process = start(old, new)
            try:
                process.wait(2 + rng.uniform(0, expected / options.kills * 2))
                break  # it was done before its kill: the rest cannot be killed any more
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                killed += 1
                print(f"kill {killed}", flush=True)
        last = start(old, new)
        _, said = last.communicate()
        checked(f"the last run: {said[-500:]}", last.returncode == 0)
        seconds = time.monotonic() - began
        after = hashes(new, parts)
        different = [name for name, value in before.items() if after[name] != value]
        checked(f"the new place differs in {different}", not different)
        checked("the old place has changed", hashes(old, parts) == before)
        with Database(new).read() as session:
            checked("a post is not there", session.scalar(select(DocumentRow.title).limit(1)) is not None)
        database.close()
    rows = sum(count for count, _ in before.values())
    result = {
        "documents": options.documents,
        "rows": rows,
        "kills": killed,
        "seconds_with_all_runs": round(seconds, 1),
        "from": old.split(":")[0],
        "to": new.split(":")[0],
        "hardware": machine,
    }
    print(result)
    print(f"written to {write_result('migrate', result)}")


if __name__ == "__main__":
    main()
