"""Text dumps of a channel page, in the ways people make them. All texts here are invented."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from konspekt.indexer.documents import Document, Problem
from konspekt.indexer.sources.dumps.dump import TextDump, looks_like_dump
from konspekt.indexer.sources.dumps.split import split_dump
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.recognise import recognise
from tests.indexer.sources.dump_samples import ALL, CERTAIN, ENGLISH, HEADER, MARKLESS, REACTIONS, RUSSIAN, Post, body

ADDED = re.compile(
    r"\[Статья\] \[Код\]|Paper \| Code|Введение|Introduction|^Метод$|^Выводы$|📄 Статья|💻 Код|Статья: \S+|#рубрика"
    r"|^Код$|👀LINK",
    re.MULTILINE,
)


def texts(dump: str) -> list[str]:
    """The posts of a dump without what a style has added, empty lines evened out."""
    return [_even(ADDED.sub("", post.text)) for post in split_dump(dump)[1]]


def _even(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def expected(posts: Sequence[Post]) -> list[str]:
    return [body(post, False) for post in posts]


@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("style", CERTAIN)
@given(posts=st.lists(st.sampled_from(ALL), min_size=1, max_size=6, unique=True))
def test_posts_joined_in_a_marked_style_come_back(style: str, posts: list[Post]) -> None:
    assert texts(CERTAIN[style](posts)) == expected(posts)


@pytest.mark.parametrize("style", MARKLESS)
@pytest.mark.parametrize("posts", [RUSSIAN, ENGLISH, ALL, ALL[::-1]], ids=["russian", "english", "all", "reversed"])
def test_posts_joined_without_marks_come_back(style: str, posts: Sequence[Post]) -> None:
    assert texts(MARKLESS[style](posts)) == expected(posts)


@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("style", ["second copies", "messages meet without an empty line"])
@given(posts=st.lists(st.sampled_from(ALL), min_size=3, max_size=8, unique=True))
def test_any_choice_of_posts_without_marks_comes_back(style: str, posts: list[Post]) -> None:
    assert texts(MARKLESS[style](posts)) == expected(posts)


WORDS = st.lists(st.text("абвгдежзиклмнопрстуфхцчшэюя", min_size=2, max_size=9), min_size=12, max_size=25)


@st.composite
def random_posts(draw: st.DrawFn, smallest: int = 1) -> list[Post]:
    """Posts of random words. Every line begins with a number of its own, so that none is a copy of another."""
    posts = []
    for number in range(draw(st.integers(smallest, 6))):
        title = f"Пост номер {number} " + " ".join(draw(WORDS)[:3])
        lines = [f"Строка {number}{line} " + " ".join(draw(WORDS)) + "." for line in range(draw(st.integers(1, 4)))]
        posts.append((title, *lines))
    return posts


@settings(max_examples=40, deadline=None)
@given(posts=random_posts(), style=st.sampled_from(sorted(CERTAIN)))
def test_random_posts_in_a_marked_style_come_back(posts: list[Post], style: str) -> None:
    assert texts(CERTAIN[style](posts)) == expected(posts)


@settings(max_examples=40, deadline=None)
@given(posts=random_posts(smallest=2))
def test_random_posts_with_second_copies_come_back_without_them(posts: list[Post]) -> None:
    assert texts(MARKLESS["second copies"](posts)) == expected(posts)


def test_a_missing_reaction_line_does_not_glue_two_posts() -> None:
    dump = "\n".join(
        body(post) + ("\n" + REACTIONS[number % 6] if number % 3 else "") for number, post in enumerate(RUSSIAN)
    )
    assert texts(dump) == expected(RUSSIAN)


def test_embeddings_are_asked_only_where_nothing_else_shows_borders() -> None:
    asked: list[int] = []

    def embed(lines: list[str]) -> NDArray[np.float32]:
        asked.append(len(lines))
        return np.array([[len(line), line.count("о"), line.count("а")] for line in lines], np.float32)

    for style in [*CERTAIN, "signature", "messages meet without an empty line", "two empty lines between posts"]:
        split_dump((CERTAIN | MARKLESS)[style](RUSSIAN), embed)
    assert asked == []
    bare = "\n\n".join(map(body, RUSSIAN))
    assert split_dump(bare, embed)
    assert asked == [len(bare.split("\n\n"))]


def test_lists_headings_and_numbers_do_not_cut_a_post() -> None:
    post = (
        "Что взять в поход\n\nСписок короткий, но за него заплачено мокрыми ногами.\n\nНа себя:\n- куртка\n- сапоги\n\n"
        "В рюкзак\n1. Котелок\n2. Спички\n3. Верёвка\n\nСколько это весит?\n\n12\n\nКилограммов выходит именно "
        "столько, "
        "если не брать гитару.\n🔥5"
    )
    (only,) = split_dump(post)[1]
    assert only.text == post.removesuffix("\n🔥5")


@pytest.mark.parametrize(
    "line",
    ["№5", "√2", "→ 3", "➤ 1", "10:00", "12", "8 марта", "3 слова", "C++ 17", "👍", "2 views of a mountain", "5%"],
)
def test_a_line_that_is_almost_furniture_stays_in_the_post(line: str) -> None:
    post = f"Заголовок\n\nПервый абзац поста, достаточно длинный.\n{line}\nВторой абзац поста, такой же длинный."
    (only,) = split_dump(f"{post}\n🔥5")[1]
    assert only.text == post


@pytest.mark.parametrize(
    "line",
    [
        "🔥15❤3",
        "1🔥13❤1",
        "❤2👍1😎1 1",
        "15👍10❤4 2🔥1",
        "❤️ 1,2K",
        "👨‍💻3",
        "🇷🇺7",
        "👍🏽2",
        "12.3K views",
        "👁 512",
        "5 просмотров",
    ],
)
def test_a_line_of_reactions_or_views_ends_a_post(line: str) -> None:
    assert texts(f"{body(RUSSIAN[0])}\n{line}\n{body(RUSSIAN[1])}\n{line}") == expected(RUSSIAN[:2])


def test_the_header_is_no_post_and_names_the_channel(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_text(HEADER + CERTAIN["reactions"](RUSSIAN), "utf-8")
    (source,) = recognise(path)
    about, *posts = [item for item in source.documents() if isinstance(item, Document)]
    assert about.id == "dump:dump/about"
    assert posts[0].title == RUSSIAN[0][0]
    assert posts[0].author == "Тихий градиент"
    assert posts[0].url is None  # nothing says what the username is: @someone_else is the author


def test_a_signed_channel_is_linked_and_its_signature_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_text(MARKLESS["signature"](RUSSIAN), "utf-8")
    (source,) = (TextDump(path),)
    posts = [item for item in source.documents() if isinstance(item, Document)]
    assert {post.url for post in posts} == {"https://t.me/quiet_gradient"}
    assert not any("@quiet_gradient" in post.text for post in posts)


def test_options_link_a_dump_by_its_file_name(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_text(CERTAIN["reactions"](RUSSIAN), "utf-8")
    (source,) = recognise(path, SourceOptions.from_pairs(["dump=quiet_gradient"]))
    assert all(item.url == "https://t.me/quiet_gradient" for item in source.documents() if isinstance(item, Document))


def test_the_preview_of_a_link_is_no_part_of_the_post_but_a_labelled_address_is() -> None:
    post = body(RUSSIAN[0])
    shown, labelled = split_dump(
        f"{post}\nGitHub\nGitHub - someone/borscht: A compiler for soup\nContribute to someone/borscht.\n🔥3\n"
        f"{body(RUSSIAN[1])}\nGitHub\nhttps://github.com/someone/bicycle\n🔥4"
    )[1]
    assert shown.text == post
    assert shown.preview[0] == "GitHub"
    assert labelled.text.endswith("GitHub\nhttps://github.com/someone/bicycle")


def test_forwards_name_their_origin_and_drop_its_name_below() -> None:
    dump = "Forwarded from Пчеловод\n" + body(RUSSIAN[2]) + "\nПчеловод\n🔥3\nСвой пост\nБез всего.\n❤2"
    first, second = split_dump(dump)[1]
    assert (first.forwarded_from, first.text) == ("Пчеловод", body(RUSSIAN[2]))
    assert second.forwarded_from is None


def test_the_time_of_a_message_copied_in_telegram_desktop_is_its_date() -> None:
    first, *_ = split_dump(CERTAIN["copied in Telegram Desktop"](RUSSIAN))[1]
    assert first.date is not None
    assert first.date.isoformat() == "2024-03-01T15:10:00+00:00"
    assert first.author == "Тихий градиент"


def test_pinned_notices_are_dropped() -> None:
    dump = f"{body(RUSSIAN[0])}\n🔥5\nТихий градиент pinned «Почему бабушкин рецепт…»\n{body(RUSSIAN[1])}\n❤1"
    assert texts(dump) == expected(RUSSIAN[:2])


def test_what_only_the_second_copy_shows_is_put_in_its_place() -> None:
    title, first, second, third = RUSSIAN[0]
    dump = "\n".join((title, first, third, first, second, third, "🔥4"))
    assert texts(dump) == expected(RUSSIAN[:1])


def test_a_second_copy_without_the_lines_that_begin_with_an_emoji_is_a_copy() -> None:
    title, first, second, third = RUSSIAN[0]
    dump = "\n".join((title, first, "1️⃣ " + second, third, first, third, body(RUSSIAN[1], False)))
    assert texts(dump)[0] == "\n".join((title, first, "1️⃣ " + second, third))


def test_furniture_between_the_two_copies_of_a_post_makes_no_second_post() -> None:
    dump = (
        f"{body(RUSSIAN[0])}\nPlease open Telegram to view this post\nVIEW IN TELEGRAM\n{body(RUSSIAN[0][1:])}\n🔥5\n"
    )
    assert texts(dump + body(RUSSIAN[1])) == expected(RUSSIAN[:2])


def test_an_advertisement_in_every_post_does_not_glue_them() -> None:
    advertisement = "Подписывайтесь на наш второй канал, там про то же самое, но с картинками и без длинных слов."
    posts = [(*post, advertisement) for post in RUSSIAN]
    dump = "\n".join(map(body, posts))
    assert len(split_dump(dump)[1]) == len(RUSSIAN)


def test_ids_stay_when_posts_are_added(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_text(CERTAIN["reactions"](RUSSIAN[:4]), "utf-8")
    before = [item.id for item in TextDump(path).documents() if isinstance(item, Document)]
    path.write_text(CERTAIN["reactions"](ENGLISH + RUSSIAN), "utf-8")
    after = [item.id for item in TextDump(path).documents() if isinstance(item, Document)]
    assert set(before) <= set(after)
    assert len(set(after)) == len(ALL)


def test_a_page_pasted_twice_gives_each_post_once() -> None:
    page = CERTAIN["reactions"](RUSSIAN)
    assert texts(f"{page}\n{page}") == expected(RUSSIAN)


def test_two_posts_that_begin_alike_have_two_ids(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    path.write_text("Доброе утро!\n🔥1\nДоброе утро!\n🔥2\n", "utf-8")
    ids = [item.id for item in TextDump(path).documents() if isinstance(item, Document)]
    assert len(ids) == len(set(ids)) == 2


@pytest.mark.parametrize("text", ["", "\n\n", "🔥5\n❤3", "VIEW IN TELEGRAM\n" * 3])
def test_a_dump_without_posts_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dump.txt"
    path.write_text(text, "utf-8")
    (problem,) = TextDump(path).documents()
    assert isinstance(problem, Problem)
    assert str(path) in problem.where


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([
    "🔥1", "❤2👍1", "VIEW IN TELEGRAM", "Forwarded from", "Forwarded from X", "", "", "Заголовок",
    "Длинная строка. " * 6,
    "- пункт", "@name_of", "#тег", "Введение", "[Код]", "12", "X pinned «…»", "Имя, [01.02.2024 10:00]", "Имя, "
    "[99.99.2024 99:99]",
    "1.2K subscribers", "Download Telegram", "Telegram", "\u200b", "\x00", "😀" * 5,
]), max_size=30))  # fmt: skip
def test_no_line_is_invented_and_none_comes_twice(lines: list[str]) -> None:
    known = {" ".join(line.split()).strip("\x00").strip() for line in lines} | {""}
    for post in split_dump("\n".join(lines))[1]:
        assert post.text
        assert all(line.strip() in known for line in post.text.splitlines())
        assert post.text.count("Длинная строка. Длинная строка.") <= 3


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_are_documents_or_a_problem(tmp_path_factory, data: bytes) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("dump") / "dump.txt"
    path.write_bytes(data)
    looks_like_dump(data)
    assert all(isinstance(item, Document | Problem) for item in TextDump(path).documents())


def test_course_notes_are_no_dump() -> None:
    assert not looks_like_dump("Лекция 1\n\nДиффузия — это процесс.\n\n12:30 начало\n".encode())
    assert not looks_like_dump("\n\n".join(map(body, RUSSIAN)).encode())
    assert looks_like_dump(CERTAIN["reactions"](RUSSIAN[:3]).encode())


@pytest.mark.parametrize("style", ["second copies", "signature", "title, links, introduction"])
def test_a_dump_without_marks_is_known_by_its_habits(style: str) -> None:
    assert looks_like_dump(MARKLESS[style](RUSSIAN).encode())


def test_beside_a_dump_a_text_that_falls_apart_into_posts_is_one(tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text(MARKLESS["messages meet without an empty line"](RUSSIAN), "utf-8")
    (source,) = recognise(tmp_path / "plain.txt")
    assert source.kind == "course"
    (tmp_path / "marked.txt").write_text(CERTAIN["reactions"](ENGLISH), "utf-8")
    assert {source.id: source.kind for source in recognise(tmp_path)} == {"dump:plain": "dump", "dump:marked": "dump"}
