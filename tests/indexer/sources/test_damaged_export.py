"""Exports damaged, re-saved by another tool, joined or cut: what is whole comes back, what is lost is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt.indexer.documents import Document, Problem
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.recognise import recognise

CHANNEL = 1234567890


def message(number: int, text: str | None = None) -> dict[str, Any]:
    text = f"Пост {number} о памяти" if text is None else text
    return {
        "id": number,
        "type": "message",
        "date": "2024-01-01T03:00:00",
        "date_unixtime": str(1_704_067_200 + number * 3600),
        "from": "Тихий градиент",
        "from_id": f"channel{CHANNEL}",
        "text": text,
        "text_entities": [{"type": "plain", "text": text}],
    }


def export(*messages: Any, **how: Any) -> str:
    head = {"name": "Тихий градиент", "type": "public_channel", "id": CHANNEL, "messages": list(messages)}
    return json.dumps(head, **{"ensure_ascii": False, "indent": 1} | how)


def posts(count: int = 8) -> list[dict[str, Any]]:
    return [message(number) for number in range(1, count + 1)]


def read(folder: Path, text: str | bytes) -> tuple[dict[int, str], list[Problem]]:
    path = folder / "result.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found: dict[int, str] = {}
    problems = []
    for source in recognise(path, SourceOptions.from_pairs([f"{CHANNEL}=quiet_gradient"])):
        for item in source.documents():
            if isinstance(item, Document):
                found[int(item.id.rsplit("/")[-1])] = item.text
            else:
                problems.append(item)
    return found, problems


def before(text: str, number: int, insertion: str) -> str:
    place = text.index(f'  {{\n   "id": {number},')
    return text[:place] + insertion + text[place:]


BETWEEN = {
    "a stray comma": ",\n",
    "three of them": " , ,\n, ",
    "stray words": "обрывок\n",
    "a conflict marker": "<<<<<<< HEAD\n",
    "the other marker": "=======\n",
    "a closing bracket": "]\n",
    "closing braces": "}}\n",
    "an opening brace": "{\n",
    "an opening bracket": "[\n",
    "half of a message": '{"id": 77, "type": "message", "text": "оборв\n',
    "a quote": '"\n',
    "a backslash": "\\\n",
    "a key without a value": '"text": ,\n',
    "an object that swallows": '{"x": [\n',
    "a comment": "// удалено\n",
    "the list again": '],\n"messages": [\n',
}


@pytest.mark.parametrize("indent", [1, None], ids=["lines", "one line"])
@pytest.mark.parametrize("damage", BETWEEN.values(), ids=BETWEEN)
@pytest.mark.parametrize("place", [1, 4, 8])
def test_damage_between_messages_costs_none(tmp_path: Path, damage: str, place: int, indent: int | None) -> None:
    text = before(export(*posts()), place, damage)
    if indent is None:
        text = text.replace("\n", "")
    found, _ = read(tmp_path, text)
    assert {number: found.get(number) for number in range(1, 9)} == {
        number: f"Пост {number} о памяти" for number in range(1, 9)
    }


def test_a_missing_comma_costs_nothing(tmp_path: Path) -> None:
    found, problems = read(tmp_path, export(*posts()).replace('},\n  {\n   "id": 4', '}\n  {\n   "id": 4'))
    assert list(found) == list(range(1, 9))
    assert problems == []


@pytest.mark.parametrize("value", ["stickers/a (1).webm", "s/a.webm", "5368.webm", "a b, c.tgs", "files/№ 7.webm"])
@pytest.mark.parametrize("broken", [(4,), (4, 5, 6), (1, 8), tuple(range(1, 9))])
@pytest.mark.parametrize("indent", [1, None])
def test_a_value_without_quotes_is_read_as_one(
    tmp_path: Path, value: str, broken: tuple[int, ...], indent: int | None
) -> None:
    marked = [{"document_id": "BARE", **one} if one["id"] in broken else one for one in posts()]
    found, problems = read(tmp_path, export(*marked, indent=indent).replace('"BARE"', value))
    assert list(found) == list(range(1, 9))
    assert problems == []


def test_any_number_of_breaks_is_passed_over(tmp_path: Path) -> None:
    text = export(*posts(300))
    for number in range(1, 301, 2):
        text = text.replace(f'"text": "Пост {number} о', f'"text" "Пост {number}\n о')
    found, problems = read(tmp_path, text)
    assert list(found) == list(range(2, 301, 2))
    assert len(problems) == 150
    assert "message 299, after message 298" in str(problems[-1].where)


def test_what_is_lost_is_named_by_file_line_and_message(tmp_path: Path) -> None:
    text = export(*posts()).replace('"text": "Пост 4 о', '"text": "Пост [{ 4 о\n')
    line = text[: text.index('"id": 4')].count("\n")
    _, (problem,) = read(tmp_path, text)
    assert f"result.json, line {line}, message 4, after message 3" in str(problem.where)
    assert "others" not in str(problem)


def test_unescaped_quotes_in_a_line_of_their_own_are_text(tmp_path: Path) -> None:
    text = export(*posts()).replace("Пост 3 о памяти", 'Он сказал "нет" и "да"')
    found, problems = read(tmp_path, text)
    assert found[3] == 'Он сказал "нет" и "да"'
    assert problems == []


@pytest.mark.parametrize("keys", ["sorted", "messages first", "reversed"])
@pytest.mark.parametrize("damaged", [False, True])
def test_the_order_of_keys_does_not_matter(tmp_path: Path, keys: str, damaged: bool) -> None:
    chat = json.loads(export(*posts()))
    if keys == "messages first":
        chat = {"messages": chat.pop("messages")} | chat
    if keys == "reversed":
        chat["messages"] = [dict(reversed(one.items())) for one in chat["messages"]]
        chat = dict(reversed(chat.items()))
    text = json.dumps(chat, ensure_ascii=False, indent=1, sort_keys=keys == "sorted")
    if damaged:
        text = text.replace('"Пост 4 о памяти"', '"Пост 4 о\nпамяти"')
        text = text.replace('"Пост 8 о памяти"', '"Пост 8 о\nпамяти"')
    path = tmp_path / "result.json"
    path.write_text(text, "utf-8")
    (source,) = recognise(path, SourceOptions.from_pairs(["Тихий градиент=quiet_gradient"]))
    assert (source.id, source.title) == (f"telegram:{CHANNEL}", "Тихий градиент")
    urls = [item.url for item in source.documents() if isinstance(item, Document)]
    wanted = [number for number in range(1, 9) if not (damaged and number in (4, 8))]
    if keys == "reversed":
        wanted.sort(key=lambda number: -number) if urls[0] != "https://t.me/quiet_gradient/1" else None
    assert urls == [f"https://t.me/quiet_gradient/{number}" for number in wanted]


@pytest.mark.parametrize("head", ['"name": Тихий градиент,', '"name": "Тихий "градиент"",', '"name" "Тихий",', '"na'])
def test_a_damaged_head_costs_no_post_and_no_identity(tmp_path: Path, head: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(export(*posts()).replace('"name": "Тихий градиент",', head), "utf-8")
    (source,) = recognise(path)
    assert source.id == f"telegram:{CHANNEL}"
    assert sum(isinstance(item, Document) for item in source.documents()) == 8


@pytest.mark.parametrize("between", ["\n", "", "\n\x00\n", ","])
def test_two_files_joined_are_one_channel(tmp_path: Path, between: str) -> None:
    both = export(*posts(4)) + between + export(*(message(number) for number in range(3, 7)))
    found, problems = read(tmp_path, both)
    assert list(found) == list(range(1, 7))
    assert problems == []


def test_two_channels_joined_stay_two(tmp_path: Path) -> None:
    other = json.loads(export(message(1, "Другой канал"))) | {"id": 55555, "name": "Другой"}
    path = tmp_path / "result.json"
    path.write_text(export(*posts(2)) + "\n" + json.dumps(other, ensure_ascii=False), "utf-8")
    assert [source.id for source in recognise(path)] == [f"telegram:{CHANNEL}", "telegram:55555"]
    assert [item.text for source in recognise(path) for item in source.documents() if isinstance(item, Document)] == [
        "Пост 1 о памяти",
        "Пост 2 о памяти",
        "Другой канал",
    ]


def test_a_file_that_ends_between_two_messages_is_known_to_be_cut(tmp_path: Path) -> None:
    """Else the posts that it lacks would be deleted from the index."""
    text = export(*posts())
    found, problems = read(tmp_path, text[: text.index('{\n   "id": 5')])
    assert list(found) == [1, 2, 3, 4]
    assert len(problems) == 1
    assert "after message 4" in str(problems[0].where)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, dict[int, str]]:
    """An export with a stretch of it replaced by something else, and the messages that the stretch does not touch.

    The key of the list stays: without it a file is no export any more, and is refused as such.
    """
    count = draw(st.integers(1, 6))
    words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
    texts = {number: f"п{number} " + draw(words).strip() for number in range(1, count + 1)}
    texts = {number: text.strip() for number, text in texts.items()}
    indent = draw(st.sampled_from([None, 1]))
    order = draw(st.booleans())
    text = export(*(message(number, text) for number, text in texts.items()), indent=indent, sort_keys=order)
    start = draw(st.integers(text.index("[") + 1, len(text)))
    end = min(start + draw(st.integers(0, 60)), len(text))
    noise = draw(st.sampled_from(["", *BETWEEN.values()]) | st.text(max_size=6))
    intact = {}
    place = text.index("[")
    for number, words_ in texts.items():
        begins = text.index("{", place)
        _, place = json.JSONDecoder().raw_decode(text, begins)
        if place <= start or begins >= end:
            intact[number] = words_
    return (text[:start] + noise + text[end:]).encode("utf-8", "replace"), intact


@settings(max_examples=250, deadline=None)
@given(damaged())
def test_every_message_whose_bytes_are_intact_comes_back(tmp_path_factory, case: tuple[bytes, dict[int, str]]) -> None:  # type: ignore[no-untyped-def]
    data, intact = case
    if not intact:
        return
    found, _ = read(tmp_path_factory.mktemp("json"), data)
    assert {number: found.get(number) for number in intact} == intact
