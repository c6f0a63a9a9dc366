"""SIGKILL at ten moments of one move: at the end all is there once, and the old place is as it was."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from konspekt.storage.database import Database
from tests.conftest import ROOT
from tests.fakes.full_place import contents, fill

KILLS = 10


@pytest.mark.parametrize("new_kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_killed_ten_times_it_is_equal_at_the_end(
    sqlite_database: Database, tmp_path: Path, request: pytest.FixtureRequest, new_kind: str
) -> None:
    fill(sqlite_database, 40)
    before = contents(sqlite_database)
    url = f"sqlite:///{tmp_path / 'new.db'}" if new_kind == "sqlite" else request.getfixturevalue("postgres_url")
    rng = random.Random(11)
    moments = [str(rng.randint(1, 30)) for _ in range(KILLS)]
    command = [sys.executable, "-m", "tests.fakes.move_process", sqlite_database.url.render_as_string(), url, "7"]
    done = subprocess.run([*command, *moments], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.split("\n")[:-1] == ["killed"] * KILLS + ["ended 0"], done.stderr
    new = Database(url)
    assert contents(new) == before
    assert contents(sqlite_database) == before
    new.close()
