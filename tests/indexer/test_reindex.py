"""A reindex costs what changed, tells how far it is, and is alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from konspekt.indexer.documents import Document
from konspekt.indexer.errors import (
    IndexerError,
    NoIndexError,
    ReindexRunningError,
    ReindexStoppedError,
)
from konspekt.indexer.reindexing.locking import reindex_lock
from konspekt.storage.database import Database
from konspekt.storage.models import (
    DocumentRow,
    JobRow,
    SourceRow,
    StagedDocumentRow,
    VectorRow,
)
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.list_source import post, posts
from tests.indexer.house import House


def test_the_first_run_indexes_everything(house: House) -> None:
    house.give(*posts(20))
    report = house.reindexer().run(["/a"])
    assert (report.documents, report.embedded, report.ok) == (20, 20, True)
    assert (report.sources[0].added, report.sources[0].status) == (20, "complete")
    house.check(posts(20))


def test_a_run_without_changes_embeds_nothing_and_keeps_the_generation(house: House) -> None:
    house.give(*posts(20))
    first = house.reindexer().run(["/a"])
    house.embedder.passages_embedded.clear()
    second = house.reindexer().run(["/a"])
    assert second.generation == first.generation
    assert house.embedder.passages_embedded == []
    assert second.sources[0].unchanged == 20
    house.check(posts(20))


def test_only_what_changed_is_embedded(house: House) -> None:
    house.give(*posts(20))
    house.reindexer().run(["/a"])
    house.embedder.passages_embedded.clear()
    changed = [post(3, "Совсем другой текст про кошек"), *posts(20)[:3], *posts(20)[4:], post(20)]
    house.give(*changed)
    report = house.reindexer().run(["/a"])
    assert len(house.embedder.passages_embedded) == 2
    assert (report.sources[0].added, report.sources[0].changed, report.sources[0].unchanged) == (1, 1, 19)
    house.check(changed)
    assert house.searcher().search("кошек", 1)[0].document_id == "channel/3"
    assert "channel/3" not in [hit.document_id for hit in house.searcher().search("слово3 метка3x", 5, mode="lexical")]


def test_a_dry_run_changes_nothing(house: House) -> None:
    house.give(*posts(5))
    report = house.reindexer().run(["/a"], dry_run=True)
    assert (report.sources[0].added, report.documents, report.generation) == (5, 0, None)
    with house.database.read() as session:
        for table in (SourceRow, DocumentRow, JobRow, VectorRow, StagedDocumentRow):
            assert session.scalars(select(table)).all() == []
    with pytest.raises(NoIndexError):
        house.searcher().search("что угодно")


def test_full_embeds_everything_again(house: House) -> None:
    house.give(*posts(6))
    first = house.reindexer().run(["/a"])
    house.embedder.passages_embedded.clear()
    second = house.reindexer().run(["/a"], full=True)
    assert len(house.embedder.passages_embedded) == 6
    assert second.generation != first.generation
    house.check(posts(6))


def test_another_model_embeds_everything_by_itself_also_of_sources_not_asked_about(house: House) -> None:
    house.give(*posts(5, "one"), path="/one", source="one")
    house.give(*posts(5, "two"), path="/two", source="two")
    house.reindexer().run(["/one", "/two"])
    house.embedder = HashEmbedder("other", dimension=32)
    with pytest.raises(IndexerError, match="konspekt reindex"):
        house.searcher().search("слово1")
    report = house.reindexer().run(["/one"])
    assert report.embedded == 10
    house.check([*posts(5, "one"), *posts(5, "two")])
    with house.database.read() as session:
        assert set(session.scalars(select(VectorRow.model))) == {"other"}


def test_texts_that_are_equal_are_embedded_once(house: House) -> None:
    house.give(*(Document(f"channel/{n}", "channel", "post", "Эхо", "Эхо в горах") for n in range(5)))
    report = house.reindexer().run(["/a"])
    assert (report.documents, report.embedded) == (5, 1)


def test_empty_documents_and_odd_characters_are_survived(house: House) -> None:
    house.give(post(1, "   "), post(2, "нуль\x00 и половина \ud83d пары"), post(3))
    report = house.reindexer().run(["/a"])
    assert report.documents == 3
    assert house.searcher().search("половина пары", 1)[0].document_id == "channel/2"
    assert house.reindexer().run(["/a"]).sources[0].unchanged == 3


def test_nothing_to_index_is_no_index(house: House) -> None:
    house.give()
    report = house.reindexer().run(["/a"])
    assert (report.documents, report.generation, report.ok) == (0, None, True)
    with pytest.raises(NoIndexError, match="konspekt reindex PATH"):
        house.searcher().search("слово")


def test_a_second_reindex_says_who_runs_and_stops(house: House) -> None:
    house.give(*posts(3))
    with (
        reindex_lock(house.database, house.index_dir),
        pytest.raises(ReindexRunningError, match="already running"),
    ):
        house.reindexer().run(["/a"])


@pytest.mark.postgres
def test_a_reindex_on_another_machine_with_the_same_postgresql_is_noticed(postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url)
    database.migrate()
    with (
        reindex_lock(database, tmp_path / "one"),
        pytest.raises(ReindexRunningError, match="another machine"),
        reindex_lock(database, tmp_path / "two"),
    ):
        pass
    with reindex_lock(database, tmp_path / "two"):
        pass
    database.close()


def test_a_stopped_run_embeds_nothing_twice(house: House) -> None:
    house.give(*posts(300))
    calls = iter(range(10_000))

    def stop() -> bool:
        return len(house.embedder.passages_embedded) >= 128 and next(calls) >= 0

    with pytest.raises(ReindexStoppedError):
        house.reindexer().run(["/a"], should_stop=stop)
    assert 128 <= len(house.embedder.passages_embedded) < 300
    report = house.reindexer().run(["/a"])
    assert len(house.embedder.passages_embedded) == 300
    assert report.documents == 300
    house.check(posts(300))
    with house.database.read() as session:
        assert session.scalars(select(JobRow.status).order_by(JobRow.id)).all() == ["interrupted", "done"]


def test_progress_tells_rate_and_ends_at_the_total(house: House) -> None:
    house.give(*posts(100))
    seen = []
    house.reindexer().run(["/a"], progress=seen.append)
    embedding = [event for event in seen if event.step == "embedding"]
    assert (embedding[-1].done, embedding[-1].total) == (100, 100)
    assert embedding[-1].rate > 0
    assert {event.step for event in seen} >= {"preparing", "embedding", "publishing"}
