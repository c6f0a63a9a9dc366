"""The published index: live posts beside its file, a lost or damaged file made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from konspekt.indexer.reindexing.publishing import DEAD_AT_LEAST
from konspekt.indexer.searching.search import Searcher
from konspekt.storage.index.generations import current_generation
from konspekt.storage.models import IndexGenerationRow, SourceRow
from konspekt.storage.vectors.faiss_file import is_whole
from tests.fakes.list_source import ListSource, post, posts
from tests.indexer.house import House


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
    monkeypatch.setattr("konspekt.indexer.reindexing.publishing.TAIL_AT_LEAST", 5)
    monkeypatch.setattr("konspekt.indexer.reindexing.publishing.DEAD_AT_LEAST", 3)
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


def generation_of(house: House) -> IndexGenerationRow:
    with house.database.read() as session:
        generation = current_generation(session)
    assert generation is not None
    return generation


def test_a_file_full_of_dead_ids_is_written_anew(house: House) -> None:
    """Few new chunks and the same kind of index: only the dead ids can be the reason."""
    documents = posts(DEAD_AT_LEAST * 3)
    house.give(*documents)
    house.reindexer().run(["/a"])
    before = generation_of(house)
    kept = documents[: -(DEAD_AT_LEAST - 10)]
    house.give(*kept)
    house.reindexer().run(["/a"])
    few_dead = generation_of(house)
    assert few_dead.filename == before.filename
    assert few_dead.deleted_count == DEAD_AT_LEAST - 10
    kept = documents[: -(DEAD_AT_LEAST + 10)]
    house.give(*kept)
    house.reindexer().run(["/a"])
    many_dead = generation_of(house)
    assert many_dead.filename != before.filename
    assert (many_dead.deleted_count, many_dead.vector_count) == (0, len(kept))
    house.check(kept)
