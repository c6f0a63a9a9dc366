"""Telegram Desktop's JSON export: what real ones contain, and what damages them."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt.indexer.documents import Document, Entity, Problem
from konspekt.indexer.sources.errors import SourceError
from konspekt.indexer.sources.json_repair import RepairedJson
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.recognise import recognise
from konspekt.indexer.sources.rich_text import utf16_length

START = 1_704_067_200


def message(number: int, text: Any = "", *, seconds: int | None = None, **fields: Any) -> dict[str, Any]:
    at = START + (number * 60 if seconds is None else seconds)
    pieces = text if isinstance(text, list) else [{"type": "plain", "text": text}] if text else []
    return {
        "id": number,
        "type": "message",
        "date": "2024-01-01T03:00:00",
        "date_unixtime": str(at),
        "from": "Тихий градиент",
        "from_id": "channel1234567890",
        "text": text,
        "text_entities": pieces,
    } | fields


def chat(*messages: Any, **fields: Any) -> dict[str, Any]:
    head = {"name": "Тихий градиент", "type": "public_channel", "id": 1234567890}
    return head | fields | {"messages": list(messages)}


def write(folder: Path, content: Any) -> Path:
    path = folder / "result.json"
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    return path


def read(path: Path, options: SourceOptions | None = None) -> tuple[list[Document], list[Problem]]:
    documents, problems = [], []
    for source in recognise(path, options):
        for item in source.documents():
            (documents if isinstance(item, Document) else problems).append(item)
    return documents, problems  # type: ignore[return-value]


def posts(tmp_path: Path, *messages: Any, options: SourceOptions | None = None) -> list[Document]:
    documents, problems = read(write(tmp_path, chat(*messages)), options)
    assert problems == []
    return documents


def test_a_post_has_its_fields(tmp_path: Path) -> None:
    options = SourceOptions.from_pairs(["-1001234567890=quiet_gradient"])
    (post,) = posts(tmp_path, message(7, "Заголовок\n\nТекст поста"), options=options)
    assert (post.id, post.source_id) == ("telegram:1234567890/7", "telegram:1234567890")
    assert post.url == "https://t.me/quiet_gradient/7"
    assert post.published_at == datetime.fromtimestamp(START + 420, UTC)
    assert (post.title, post.author, post.language, post.kind) == ("Заголовок", "Тихий градиент", "ru", "post")


def test_without_a_username_there_is_no_link(tmp_path: Path) -> None:
    """`t.me/c/…` opens for members only, so it is no citation."""
    (post,) = posts(tmp_path, message(7, "Текст"))
    assert post.url is None


@pytest.mark.parametrize("name", ["Тихий градиент", "1234567890", "channel1234567890", "-1001234567890"])
def test_the_username_is_found_by_name_or_any_form_of_the_id(tmp_path: Path, name: str) -> None:
    (post,) = posts(tmp_path, message(1, "Текст"), options=SourceOptions.from_pairs([f"{name}=@quiet_gradient"]))
    assert post.url == "https://t.me/quiet_gradient/1"


def test_formatting_counts_utf16_units(tmp_path: Path) -> None:
    pieces = [
        "😀 ",
        {"type": "bold", "text": "жирно"},
        {"type": "plain", "text": " и "},
        {"type": "text_link", "text": "статья", "href": "https://example.org"},
        {"type": "pre", "text": "x = 1", "language": "python"},
        {"type": "blockquote", "text": "длинная цитата", "collapsed": True},
        {"type": "spoiler", "text": "тайна"},
        {"type": "custom_emoji", "text": "🔥", "document_id": "537"},
        {"type": "link", "text": "https://a.b"},
    ]
    (post,) = posts(tmp_path, message(1, pieces, text_entities=None))
    by_kind = {entity.type: entity for entity in post.entities}
    assert by_kind["bold"] == Entity("bold", 3, 5)
    assert by_kind["text_link"].url == "https://example.org"
    assert by_kind["pre"].language == "python"
    assert by_kind["custom_emoji"].custom_emoji_id == "537"
    assert {"expandable_blockquote", "spoiler", "url"} <= set(by_kind)


ENTITY_KINDS = ["plain", "bold", "italic", "code", "spoiler", "hashtag", "underline", "strikethrough"]
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda text: text == text.strip()
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ENTITY_KINDS), WORDS), min_size=1, max_size=8))
def test_text_entities_survive_the_round_trip(tmp_path_factory, pieces: list[tuple[str, str]]) -> None:  # type: ignore[no-untyped-def]
    entities = [{"type": kind, "text": text} for kind, text in pieces]
    documents, _ = read(write(tmp_path_factory.mktemp("json"), chat(message(1, entities))))
    (post,) = documents
    assert post.text == "".join(text for _, text in pieces)
    units = post.text.encode("utf-16-le")
    shown = [
        (entity.type, units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le"))
        for entity in post.entities
    ]
    assert shown == [(kind, text) for kind, text in pieces if kind != "plain"]


def test_an_album_is_one_post_with_its_caption_and_all_media(tmp_path: Path) -> None:
    first, other = posts(
        tmp_path,
        message(1, "", seconds=0, photo="photos/1.jpg"),
        message(2, "Подпись", seconds=0, photo="photos/2.jpg"),
        message(3, "", seconds=1, file="video_files/3.mp4", media_type="video_file", file_name="3.mp4"),
        message(4, "Другой пост", seconds=1, photo="photos/4.jpg"),
    )
    assert (first.id.rsplit("/")[-1], first.text) == ("1", "Подпись")
    assert [(media.kind, media.path) for media in first.media] == [
        ("photo", "photos/1.jpg"),
        ("photo", "photos/2.jpg"),
        ("video", "video_files/3.mp4"),
    ]
    assert first.extra == {"message_ids": [1, 2, 3]}
    assert other.text == "Другой пост"


@pytest.mark.parametrize(
    "second",
    [
        message(2, "", seconds=2, photo="b.jpg"),  # two seconds later
        message(3, "", seconds=0, photo="b.jpg"),  # ids are not consecutive
        message(2, "", seconds=0, photo="b.jpg", forwarded_from="Другой"),
        message(2, "Слова", seconds=0),  # no picture
    ],
)
def test_what_is_no_album_stays_apart(tmp_path: Path, second: dict[str, Any]) -> None:
    first = posts(tmp_path, message(1, "Подпись", seconds=0, photo="a.jpg"), second)[0]
    assert len(first.media) == 1


def test_service_messages_and_pictures_without_words_are_passed_over(tmp_path: Path) -> None:
    service = message(1, "", type="service", action="pin_message")
    assert posts(tmp_path, service, message(2, "", photo="a.jpg"), message(3, "", media_type="sticker", file="s")) == []


def test_polls_forwards_and_replies(tmp_path: Path) -> None:
    poll = {"question": "Что дальше?", "closed": False, "answers": [{"text": "Диффузия", "voters": 3, "chosen": True}]}
    asked, forwarded, reply, elsewhere = posts(
        tmp_path,
        message(1, "", poll=poll),
        message(2, "Чужой текст", forwarded_from="Другой канал"),
        message(3, "Ответ", reply_to_message_id=2),
        message(4, "Ответ в другом чате", reply_to_message_id=2, reply_to_peer_id="channel99"),
    )
    assert asked.text == "Что дальше?\n• Диффузия — 3 (100 %)\nВсего голосов: 3"
    assert forwarded.forwarded_from == "Другой канал"
    assert reply.reply_to == forwarded.id
    assert elsewhere.reply_to is None


def test_prose_in_the_path_of_skipped_media_is_no_path(tmp_path: Path) -> None:
    missing = "(File not included. Change data exporting settings to download.)"
    (post,) = posts(tmp_path, message(1, "Лекция", file=missing, file_name="slides.pdf"))
    assert [(media.kind, media.name, media.path) for media in post.media] == [("document", "slides.pdf", None)]


def test_reactions_and_the_time_of_an_edit_change_nothing(tmp_path: Path) -> None:
    """`edited` is set by a mere reaction; only another text is an edit."""
    (before,) = posts(tmp_path, message(1, "Текст"))
    reacted = message(
        1, "Текст", edited="2024-02-02T00:00:00", reactions=[{"type": "emoji", "count": 5, "emoji": "🔥"}]
    )
    (after,) = posts(tmp_path, reacted)
    (edited,) = posts(tmp_path, message(1, "Текст!"))
    assert before.content_hash == after.content_hash != edited.content_hash


def test_of_an_account_only_channels_are_read(tmp_path: Path) -> None:
    private = chat(message(1, "Секрет"), type="personal_chat", id=11111, name="Мама")
    saved = chat(message(2, "Моё"), type="saved_messages", id=22222)
    channel = chat(message(3, "Пост"), id=33333)
    left = chat(message(4, "Старый пост"), type="private_channel", id=44444)
    account = {
        "about": "…",
        "chats": {"about": "…", "list": [private, channel, saved]},
        "left_chats": {"about": "…", "list": [left]},
    }
    documents, problems = read(write(tmp_path, account))
    assert [document.id for document in documents] == ["telegram:33333/3", "telegram:44444/4"]
    assert problems == []


def test_a_single_private_chat_named_on_purpose_is_read(tmp_path: Path) -> None:
    documents, _ = read(write(tmp_path, chat(message(1, "Заметка"), type="saved_messages")))
    assert [document.text for document in documents] == ["Заметка"]


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        (rb'"a\x0fb"', "a\x0fb"),
        (rb'"\\x41"', "\\x41"),
        (rb'"\q"', "\\q"),
        (b'"a\x01b"', "a b"),
        (b'"\xff"', "\ufffd"),
        (rb'"\u0416\n"', "Ж\n"),
        (b'\xef\xbb\xbf"x"', "x"),
        ('"ё"'.encode("utf-16"), "ё"),
    ],
)
@pytest.mark.parametrize("chunk", [2, 3, 7, 65536])
def test_json_that_is_none_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: bytes, mended: str, chunk: int
) -> None:
    monkeypatch.setattr("konspekt.indexer.sources.json_repair.READ_BYTES", chunk)
    path = tmp_path / "file"
    path.write_bytes(broken)
    with path.open("rb") as raw:
        stream = RepairedJson(raw)
        data = b"".join(iter(stream.read, b""))
    assert json.loads(data) == mended
    assert stream.bytes_read == len(broken)


def test_control_characters_in_a_real_file_do_not_stop_it(tmp_path: Path) -> None:
    path = write(tmp_path, chat(message(1, "ABCD"), message(2, "второй")))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"BC", rb"\x0f"))
    documents, problems = read(path)
    assert [document.text for document in documents] == ["A D", "второй"]
    assert problems == []


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_r"])
def test_an_export_saved_in_another_encoding_is_refused_before_it_replaces_good_posts(
    tmp_path: Path, encoding: str
) -> None:
    path = write(tmp_path, chat(*(message(number, f"Пост о диффузии {number}") for number in range(1, 20))))
    path.write_bytes(path.read_bytes().decode().encode(encoding))
    with pytest.raises(SourceError, match=r"result\.json: its text is not UTF-8"):
        recognise(path)


def test_a_few_damaged_bytes_do_not_cost_an_export(tmp_path: Path) -> None:
    path = write(tmp_path, chat(message(1, "раз BAD два"), message(2, "второй")))
    path.write_bytes(path.read_bytes().replace(b"BAD", b"\xff\xfe\xd0"))
    documents, problems = read(path)
    assert [document.text for document in documents] == ["раз \ufffd\ufffd\ufffd два", "второй"]
    assert problems == []


def test_a_broken_message_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    documents, problems = read(write(tmp_path, chat(message(1, "раз"), {"id": "?"}, "вздор", message(2, "два"))))
    assert [document.text for document in documents] == ["раз", "два"]
    assert ["after message 1" in problem.where for problem in problems] == [True, True]


def test_a_truncated_export_gives_what_it_has_and_says_where_it_broke(tmp_path: Path) -> None:
    path = write(tmp_path, chat(*(message(number, f"Пост {number}") for number in range(1, 40))))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    documents, problems = read(path)
    assert 10 < len(documents) < 30
    assert [document.text for document in documents] == [f"Пост {number}" for number in range(1, len(documents) + 1)]
    (problem,) = problems
    assert "line" in problem.where
    assert f"after message {len(documents)}" in problem.where
    assert problem.cure


def test_damage_in_the_middle_costs_one_message_and_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, chat(*(message(number, f"Пост {number}.") for number in range(1, 40))))
    data = path.read_bytes()
    for number in (7, 8, 20):
        wanted = f'"text": "Пост {number}."'.encode()
        assert wanted in data
        data = data.replace(wanted, b'"text": oops, ]', 1)
    path.write_bytes(data)
    documents, problems = read(path)
    assert [document.text for document in documents] == [
        f"Пост {number}." for number in range(1, 40) if number not in (7, 8, 20)
    ]
    assert len(problems) == 3
    assert "after message 6" in problems[0].where
    assert "after message 19" in problems[2].where


def test_damage_in_an_account_costs_one_post_and_lets_nothing_private_in(tmp_path: Path) -> None:
    """Behind the damage a post must say itself whose it is: private chats stand in the same file."""
    first = chat(*(message(number, f"Пост {number}.") for number in range(1, 10)), id=33333)
    first["messages"] = [one | {"from_id": "channel33333"} for one in first["messages"]]
    private = chat(message(7, "Секрет", from_id="user5"), type="personal_chat", id=22222, name="Мама")
    third = chat(message(5, "третий", from_id="channel55555"), id=55555)
    other = chat(message(99, "Другой канал", from_id="channel44444"), id=44444)
    path = write(tmp_path, {"chats": {"list": [other, first, private, third]}})
    path.write_bytes(path.read_bytes().replace('"text": "Пост 4."'.encode(), b'"text": oops ] } ] }', 1))
    documents, problems = read(path)
    assert [document.id for document in documents] == ["telegram:44444/99"] + [
        f"telegram:33333/{number}" for number in range(1, 10) if number != 4
    ] + ["telegram:55555/5"]
    assert len(problems) == 1
    assert "message 4, after message 3" in problems[0].where


NOISE = st.sampled_from(['"', "]", "}", "{", "]}", "]}]}", "<<<", '{"x": ['])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 0.999), NOISE, st.integers(0, 80)), min_size=1, max_size=3), st.booleans(),
       st.sampled_from([None, 1]))  # fmt: skip
def test_no_damage_makes_a_private_chat_of_an_account_public(  # type: ignore[no-untyped-def]
    tmp_path_factory, damage: list[tuple[float, str, int]], ordered: bool, indent: int | None
) -> None:
    chats = []
    kinds = {33333: "public_channel", 22222: "personal_chat", 44444: "private_channel", 55: "saved_messages"}
    for number, kind in kinds.items():
        sender, text = (f"channel{number}", "пост") if "channel" in kind else ("user7", "СЕКРЕТ")
        chats.append(chat(*(message(place, text, from_id=sender) for place in (1, 2)), type=kind, id=number))
    account = {"about": "…", "personal_information": {"user_id": 5}, "chats": {"about": "…" * 40, "list": chats}}
    text = json.dumps(account | {"contacts": {"list": []}}, ensure_ascii=False, sort_keys=ordered, indent=indent)
    for where, noise, cut in damage:
        place = int(where * len(text))
        text = text[:place] + noise + text[place + cut :]
    path = tmp_path_factory.mktemp("json") / "result.json"
    path.write_text(text, "utf-8")
    try:
        documents, problems = read(path)
    except SourceError:
        return
    assert not [document for document in documents if "СЕКРЕТ" in document.text]
    assert not [problem for problem in problems if "СЕКРЕТ" in str(problem)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2000), st.binary(max_size=6), st.integers(0, 6))
def test_damage_never_raises_anything_but_a_source_error(  # type: ignore[no-untyped-def]
    tmp_path_factory, place: int, noise: bytes, cut: int
) -> None:
    path = write(tmp_path_factory.mktemp("json"), chat(*(message(number, f"Пост {number}") for number in range(5))))
    data = path.read_bytes()
    path.write_bytes(data[:place] + noise + data[place + cut :])
    try:
        documents, _ = read(path)
    except SourceError:
        return
    assert len({document.id for document in documents}) == len(documents)


@settings(max_examples=100, deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["id", "type", "text", "text_entities", "poll", "photo", "answers", "date_unixtime", "from"]),
        inner, max_size=5,
    ),
    max_leaves=12,
))  # fmt: skip
def test_any_json_in_place_of_a_message_is_a_document_a_problem_or_nothing(tmp_path_factory, value: Any) -> None:  # type: ignore[no-untyped-def]
    documents, problems = read(write(tmp_path_factory.mktemp("json"), chat(value, message(99, "последний"))))
    assert documents[-1].text.endswith("последний")
    for document in documents:
        length = utf16_length(document.text)
        assert all(0 <= e.offset < e.offset + e.length <= length for e in document.entities)
    assert len(documents) + len(problems) <= 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 1}', b"\x00\x01", b'{"chats": {"list": []}}'])
def test_a_file_that_is_no_export_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"result\.json"):
        recognise(path)


def test_a_big_export_is_never_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    text = "Довольно длинный пост про квантизацию. " * 40
    with path.open("w", encoding="utf-8") as file:
        file.write('{"name": "Большой", "type": "public_channel", "id": 1234567890, "messages": [\n')
        for number in range(1200):
            file.write(json.dumps(message(number, text), ensure_ascii=False) + ",\n")
        file.write(json.dumps(message(1200, "последний"), ensure_ascii=False) + "]}")
    (source,) = recognise(path)
    tracemalloc.start()
    try:
        count = sum(1 for _ in source.documents())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 1201
    assert path.stat().st_size > 5_000_000
    assert peak < 2_000_000


def test_documents_come_in_order_and_a_source_can_be_read_twice(tmp_path: Path) -> None:
    (source,) = recognise(write(tmp_path, chat(*(message(number, f"Пост {number}") for number in range(1, 30)))))
    first = [item.id for item in source.documents() if isinstance(item, Document)]
    assert first == [item.id for item in source.documents() if isinstance(item, Document)]
    assert all(int(a.rsplit("/")[-1]) < int(b.rsplit("/")[-1]) for a, b in pairwise(first))
