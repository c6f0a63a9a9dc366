"""The commands around the index, run as a user runs them: what they print, and how they exit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from konspekt.indexer.reindexing.locking import reindex_lock
from konspekt.storage.database import Database
from tests.conftest import MODELS, ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]

QUANT = "# Квантизация весов\n\nЧетыре бита на вес вместо шестнадцати: память меньше вчетверо.\n"
CATS = "# Кошки\n\nРыжий кот спит на тёплой клавиатуре.\n"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "quant.md").write_text(QUANT, "utf-8")
    (folder / "cats.md").write_text(CATS, "utf-8")
    return folder


@pytest.fixture
def run(tmp_path: Path, e5_path: Path) -> Run:
    """`konspekt …` in a process of its own, with a home of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "KONSPEKT_HOME": str(tmp_path / "home"),
        "MODELS_DIR": str(MODELS),
        "OMP_NUM_THREADS": "2",
        "COLUMNS": "200",
    }

    def konspekt(*arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "konspekt.cli.main", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **settings},
            check=False,
        )

    konspekt.environment = environment  # type: ignore[attr-defined]
    return konspekt


def test_from_a_folder_to_an_answer(run: Run, course: Path) -> None:
    done = run("reindex", str(course), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["ok"], report["documents"], report["sources"][0]["added"]) == (True, 2, 2)

    listed = json.loads(run("documents", "--json").stdout)
    assert [set(row) for row in listed] == [{"id", "title", "url", "date", "source", "characters"}] * 2
    assert {row["title"] for row in listed} == {"Квантизация весов", "Кошки"}

    done = run("search", "кот и клавиатура", "-k", "2", "--json")
    hits = json.loads(done.stdout)
    fields = ["rank", "score", "document_id", "title", "url", "published_at", "source", "text", "corrected_by"]
    assert [list(hit) for hit in hits] == [fields] * 2
    assert hits[0]["title"] == "Кошки"

    done = run("search", "-", "-k", "1", stdin="сколько бит на вес\nгде спит кот\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer[0]["title"] for answer in answers] == ["Квантизация весов", "Кошки"]

    shown = json.loads(run("show", hits[0]["document_id"], "--json").stdout)
    assert shown["text"].strip() == CATS.strip()
    assert "Рыжий кот" in run("show", hits[0]["document_id"]).stdout

    (course / "cats.md").unlink()
    done = run("reindex")
    assert done.returncode == 0, done.stderr
    assert "1 documents" in done.stdout
    assert run("show", hits[0]["document_id"]).returncode == 3


def test_nothing_is_indexed_yet(run: Run) -> None:
    for arguments in (["search", "что угодно"], ["search", "x", "--json"], ["documents"]):
        done = run(*arguments)
        assert done.returncode == 3, (arguments, done.stderr)
        assert "konspekt reindex PATH" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["reindex"], 2, "give a path"),
        (["reindex", "/no/such/path"], 1, "/no/such/path"),
        (["search", "x", "--since", "2024-13-01"], 2, "--since"),
        (["ask", "x", "--until", "yesterday"], 2, "--until"),
        (["reindex", "--forget", "no:such"], 3, "no:such"),
        (["search", "x", "--mode", "magic"], 2, "fused"),
        (["search", "x", "-k", "0"], 2, "-k"),
        (["show", "no/such"], 3, "no/such"),
    ],
)
def test_mistakes_are_answered_in_a_line(run: Run, arguments: list[str], status: int, said: str) -> None:
    done = run(*arguments)
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "status", "said"),
    [
        ({"DATABASE_URL": "postgresql://nobody:hidden@127.0.0.1:1/none"}, 1, "cannot be reached"),
        ({"DATABASE_URL": "mysql://host/name"}, 2, "not supported"),
        ({"KONSPEKT_HOME": "/proc/none"}, 1, "/proc/none"),
        ({"EMBEDDING_MODEL": "/no/such/model"}, 2, "EMBEDDING_MODEL=/no/such/model"),
        ({"CHANNEL_USERNAMES": "Канал"}, 2, "CHANNEL_USERNAMES"),
    ],
)
def test_broken_settings_are_named(run: Run, course: Path, settings: dict[str, str], status: int, said: str) -> None:
    done = run("reindex", str(course), **settings)
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_file_is_named_and_the_rest_is_indexed(run: Run, course: Path) -> None:
    (course / "scan.pdf").write_bytes(b"%PDF-1.4 broken")
    done = run("reindex", str(course))
    assert done.returncode == 1
    assert "scan.pdf" in done.stderr
    assert "2 documents" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_second_reindex_stops_and_a_dry_run_writes_nothing(run: Run, course: Path, tmp_path: Path) -> None:
    done = run("reindex", str(course), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert run("documents").returncode == 3
    database = Database(f"sqlite:///{tmp_path / 'home' / 'konspekt.db'}")
    with reindex_lock(database, tmp_path / "home" / "index"):
        done = run("reindex", str(course))
    database.close()
    assert done.returncode == 1
    assert f"process {os.getpid()}" in done.stderr


def test_ctrl_c_leaves_nothing_broken(run: Any, course: Path, tmp_path: Path) -> None:
    for number in range(150):
        (course / f"n{number}.md").write_text(f"# Заметка {number}\n\n" + "Слова и ещё слова. " * 60, "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "konspekt.cli.main", "reindex", str(course)],
        env={**run.environment, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    database = tmp_path / "home" / "konspekt.db"
    while process.poll() is None and not (database.exists() and _vectors(database)):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    errors = process.communicate()[1]
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    for path in course.glob("n*.md"):
        path.unlink()
    done = run("reindex", str(course), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["documents"] == 2


def _vectors(path: Path) -> bool:
    import sqlite3

    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            return bool(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])
    except sqlite3.OperationalError:
        return False


@pytest.mark.postgres
def test_the_same_on_postgresql(run: Run, course: Path, postgres_url: str) -> None:
    assert run("reindex", str(course), DATABASE_URL=postgres_url).returncode == 0
    done = run("search", "кот", "--json", DATABASE_URL=postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    assert json.loads(done.stdout)[0]["title"] == "Кошки"
