"""A million turns of ten thousand readers: what memory adds to an answer, what storing a turn costs, how disk grows.

    python -m benchmarks.memory.load [--turns 1000000] [--readers 10000] [--questions 400] [--folder DIR]

Turns are written as the bot writes them, in the order of time, so that a reader's lie scattered over the file. Vectors
are random directions (their values do not matter to the time). Checked first: what a reader asked is found, and is
theirs. Measured with the embedding model of the product: plain questions (what memory costs everybody), questions about
the past, and follow-ups after a pause. Results go to benchmarks/results/memory_load.json.
"""

# ruff: noqa: E501 - statements and texts are one line

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common.frame import checked
from benchmarks.common.machine import hardware, write_result
from benchmarks.common.paths import ROOT
from benchmarks.memory.topics import TOPICS, Topic
from konspekt.answering.answer import Turn
from konspekt.answering.memory import remember
from konspekt.indexer.embedding.choosing import open_embedder
from konspekt.memory.evaluation import made_up
from konspekt.memory.keeping import keep
from konspekt.memory.recalled import Reader, Recalled
from konspekt.memory.recollection import Recollection
from konspekt.memory.search import turn_terms
from konspekt.storage.database import Database

START = datetime(2025, 11, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DIMENSION = 384
BATCH = 5000
PASSAGES = "[]"  # what was found for an answer is the answer's own, memory does not need it
PLAIN = ("Что такое LoRA?", "Как ускорить обучение на слабой карте?", "Чем DDIM лучше DDPM для видео?")


def fill(database: Database, turns: int, readers: int, seed: int = 1) -> None:
    """Writes the rows through SQLite itself: through the bot it would take hours."""
    chance, rng = random.Random(seed), np.random.default_rng(seed)
    pool = rng.normal(size=(4096, DIMENSION)).astype(np.float32)
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    vectors = [row.astype("<f2").tobytes() for row in pool]
    prepared = [_prepared(topic, asked) for topic in TOPICS for asked in topic.asked]
    connection = sqlite3.connect(str(database.url.database), isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    step = (NOW - START - timedelta(days=1)) / turns
    for at in range(0, turns, BATCH):
        answers, rows, lines = [], [], []
        for number in range(at, min(at + BATCH, turns)):
            reader = 1 + chance.randrange(readers)
            question, answer, terms = chance.choice(prepared)
            moment = (START + step * number).strftime("%Y-%m-%d %H:%M:%S.%f")
            key = number + 1
            citations = f'[{{"n": 1, "title": "Пост {number % 900}", "url": "https://t.me/c/{number % 900}", "published_at": null, "quote": "", "document_id": "c/{number % 900}"}}]'
            answers.append(
                (key, reader, reader, "telegram", question, question, answer, 0, 1, citations, PASSAGES, "{}", moment)
            )
            rows.append((key, reader, moment, *terms, "multilingual-e5-small", chance.choice(vectors)))
            lines += [
                (reader, reader, "user", question, key, 0, moment),
                (reader, reader, "assistant", answer, key, 0, moment),
            ]
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO answers (id, chat_id, user_id, channel, question, standalone_question, text, refused, extractive,"
            " citations, passages, timings, created_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", answers)  # fmt: skip
        connection.executemany(
            "INSERT INTO turns (answer_id, owner, created_at, question_terms, answer_terms, model, vector) VALUES (?,?,?,?,?,?,?)",
            rows,
        )
        connection.executemany(
            "INSERT INTO messages (chat_id, user_id, role, text, answer_id, forgotten, created_at) VALUES (?,?,?,?,?,?,?)",
            lines,
        )
        connection.execute("COMMIT")
    connection.close()


def _prepared(topic: Topic, asked: str) -> tuple[str, str, tuple[str, str]]:
    return asked, topic.answer, turn_terms(asked, topic.answer)


def sizes(database: Database) -> dict[str, float]:
    """Bytes on disk for each table with its indexes."""
    with database.read() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY m.tbl_name"
        )
        return {str(row[0]): float(row[1]) for row in rows}


def percentiles(call: Callable[[int], object], times: int) -> dict[str, float]:
    """By the clock, and the processor's time alone, which a busy machine does not lengthen."""
    for number in range(5):
        call(-1 - number)
    taken, computed = [], []
    for number in range(times):
        began, begun = time.perf_counter(), time.process_time()
        call(number)
        taken.append(1000 * (time.perf_counter() - began))
        computed.append(1000 * (time.process_time() - begun))
    shares = {f"p{share}_ms": round(float(np.percentile(taken, share)), 2) for share in (50, 95, 99)}
    return {**shares, "cpu_p95_ms": round(float(np.percentile(computed, 95)), 2)}


def measure(database: Database, readers: int, questions: int) -> dict[str, Any]:
    embedder = open_embedder("multilingual-e5-small", ROOT / "data" / "models")
    memory = Recollection(database, embedder, clock=lambda: NOW)
    history = (Turn("user", "Что такое LoRA?"), Turn("assistant", "LoRA — добавка к весам."))

    def reader(number: int) -> Reader:
        name = 1 + (number * 7919) % readers
        return Reader(name, name, private=True)

    def asks(texts: Callable[[int], str]) -> Callable[[int], Recalled]:
        return lambda number: memory.recall(reader(number), texts(number), history, "ru")

    with database.read() as session:
        one = (
            session.connection()
            .exec_driver_sql("SELECT owner, answer_id FROM turns WHERE question_terms LIKE '%ddim%' LIMIT 1")
            .one()
        )
    found = memory.recall(Reader(one[0], one[0], private=True), "Что ты мне говорил про DDIM?", (), "ru")
    with database.read() as session:
        ids = ",".join(map(str, found.turns))
        owners = {
            row[0]
            for row in session.connection().exec_driver_sql(f"SELECT owner FROM turns WHERE answer_id IN ({ids})")
        }
    checked("memory finds a reader's own turns", bool(found.turns) and owners == {one[0]})

    def later(number: int) -> str:
        return TOPICS[number % len(TOPICS)].later[0]

    def store(number: int, *, remembered: bool) -> None:
        who = reader(number)
        topic = TOPICS[number % len(TOPICS)]
        answer = made_up(topic.asked[0], topic.answer, [f"c/{number % 900}"])
        with database.session() as session:
            answer_id = remember(session, answer, chat_id=who.owner, user_id=who.user_id)
            if remembered:
                keep(session, answer_id, who, answer, Recalled(answer.question))

    return {
        "plain_question": percentiles(asks(lambda n: PLAIN[n % len(PLAIN)]), questions),
        "about_the_past": percentiles(asks(lambda n: f"Что ты мне говорил про {later(n)}?"), questions),
        "dated": percentiles(asks(lambda n: f"Что мы обсуждали {('зимой', 'весной', 'летом')[n % 3]}?"), questions),
        "late_follow_up": percentiles(asks(lambda n: f"А для {later(n)}?"), questions),
        "storing_without_memory": percentiles(lambda n: store(n, remembered=False), questions),
        "storing_with_memory": percentiles(lambda n: store(n, remembered=True), questions),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=1_000_000)
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--folder", type=Path, help="keep the database here and use it again")
    given = parser.parse_args()
    machine = hardware()
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "memory.db"
        fresh = not path.exists()
        database = Database(f"sqlite:///{path}")
        database.migrate()
        if fresh:
            fill(database, given.turns, given.readers)
        on_disk = sizes(database)
        per_turn = {name: round(on_disk.get(name, 0.0) / given.turns) for name in ("turns", "answers", "messages")}
        result = {"turns": given.turns, "readers": given.readers, "bytes_per_turn": per_turn}
        result |= measure(database, given.readers, given.questions)
        database.close()
    print(result)
    print(f"written to {write_result('memory_load', {**result, 'hardware': machine})}")


if __name__ == "__main__":
    main()
