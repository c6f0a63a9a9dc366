"""A reindex costs what changed, removes only what surely disappeared, and leaves a whole index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from indexer.documents import Document, Problem, Source
from indexer.errors import (
    IndexerError,
    NoIndexError,
    ReindexRunningError,
    ReindexStoppedError,
    UnknownSourceError,
)
from indexer.locking import reindex_lock
from indexer.reindex import Reindexer
from indexer.search import Searcher
from indexer.sources.errors import SourceMissingError
from storage.database import Database
from storage.generations import current_generation
from storage.models import ChunkRow, DocumentRow, JobRow, SourceRow, StagedDocumentRow, VectorRow
from storage.vectors import is_whole, open_index
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.list_source import ListSource, post, posts


class House:
    """A reindexer over sources that live in a dictionary: path -> sources."""

    def __init__(self, database: Database, folder: Path, embedder: HashEmbedder | None = None) -> None:
        self.database = database
        self.index_dir = folder / "index"
        self.embedder = embedder or HashEmbedder()
        self.paths: dict[str, list[ListSource]] = {}

    def reindexer(self, **options: object) -> Reindexer:
        return Reindexer(self.database, self.index_dir, self.embedder, recognise=self.recognise, **options)  # type: ignore[arg-type]

    def recognise(self, path: str, known: Mapping[str, str]) -> Sequence[Source]:
        if path not in self.paths:
            raise SourceMissingError(path, "nothing is there", "check the path")
        return self.paths[path]

    def searcher(self) -> Searcher:
        return Searcher(self.database, self.index_dir, self.embedder)

    def give(
        self, *documents: Document | Problem, path: str = "/a", source: str = "channel", partial: bool = False
    ) -> None:
        self.paths[path] = [ListSource(source, documents, partial, location=path)]

    def check(self, expected: Sequence[Document]) -> None:
        """The rows, the search terms and the vectors hold exactly these documents."""
        with self.database.read() as session:
            stored = dict(session.execute(select(DocumentRow.id, DocumentRow.text)).all())
            chunk_ids = set(session.scalars(select(ChunkRow.id)))
            column = "rowid" if self.database.is_sqlite else "chunk_id"
            terms = session.scalars(text(f"SELECT {column} FROM chunk_terms")).all()
            generation = current_generation(session)
            staged = session.scalar(select(func.count()).select_from(StagedDocumentRow))
        assert stored == {document.id: document.text for document in expected}
        assert sorted(terms) == sorted(chunk_ids)
        assert staged == 0
        assert generation is not None
        in_file = open_index(self.index_dir / generation.filename).ntotal
        assert in_file == generation.vector_count
        assert [path.name for path in self.index_dir.glob("*.faiss")] == [generation.filename]
        searcher = self.searcher()
        for document in expected[:: max(1, len(expected) // 10)]:
            assert searcher.search(document.text, 1, mode="dense")[0].document_id == document.id
            assert searcher.search(document.title, 1, mode="lexical")[0].document_id == document.id


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)


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


def test_what_disappeared_from_a_complete_read_is_removed(house: House) -> None:
    house.give(*posts(10))
    house.reindexer().run(["/a"])
    house.give(*posts(4))
    report = house.reindexer().run()
    assert report.sources[0].removed == 6
    house.check(posts(4))


@pytest.mark.parametrize("partial", [True, False])
def test_nothing_is_removed_after_a_partial_or_failed_read(house: House, partial: bool) -> None:
    house.give(*posts(10))
    house.reindexer().run(["/a"])
    problem = () if partial else (Problem("result.json:7", "cut short", "export again"),)
    house.give(*posts(4), *problem, partial=partial)
    report = house.reindexer().run()
    assert report.sources[0].removed == 0
    assert report.ok is partial
    house.check(posts(10))


def test_a_source_that_was_not_named_stays_untouched(house: House) -> None:
    house.give(*posts(5, "one"), path="/one", source="one")
    house.give(*posts(5, "two"), path="/two", source="two")
    house.reindexer().run(["/one", "/two"])
    house.give(*posts(1, "one"), path="/one", source="one")
    house.give(path="/two", source="two")
    house.reindexer().run(["/one"], full=True)
    house.check([*posts(1, "one"), *posts(5, "two")])


def test_without_a_path_it_reads_the_defaults_and_everything_given_before(house: House) -> None:
    house.give(*posts(2, "one"), path="/one", source="one")
    house.give(*posts(2, "two"), path="/two", source="two")
    house.reindexer().run(["/one"])
    report = house.reindexer(default_paths=["/two"]).run()
    assert {source.id for source in report.sources} == {"one", "two"}
    house.check([*posts(2, "one"), *posts(2, "two")])


def test_a_path_that_is_gone_is_a_problem_and_removes_nothing(house: House) -> None:
    house.give(*posts(3))
    house.reindexer().run(["/a"])
    house.paths.clear()
    report = house.reindexer().run()
    assert not report.ok
    assert "/a" in report.problems[0]
    house.check(posts(3))


def test_a_source_that_left_its_folder_leaves_the_index(house: House) -> None:
    one, two = ListSource("one", posts(3, "one")), ListSource("two", posts(3, "two"))
    house.paths["/folder"] = [one, two]
    house.reindexer().run(["/folder"])
    house.paths["/folder"] = [one]
    report = house.reindexer().run()
    assert {source.id: source.removed for source in report.sources} == {"one": 0, "two": 3}
    house.check(posts(3, "one"))
    with house.database.read() as session:
        assert session.scalars(select(SourceRow.id)).all() == ["one"]


def test_a_forgotten_source_leaves_the_index_and_is_not_read_again(house: House) -> None:
    house.give(*posts(5, "old"), path="/a", source="old")
    house.give(*posts(3, "new"), path="/b", source="new")
    house.reindexer().run(["/a", "/b"])
    house.reindexer().forget(["old"])
    house.check(posts(3, "new"))
    assert house.reindexer().remembered_paths() == ["/b"]
    with pytest.raises(UnknownSourceError, match="no source old; there are: new"):
        house.reindexer().forget(["old"])
    house.check(posts(3, "new"))


def test_two_exports_of_one_channel_are_one_channel(house: House) -> None:
    """The older export lacks the new posts: that is no deletion. Where both hold a post, the later reading counts."""
    old = [post(number, f"старый текст номер{number}") for number in range(5)]
    house.paths["/exports"] = [ListSource("channel", old), ListSource("channel", posts(8)[2:])]
    house.reindexer().run(["/exports"])
    house.check([*old[:2], *posts(8)[2:]])
    report = house.reindexer().run()
    assert report.embedded == 0
    house.check([*old[:2], *posts(8)[2:]])


def test_a_broken_file_is_reported_and_the_rest_indexed(house: House) -> None:
    house.give(post(1), Problem("broken.pdf", "no text", "run OCR"), post(2))
    report = house.reindexer().run(["/a"])
    assert not report.ok
    assert report.sources[0].status == "partial"
    assert report.sources[0].problems == ("broken.pdf: no text — run OCR",)
    house.check([post(1), post(2)])


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


def test_an_emptied_source_leaves_an_empty_index(house: House) -> None:
    house.give(*posts(3))
    house.reindexer().run(["/a"])
    house.give()
    house.reindexer().run()
    assert house.searcher().search("слово1") == []


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


def test_live_posts_are_added_and_edited_without_touching_the_rest(house: House) -> None:
    house.give(*posts(50))
    house.reindexer().run(["/a"])
    searcher = house.searcher()
    assert searcher.search("слово7", 1)[0].document_id == "channel/7"
    source = ListSource("channel", location="telegram:channel")
    report = house.reindexer().index_documents(source, [post(50), post(7, "Правка про дирижабли")])
    assert (report.sources[0].added, report.sources[0].changed, report.sources[0].removed) == (1, 1, 0)
    assert searcher.search("дирижабли", 1)[0].document_id == "channel/7"
    assert searcher.search("слово50", 1)[0].document_id == "channel/50"
    with house.database.read() as session:
        assert session.scalar(select(SourceRow.location)) == "/a"
        generation = current_generation(session)
        assert generation is not None
        assert generation.filename == "1.faiss"  # the file is not written anew for two posts
    assert house.reindexer().remove_documents(["channel/50", "channel/none"]) == 1
    assert searcher.search("слово50", 1, mode="lexical") == []
    changed = [post(7, "Правка про дирижабли") if number == 7 else post(number) for number in range(50)]
    house.check(changed)


def test_a_live_post_may_be_the_first_document_of_all(house: House) -> None:
    house.reindexer().index_documents(ListSource("channel"), [post(1)])
    house.check([post(1)])


def test_many_live_posts_are_compacted_into_a_new_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.publishing.TAIL_AT_LEAST", 5)
    monkeypatch.setattr("indexer.publishing.DEAD_AT_LEAST", 3)
    house.give(*posts(20))
    house.reindexer().run(["/a"])
    names = set()
    for number in range(20, 40):
        house.reindexer().index_documents(ListSource("channel"), [post(number)])
        with house.database.read() as session:
            generation = current_generation(session)
            assert generation is not None
            names.add(generation.filename)
            assert generation.vector_count >= number + 1 - 5
    assert len(names) > 2
    house.check(posts(40))
    house.reindexer().remove_documents([f"channel/{number}" for number in range(30)])
    house.check(posts(40)[30:])


def test_a_lost_index_file_is_built_again_without_embedding(house: House) -> None:
    house.give(*posts(10))
    house.reindexer().run(["/a"])
    for path in house.index_dir.glob("*.faiss"):
        path.unlink()
    house.embedder.passages_embedded.clear()
    house.reindexer().run()
    assert house.embedder.passages_embedded == []
    house.check(posts(10))


@pytest.mark.parametrize("content", [b"", b"IxM2", b"no index at all" * 100])
def test_a_damaged_index_file_is_mended_by_a_reindex_and_by_search(house: House, content: bytes) -> None:
    house.give(*posts(10))
    house.reindexer().run(["/a"])
    (path,) = house.index_dir.glob("*.faiss")
    path.write_bytes(content)
    found = Searcher(house.database, house.index_dir, house.embedder).search(post(2).text, 1, mode="dense")
    assert found[0].document_id == post(2).id
    assert is_whole(path)

    path.write_bytes(content)
    house.embedder.passages_embedded.clear()
    house.reindexer().run()
    assert house.embedder.passages_embedded == []
    assert all(is_whole(file) for file in house.index_dir.glob("*.faiss"))
    house.check(posts(10))


def test_search_on_a_machine_without_the_file_makes_it_from_the_stored_vectors(house: House, tmp_path: Path) -> None:
    house.give(*posts(10))
    house.reindexer().run(["/a"])
    house.reindexer().index_documents(ListSource("channel"), [post(10), post(3, "Правка про дирижабли")])
    elsewhere = Searcher(house.database, tmp_path / "elsewhere", house.embedder)
    for document in (post(2), post(10), post(3, "Правка про дирижабли")):
        assert elsewhere.search(document.text, 1, mode="dense")[0].document_id == document.id
    assert (tmp_path / "elsewhere" / "1.faiss").exists()


def test_progress_tells_rate_and_ends_at_the_total(house: House) -> None:
    house.give(*posts(100))
    seen = []
    house.reindexer().run(["/a"], progress=seen.append)
    embedding = [event for event in seen if event.step == "embedding"]
    assert (embedding[-1].done, embedding[-1].total) == (100, 100)
    assert embedding[-1].rate > 0
    assert {event.step for event in seen} >= {"preparing", "embedding", "publishing"}
