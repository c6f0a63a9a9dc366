"""What a path or link is taken for, and what is said when it is nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from konspekt.indexer.documents import Document, Problem, Source
from konspekt.indexer.sources.errors import (
    BadOptionError,
    NothingRecognisedError,
    SourceError,
    SourceMissingError,
    SourceUnreadableError,
)
from konspekt.indexer.sources.options import SourceOptions, bare_channel_id
from konspekt.indexer.sources.recognise import recognise

DUMP = "Заголовок\nТекст поста.\n🔥5\nДругой\nТекст.\n❤3\n"


def export(number: int, *texts: str, name: str = "Канал") -> str:
    messages: list[dict[str, Any]] = [
        {"id": place, "type": "message", "date_unixtime": "1704067200", "from": name, "text": text}
        for place, text in enumerate(texts, 1)
    ]
    return json.dumps({"name": name, "type": "public_channel", "id": number, "messages": messages})


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def documents(source: Source) -> list[Document]:
    return [item for item in source.documents() if isinstance(item, Document)]


def kinds(sources: list[Source]) -> dict[str, str]:
    return {source.id: source.kind for source in sources}


def test_a_folder_may_mix_everything(tmp_path: Path) -> None:
    write(tmp_path / "ChatExport" / "result.json", export(1234567, "Пост"))
    write(tmp_path / "ChatExport" / "files" / "attached.md", "# Вложение, а не курс")
    write(tmp_path / "dumps" / "channel.txt", DUMP)
    write(tmp_path / "lectures" / "01.md", "# Лекция\n\nТекст.")
    write(tmp_path / "lectures" / "notes.txt", "Просто заметки к лекции.")
    write(tmp_path / ".git" / "ignored.md", "# нет")
    write(tmp_path / "data.json", '{"rows": []}')
    sources = recognise(tmp_path)
    course = f"course:{tmp_path.name}"
    assert kinds(sources) == {"telegram:1234567": "telegram", "dump:channel": "dump", course: "course"}
    found = next(source for source in sources if source.id == course)
    assert {document.id.removeprefix(f"{course}/") for document in documents(found)} == {
        "lectures/01.md",
        "lectures/notes.txt",
    }


def test_a_lecture_about_telegrams_markup_is_no_channel_page(tmp_path: Path) -> None:
    text = "<h1>Парсинг</h1><p>Ищем <code>&lt;div class=&quot;tgme_widget_message&quot;&gt;</code> на странице.</p>"
    (source,) = recognise(write(tmp_path / "lecture.html", text))
    assert source.kind == "course"


def test_two_exports_of_one_channel_are_one_source_and_the_newer_version_counts(tmp_path: Path) -> None:
    old = write(tmp_path / "old" / "result.json", export(1234567, "первый", "второй"))
    write(tmp_path / "new" / "result.json", export(1234567, "первый, исправлен"))
    os.utime(old, (1, 1))
    (source,) = recognise(tmp_path)
    assert [document.text for document in documents(source)] == ["первый, исправлен", "второй"]
    assert source.location == str(tmp_path)


def test_beside_json_the_html_of_the_same_export_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "result.json", export(1234567, "Пост"))
    write(tmp_path / "messages.html", '<div class="page_wrap"><div class="history"></div></div>')
    assert list(kinds(recognise(tmp_path))) == ["telegram:1234567"]


def test_of_a_whole_accounts_html_nothing_is_read_but_a_chat_named_on_purpose(tmp_path: Path) -> None:
    page = (
        '<div class="page_wrap"><div class="page_header"><div class="text">Мама</div></div><div class="history">'
        '<div class="message default" id="message1"><div class="body"><div class="text">Личное</div></div>'
        "</div></div></div>"
    )
    write(tmp_path / "export_results.html", '<div class="page_wrap"></div>')
    write(tmp_path / "chats" / "chat_001" / "messages.html", page)
    (refused,) = recognise(tmp_path)
    (problem,) = refused.documents()
    assert isinstance(problem, Problem)
    assert "private" in problem.what
    (chat,) = recognise(tmp_path / "chats" / "chat_001")
    assert [document.text for document in documents(chat)] == ["Личное"]


def test_a_broken_export_in_a_folder_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a" / "result.json", "{ broken")
    write(tmp_path / "b" / "result.json", export(1234567, "Пост"))
    broken, good = recognise(tmp_path)
    (problem,) = broken.documents()
    assert isinstance(problem, Problem)
    assert str(tmp_path / "a" / "result.json") in problem.where
    assert broken.partial
    assert len(documents(good)) == 1


def test_dumps_of_one_name_have_two_ids_that_do_not_depend_on_the_run(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write(tmp_path / folder / "channel.txt", DUMP)
    first = list(kinds(recognise(tmp_path)))
    assert len(first) == len(set(first)) == 2
    assert first[0] == "dump:channel"
    assert first == list(kinds(recognise(tmp_path)))


def test_a_known_dump_keeps_its_id_and_a_moved_one_too(tmp_path: Path) -> None:
    path = write(tmp_path / "b" / "channel.txt", DUMP)
    known = {str(path): "dump:channel-1234abcd"}
    assert list(kinds(recognise(path, known=known))) == ["dump:channel-1234abcd"]
    assert list(kinds(recognise(path, known={"/gone/channel.txt": "dump:channel"}))) == ["dump:channel"]
    elsewhere = write(tmp_path / "a" / "channel.txt", DUMP)
    (source,) = recognise(path, known={str(elsewhere): "dump:channel"})
    assert source.id.startswith("dump:channel-")


def test_a_file_of_a_known_course_is_a_part_of_it(tmp_path: Path) -> None:
    file = write(tmp_path / "course" / "week1" / "01.md", "# Раз\n\nТекст.")
    write(tmp_path / "course" / "week2" / "02.md", "# Два\n\nТекст.")
    root = tmp_path / "course"
    (whole,) = recognise(root)
    assert not whole.partial
    known = {str(root): whole.id}
    for path in (file, file.parent):
        (part,) = recognise(path, known=known)
        assert (part.id, part.partial) == (whole.id, True)
        assert [document.id for document in documents(part)] == [f"{whole.id}/week1/01.md"]


def test_a_known_course_inside_a_bigger_folder_stays_a_source_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "all" / "course" / "01.md", "# Раз\n\nТекст.")
    write(tmp_path / "all" / "other.md", "# Другое\n\nТекст.")
    (inner,) = recognise(tmp_path / "all" / "course")
    sources = recognise(tmp_path / "all", known={inner.location: inner.id})
    ids = [document.id for source in sources for document in documents(source)]
    assert sorted(ids) == ["course:all/other.md", "course:course/01.md"]
    assert not any(source.partial for source in sources)


def test_two_folders_of_one_name_have_two_ids(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write(tmp_path / folder / "course" / "01.md", "# Раз\n\nТекст.")
    (first,) = recognise(tmp_path / "a" / "course")
    known = {first.location: first.id}
    (second,) = recognise(tmp_path / "b" / "course", known=known)
    assert first.id != second.id
    known[second.location] = second.id
    assert [recognise(tmp_path / folder / "course", known=known)[0].id for folder in ("a", "b")] == [
        first.id,
        second.id,
    ]


def test_a_live_channel_is_opened_again_without_a_word(tmp_path: Path) -> None:
    (source,) = recognise("telegram:1234567")
    assert source.partial
    assert list(source.documents()) == []


@pytest.mark.parametrize("path", ["/no/such/place", "", "  ", "a\0b", "~no_such_user_x/y"])
def test_a_path_that_is_not_there(path: str) -> None:
    with pytest.raises(SourceMissingError):
        recognise(path)


def test_an_empty_folder_says_what_is_accepted(tmp_path: Path) -> None:
    with pytest.raises(NothingRecognisedError, match=r"result\.json.*\.pdf") as error:
        recognise(tmp_path)
    assert str(tmp_path) in str(error.value)


def test_an_unknown_kind_of_file_says_what_is_accepted(tmp_path: Path) -> None:
    with pytest.raises(NothingRecognisedError, match=r"result\.json"):
        recognise(write(tmp_path / "picture.xyz", "…"))


@pytest.mark.parametrize("name", ["result.json", "lecture.md", "dump.txt"])
def test_an_empty_file_named_on_purpose_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceUnreadableError, match="empty"):
        recognise(write(tmp_path / name, ""))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0)
    with pytest.raises(SourceError, match="closed"):
        recognise(folder)


def test_options_from_settings() -> None:
    options = SourceOptions.from_pairs(
        ["Name = with, sign=@some_name", "-1001234567890=https://t.me/other_name"], ["a=b=c"]
    )
    assert options.username("name = WITH, sign") == "some_name"
    assert options.username(1234567890) == options.username("channel1234567890") == "other_name"
    assert options.channel_id("Other_Name") == 1234567890
    assert options.video_urls == {"a": "b=c"}


@pytest.mark.parametrize("pair", ["without", "=name", "name=", "Name=два слова", "Name=ab"])
def test_a_pair_that_is_none_says_how_it_is_written(pair: str) -> None:
    with pytest.raises(BadOptionError, match="CHANNEL_USERNAMES"):
        SourceOptions.from_pairs([pair])


@pytest.mark.parametrize(
    ("value", "number"),
    [(1234567, 1234567), ("-1001234567", 1234567), ("channel1234567", 1234567), ("Новости 2024", None), ("2024", None)],
)
def test_the_forms_of_a_channel_id(value: object, number: int | None) -> None:
    assert bare_channel_id(value) == number
