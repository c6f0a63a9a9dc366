"""A reindex into every store: live posts, a lost generation, a second machine, a crash at each step of publishing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from konspekt.indexer.searching.search import Searcher
from konspekt.storage.database import Database
from konspekt.storage.errors import StorageError
from konspekt.storage.index.generations import current_generation
from konspekt.storage.models import IndexGenerationRow
from konspekt.storage.vectors.choosing import open_store
from konspekt.storage.vectors.protocol import Absorbing
from tests.conftest import ROOT
from tests.fakes.list_source import ListSource, post, posts
from tests.fakes.reindex_process import command
from tests.indexer.house import House

STEPS = ("file built", "file written", "rows dropped", "rows inserted", "before commit", "committed")


class CrashError(BaseException):
    """Nothing catches it, as nothing catches a crash."""


@pytest.fixture
def stored(database: Database, setting: str, tmp_path: Path) -> House:
    return House(database, tmp_path, vectors=open_store(setting, database, tmp_path / "index"))


def current(house: House) -> IndexGenerationRow:
    with house.database.read() as session:
        row = current_generation(session)
    assert row is not None
    return row


def counted(house: House) -> int:
    with house.database.read() as session:
        return house.vectors.count(session, current(house))


def nearest(searcher: Searcher, text: str) -> str:
    return searcher.search(text, 1, mode="dense")[0].document_id


def test_posts_come_change_and_go_while_a_searcher_is_open(stored: House) -> None:
    stored.give(*posts(60))
    stored.reindexer().run(["/a"])
    searcher = stored.searcher()
    assert nearest(searcher, post(7).text) == "channel/7"
    live = [post(60), post(7, "Правка про дирижабли")]
    stored.reindexer().index_documents(ListSource("channel", location="telegram:channel"), live)
    assert nearest(searcher, "Правка про дирижабли") == "channel/7"
    assert nearest(searcher, post(60).text) == "channel/60"
    assert counted(stored) == (61 if isinstance(stored.vectors, Absorbing) else 60)
    assert stored.reindexer().remove_documents(["channel/60"]) == 1
    assert nearest(searcher, post(60).text) != "channel/60"
    assert nearest(stored.searcher(), post(59).text) == "channel/59"
    stored.reindexer().run(["/a"], full=True)
    assert (counted(stored), current(stored).vector_count) == (60, 60)
    assert nearest(searcher, post(7).text) == "channel/7"


def test_a_second_machine_finds_everything_in_what_is_shared(stored: House, setting: str, tmp_path: Path) -> None:
    stored.give(*posts(30))
    stored.reindexer().run(["/a"])
    left = {path.name for path in stored.index_dir.iterdir()} - {"reindex.lock"}
    assert left == ({"1.faiss"} if setting == "faiss" else set())
    shutil.rmtree(stored.index_dir)
    elsewhere = tmp_path / "elsewhere"
    vectors = open_store(setting, stored.database, elsewhere)
    searcher = Searcher(stored.database, elsewhere, stored.embedder, vectors=vectors)
    assert nearest(searcher, post(21).text) == "channel/21"
    assert searcher.search(post(21).title, 1, mode="lexical")[0].document_id == "channel/21"
    assert elsewhere.exists() == (setting == "faiss")


def test_another_store_is_filled_by_a_reindex_that_embeds_nothing(stored: House, setting: str) -> None:
    """The old generation is in a file, or what there was is lost."""
    before = House(stored.database, stored.index_dir.parent, stored.embedder)
    before.give(*posts(30))
    before.reindexer().run(["/a"])
    if setting == "faiss":
        stored.vectors.sweep(None)
    else:
        with pytest.raises(StorageError, match="konspekt reindex"):
            nearest(stored.searcher(), post(3).text)
    stored.embedder.passages_embedded.clear()
    stored.paths = before.paths
    stored.reindexer().run()
    assert stored.embedder.passages_embedded == []
    assert nearest(stored.searcher(), post(3).text) == "channel/3"
    assert counted(stored) == 30


def test_a_crash_at_any_step_leaves_one_whole_generation(stored: House) -> None:
    """The old one until the transaction is committed, the new one from then on; the next run removes what is left."""
    stored.give(*posts(20))
    stored.reindexer().run(["/a"])
    searcher = stored.searcher()
    words = "первого"
    for step in STEPS:
        old, words = words, f"{words}, {step}"
        changed = [post(n, f"слово{n} {words}") for n in range(20)]
        stored.give(*changed)

        def crash(name: str, at: str = step) -> None:
            if name == at:
                raise CrashError

        with pytest.raises(CrashError):
            stored.reindexer(checkpoint=crash).run(["/a"], full=True)
        published = step == "committed"
        for look in (searcher, stored.searcher()):
            text = look.search("слово9", 1)[0].text
            assert text.endswith(words) if published else not text.endswith(words), step
        assert counted(stored) == 20
        stored.reindexer().run(["/a"])
        assert searcher.search("слово9", 1)[0].text.endswith(words), (step, old)
        assert counted(stored) == 20
        assert not stored.vectors.sweep(current(stored).filename), step


@pytest.mark.parametrize("store_name", [pytest.param("pgvector", marks=pytest.mark.postgres), "milvus"])
def test_a_killed_process_leaves_the_old_generation_and_nothing_after_the_next_run(
    stored: House, setting: str, tmp_path: Path
) -> None:
    stored.give(*posts(20))
    stored.reindexer().run(["/a"])
    searcher = stored.searcher()
    url = stored.database.url.render_as_string(hide_password=False)
    job = command(url, tmp_path / "index", posts=[0, 30], words="новый", kill_at="file written", vectors=setting)
    killed = subprocess.run(job, capture_output=True, text=True, cwd=ROOT, check=False)
    assert killed.returncode == -9, killed.stderr
    assert nearest(searcher, post(9).text) == "channel/9"
    assert counted(stored) == 20
    stored.give(*posts(25))
    stored.reindexer().run(["/a"])
    assert nearest(searcher, post(24).text) == "channel/24"
    assert not stored.vectors.sweep(current(stored).filename)
