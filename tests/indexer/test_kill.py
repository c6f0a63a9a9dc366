"""SIGKILL at every step that writes: the old index still serves, a rerun finishes, nothing is lost or doubled."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from konspekt.indexer.reindexing.reindex import Reindexer
from konspekt.indexer.searching.search import Searcher
from konspekt.storage.database import Database
from tests.conftest import ROOT
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.index_counts import index_counts, whole
from tests.fakes.list_source import ListSource, post
from tests.fakes.reindex_process import command

# (step, at which of its passes): every checkpoint of a reindex, and the middle of the long ones
STEPS = (
    ("read", 1),
    ("cut", 1),
    ("cut", 2),
    ("embedded", 1),
    ("embedded", 3),
    ("file built", 1),
    ("file written", 1),
    ("rows dropped", 1),
    ("rows inserted", 1),
    ("before commit", 1),
    ("committed", 1),
    ("swept", 1),
)
IN_THE_DATABASE = (("embedded", 3), ("rows inserted", 1), ("before commit", 1), ("committed", 1))
CASES = [
    *(("sqlite", *step) for step in STEPS),
    *(pytest.param("postgres", *step, marks=pytest.mark.postgres) for step in IN_THE_DATABASE),
]
POSTS = 300
OLD, NEW = "прежний дирижабль", "новый пароход"


def reindex(url: str, folder: Path, **job: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(url, folder / "index", **job), capture_output=True, text=True, cwd=ROOT, check=False)


def reindex_here(database: Database, folder: Path, first: int, words: str) -> int:
    """The same reindex in this process; how many passages it embedded."""
    documents = [post(n, f"слово{n} {words}") for n in range(first, first + POSTS)]
    source = ListSource("channel", documents, location="/channel")
    reindexer = Reindexer(database, folder / "index", HashEmbedder(), recognise=lambda _path, _known: [source])
    return reindexer.run(["/channel"]).embedded


def test_every_checkpoint_is_killed_at(tmp_path: Path) -> None:
    """The list of steps is whole: a run passes exactly through those."""
    done = reindex(f"sqlite:///{tmp_path}/konspekt.db", tmp_path, posts=[0, POSTS], words=OLD)
    assert set(json.loads(done.stdout)["passes"]) == {name for name, _ in STEPS}, done.stderr


@pytest.mark.parametrize(("backend", "step", "number"), CASES, indirect=["backend"])
def test_killed_at_any_step_the_old_index_serves_and_a_rerun_finishes(
    database: Database, tmp_path: Path, step: str, number: int
) -> None:
    url = database.url.render_as_string(hide_password=False)
    index_dir = tmp_path / "index"
    # the first index holds posts 0…299; the next one drops 100, rewrites 200 and adds 100
    reindex_here(database, tmp_path, 0, OLD)
    searcher = Searcher(database, index_dir, HashEmbedder())  # open all the while, as in a running bot
    assert searcher.search("слово7", 1)[0].document_id == "channel/7"

    killed = reindex(url, tmp_path, posts=[100, 100 + POSTS], words=NEW, kill_at=step, kill_pass=number)
    assert killed.returncode == -9, killed.stderr
    published = step in {"committed", "swept"}
    for look in (searcher, Searcher(database, index_dir, HashEmbedder())):
        for mode in ("fused", "dense", "lexical"):
            hit = look.search("слово150", 1, mode=mode)[0]
            assert hit.document_id == "channel/150"
            assert hit.text == f"слово150 {NEW if published else OLD}"
        gone = [hit.document_id for hit in look.search("слово7", 3, mode="lexical")]
        assert gone == ([] if published else ["channel/7"])

    done_before = 64 * number if step == "embedded" else POSTS if step not in {"read", "cut"} else 0
    assert reindex_here(database, tmp_path, 100, NEW) == POSTS - done_before  # nothing is embedded twice
    assert index_counts(database, index_dir) == whole(POSTS)
    for look in (searcher, Searcher(database, index_dir, HashEmbedder())):
        assert look.search("слово399", 1)[0].text == f"слово399 {NEW}"
        assert look.search("слово7", 3, mode="lexical") == []
