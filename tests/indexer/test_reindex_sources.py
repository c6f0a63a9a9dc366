"""What a source no longer holds is removed only when it surely disappeared; what was not asked about stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from konspekt.indexer.documents import Problem
from konspekt.indexer.errors import UnknownSourceError
from konspekt.storage.models import SourceRow
from tests.fakes.list_source import ListSource, post, posts
from tests.indexer.house import House


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


def test_an_emptied_source_leaves_an_empty_index(house: House) -> None:
    house.give(*posts(3))
    house.reindexer().run(["/a"])
    house.give()
    house.reindexer().run()
    assert house.searcher().search("слово1") == []
