"""A link, a channel or a person in a question says where to look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from konspekt.indexer.documents import Document
from konspekt.indexer.searching.scopes import find_scope
from konspekt.storage.database import Database
from tests.fakes.hash_embedder import HashEmbedder
from tests.fakes.list_source import ListSource, post
from tests.indexer.house import House

NAMES = [
    ("rizzearch", "dump:rizzearch"),
    ("Эй ай ньюз", "dump:ai"),
    ("Лаборатория Веры", "telegram:1"),
    ("Андрей Филатов", "Андрей Филатов"),
]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    house = House(database, tmp_path, HashEmbedder())
    house.give(*(post(i) for i in range(1, 30)))
    house.reindexer().run(["/a"])
    return house


def ids(house: House, question: str, k: int = 5) -> list[str]:
    return [hit.document_id for hit in house.searcher().search(question, k)]


@pytest.mark.parametrize(
    "question",
    [
        "https://t.me/channel/7 о чём этот пост?",
        "t.me/channel/7 о чём этот пост?",
        "О чём этот пост: t.me/s/channel/7?",
        "перескажи https://T.me/Channel/7?single",
        "what is this post about? (https://telegram.me/channel/7)",
        "https://www.t.me/channel/7",
        "кратко: http://t.me/channel/7#comments.",
    ],
)
def test_a_link_is_looked_up_before_anything_is_searched(house: House, question: str) -> None:
    assert ids(house, question) == ["channel/7"]


def test_a_question_beside_the_link_is_searched_too(house: House) -> None:
    found = ids(house, "чем t.me/channel/7 отличается от слово12")
    assert found[0] == "channel/7"
    assert "channel/12" in found


def test_two_links_give_two_documents(house: House) -> None:
    assert set(ids(house, "сравни t.me/channel/3 t.me/channel/4")[:2]) == {"channel/3", "channel/4"}


@pytest.mark.parametrize("question", ["t.me/channel/777 слово5", "https://example.com/x слово5"])
def test_a_link_to_something_else_is_part_of_the_question(house: House, question: str) -> None:
    assert "channel/5" in ids(house, question)


def test_a_message_of_an_album_is_its_post(database: Database, tmp_path: Path) -> None:
    album = replace(post(40), extra={"message_ids": [40, 41, 42]})
    house = House(database, tmp_path)
    house.give(album, post(50))
    house.reindexer().run(["/a"])
    assert ids(house, "t.me/channel/42") == ["channel/40"]
    assert ids(house, "t.me/channel/40") == ["channel/40"]


@pytest.mark.parametrize(
    ("question", "source", "rest"),
    [
        ("что в канале rizzearch пишут про мамбу?", "dump:rizzearch", "что пишут про мамбу?"),
        ("в канале «Лаборатория Веры» есть про LoRA?", "telegram:1", "есть про LoRA?"),
        ("что такое LoRA в канале лаборатории веры", "telegram:1", "что такое LoRA"),
        ("what do they say about LoRA in the rizzearch channel?", "dump:rizzearch", "what do they say about LoRA ?"),
        ("сколько шагов у Андрея Филатова", "Андрей Филатов", "сколько шагов"),
        ("на канале @rizzearch про квантизацию", "dump:rizzearch", "про квантизацию"),
    ],
)
def test_a_name_says_where_to_look(question: str, source: str, rest: str) -> None:
    scope = find_scope(question, NAMES)
    assert scope is not None
    assert (scope.source, scope.rest) == (source, rest)


@pytest.mark.parametrize(
    "question",
    [
        "сколько шагов у SDXL",
        "что есть в канале",
        "в канале rizzearch",
        "у меня не работает",
        "By what factor",
        "",
        "у",
    ],
)
def test_other_names_are_no_places(question: str) -> None:
    assert find_scope(question, NAMES) is None


def test_search_stays_within_the_channel_that_is_named(database: Database, tmp_path: Path) -> None:
    def of(source: str, document: Document) -> Document:
        return replace(document, id=f"{source}/1", source_id=source)

    house = House(database, tmp_path)
    first, second = of("a", post(1)), of("b", replace(post(1), text="другое слово1 текст"))
    house.paths["/a"] = [ListSource("a", [first], title="Первый дом", location="/a")]
    house.paths["/b"] = [ListSource("b", [second], title="Второй дом", location="/b")]
    house.reindexer().run(["/a", "/b"])
    assert ids(house, "слово1 в канале «Второй дом»") == ["b/1"]
    assert set(ids(house, "слово1 в канале третий")) == {"a/1", "b/1"}
