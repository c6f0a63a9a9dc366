"""Telegram Desktop's HTML export, in the shape that it writes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt.indexer.documents import Document, Problem
from konspekt.indexer.sources.errors import SourceError
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.recognise import recognise
from konspekt.indexer.sources.rich_text import utf16_length

HEAD = """<!DOCTYPE html><html><head><meta charset="utf-8"/><title>Exported Data</title></head><body>
<div class="page_wrap"><div class="page_header"><div class="content"><div class="text bold">
Тихий градиент
</div></div></div><div class="page_body chat_page"><div class="history">
<div class="message service" id="message-1"><div class="body details">5 March 2024</div></div>
"""
TAIL = "</div></div></div></body></html>"


def message(number: int, inside: str, *, joined: bool = False, minute: int = 0) -> str:
    name = "" if joined else '<div class="from_name">\nТихий градиент \n</div>'
    return (
        f'<div class="message default clearfix{" joined" if joined else ""}" id="message{number}"><div class="body">'
        f'<div class="pull_right date details" title="05.03.2024 12:{minute:02}:30 UTC+03:00">12:{minute:02}</div>'
        f"{name}{inside}</div></div>\n"
    )


def posts(folder: Path, *messages: str, options: SourceOptions | None = None) -> list[Document]:
    folder.mkdir(exist_ok=True)
    (folder / "messages.html").write_text(HEAD + "".join(messages) + TAIL, "utf-8")
    (source,) = recognise(folder, options)
    found = list(source.documents())
    assert not [item for item in found if isinstance(item, Problem)]
    return [item for item in found if isinstance(item, Document)]


def test_text_formatting_date_and_author(tmp_path: Path) -> None:
    body = (
        '<div class="text">\nПривет 😀 <strong>мир</strong><br>см. <a href="https://example.org/a?b=1">статью</a> и '
        '<a href="https://example.org">https://example.org/</a><br><pre>x = 1<br>  y = 2</pre>'
        '<blockquote>цитата</blockquote><span class="spoiler hidden" onclick="ShowSpoiler(this)">'
        '<span aria-hidden="true">тайна</span></span> '
        '<a href="" onclick="return ShowHashtag(&quot;ml&quot;)">#ml</a>\n</div>'
    )
    (post,) = posts(tmp_path / "export", message(7, body))
    assert post.text == ("Привет 😀 мир\nсм. статью и https://example.org/\nx = 1\n  y = 2\nцитата\nтайна #ml")
    kinds = {entity.type: entity for entity in post.entities}
    assert set(kinds) == {"bold", "text_link", "url", "pre", "blockquote", "spoiler", "hashtag"}
    assert kinds["bold"].offset == utf16_length("Привет 😀 ")
    assert kinds["text_link"].url == "https://example.org/a?b=1"
    assert post.published_at == datetime(2024, 3, 5, 9, 0, 30, tzinfo=UTC)
    assert (post.author, post.title, post.language) == ("Тихий градиент", "Привет 😀 мир", "ru")


def test_forwards_replies_and_joined_messages(tmp_path: Path) -> None:
    forward = (
        '<div class="pull_left forwarded userpic_wrap"></div><div class="forwarded body"><div class="from_name">\n'
        'Другой канал <span class="date details" title="01.02.2024 10:00:00 UTC+03:00"> 01.02.2024 10:00:00</span>\n'
        '</div><div class="text">\nПересланное\n</div></div>'
    )
    reply = (
        '<div class="reply_to details">\nIn reply to <a href="#go_to_message1" onclick="return GoToMessage(1)">'
        'this message</a>\n</div><div class="text">\nОтвет\n</div>'
    )
    first, second, third = posts(
        tmp_path / "export",
        message(1, forward),
        message(2, reply, joined=True, minute=1),
        message(3, '<div class="text">Подпись</div><div class="signature details">\nАнна\n</div>', minute=2),
    )
    assert (first.forwarded_from, first.text) == ("Другой канал", "Пересланное")
    assert (second.reply_to, second.author) == (first.id, "Тихий градиент")
    assert third.author == "Анна"


def test_an_album_is_one_post_and_a_picture_alone_is_none(tmp_path: Path) -> None:
    photo = '<div class="media_wrap clearfix"><a class="photo_wrap clearfix pull_left" href="photos/{}.jpg"></a></div>'
    (post,) = posts(
        tmp_path / "export",
        message(1, photo.format(1) + '<div class="text">Схема</div>'),
        message(2, photo.format(2), joined=True),
        message(9, photo.format(3), minute=30),
    )
    assert [media.path for media in post.media] == ["photos/1.jpg", "photos/2.jpg"]
    assert post.extra == {"message_ids": [1, 2]}


def test_a_poll_is_searchable_by_its_options(tmp_path: Path) -> None:
    poll = (
        '<div class="media_wrap clearfix"><div class="media_poll"><div class="question bold">\nЧто дальше?\n</div>'
        '<div class="details">\nAnonymous poll\n</div><div class="answer">\n- Диффузия <span class="details">\n'
        '3 votes, chosen vote\n</span>\n</div><div class="answer">\n- Квантизация\n</div>'
        '<div class="total details	">\n5 votes\n</div></div></div>'
    )
    (post,) = posts(tmp_path / "export", message(4, poll))
    assert post.text == "Что дальше?\n• Диффузия — 3 (60 %)\n• Квантизация\nВсего голосов: 5"


def test_pages_are_one_chat_in_their_order(tmp_path: Path) -> None:
    for page, number in (("messages.html", 1), ("messages2.html", 2), ("messages10.html", 10)):
        text = f'<div class="text">пост номер {number}</div>'
        (tmp_path / page).write_text(HEAD + message(number, text) + TAIL, "utf-8")
    (source,) = recognise(tmp_path)
    assert [post.id.rsplit("/")[-1] for post in source.documents() if isinstance(post, Document)] == ["1", "2", "10"]


def test_usernames_and_ids_from_the_options(tmp_path: Path) -> None:
    text = '<div class="text">пост</div>'
    named = SourceOptions.from_pairs(["Тихий градиент=quiet_gradient"])
    (post,) = posts(tmp_path / "export", message(5, text), options=named)
    assert (post.id, post.url) == ("t.me:quiet_gradient/5", "https://t.me/quiet_gradient/5")
    both = SourceOptions.from_pairs(["Тихий градиент=quiet_gradient", "-1001234567890=quiet_gradient"])
    (post,) = posts(tmp_path / "export", message(5, text), options=both)
    assert post.id == "telegram:1234567890/5"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, len(HEAD)))
def test_damage_never_raises_anything_but_a_source_error(tmp_path_factory, noise: bytes, place: int) -> None:  # type: ignore[no-untyped-def]
    data = (HEAD + message(1, '<div class="text">a</div>') + TAIL).encode()
    path = tmp_path_factory.mktemp("html") / "messages.html"
    path.write_bytes(data[:place] + noise + data[place:])
    try:
        for source in recognise(path):
            for item in source.documents():
                assert isinstance(item, Document | Problem)
                if isinstance(item, Document):
                    length = utf16_length(item.text)
                    assert all(0 <= e.offset < e.offset + e.length <= length for e in item.entities)
    except SourceError:
        pass
