"""Channel pages: the markup of t.me/s, saved in a file or served by a real HTTP server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt.indexer.documents import Document, Problem
from konspekt.indexer.sources import web_fetch
from konspekt.indexer.sources.errors import BadLinkError, SourceError
from konspekt.indexer.sources.options import SourceOptions
from konspekt.indexer.sources.recognise import recognise
from konspekt.indexer.sources.rich_text import utf16_length
from konspekt.indexer.sources.telegram.web_page import read_page

TITLE = (
    '<div class="tgme_channel_info"><div class="tgme_channel_info_header_title"><span>Тихий градиент</span></div></div>'
)


def post(number: int, text: str = "", inside: str = "", channel: str = "quiet_gradient", extra_class: str = "") -> str:
    body = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>' if text else ""
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message '
        f'text_not_supported_wrap js-widget_message {extra_class}" data-post="{channel}/{number}">'
        '<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author accent_color">'
        '<a class="tgme_widget_message_owner_name"><span dir="auto">Тихий градиент</span></a></div>'
        f'{inside}{body}<div class="tgme_widget_message_reactions"><span class="tgme_reaction">🔥 15</span></div>'
        '<div class="tgme_widget_message_footer"><span class="tgme_widget_message_views">12.3K</span>'
        f'<a class="tgme_widget_message_date" href="https://t.me/{channel}/{number}">'
        '<time datetime="2024-03-05T09:00:30+00:00" class="time">09:00</time></a></div></div></div></div>'
    )


def page(*posts: str, before: int | None = None) -> str:
    more = f'<a class="tme_messages_more js-messages_more" data-before="{before}" href="/s/x?before={before}"></a>'
    return f"<html><body>{TITLE}{more if before else ''}{''.join(posts)}</body></html>"


def test_a_saved_page(tmp_path: Path) -> None:
    reply = (
        '<a class="tgme_widget_message_reply" href="https://t.me/quiet_gradient/3"><div '
        'class="tgme_widget_message_text js-message_reply_text">старый пост</div></a>'
    )
    forward = (
        '<div class="tgme_widget_message_forwarded_from">Forwarded from&nbsp;<a '
        'class="tgme_widget_message_forwarded_from_name" href="https://t.me/x"><span>Другой</span></a></div>'
    )
    hidden_copy = (
        '<div class="media_not_supported_cont"><div class="tgme_widget_message_text js-message_text">копия</div></div>'
    )
    text = '<b>Заголовок</b> <i class="emoji"><b>🔥</b></i><br/>текст <a href="https://example.org">тут</a>'
    path = tmp_path / "page.html"
    path.write_text(
        page(
            post(5, text, reply + hidden_copy),
            post(6, "", '<a class="tgme_widget_message_photo_wrap"></a>'),
            post(7, "репост", forward),
            post(8, "Канал создан", extra_class="service_message"),
        ),
        "utf-8",
    )
    (source,) = recognise(path)
    first, second = (item for item in source.documents() if isinstance(item, Document))
    assert source.partial  # twenty posts of a channel must not delete the others
    assert (first.id, first.url) == ("t.me:quiet_gradient/5", "https://t.me/quiet_gradient/5")
    assert first.text == "Заголовок 🔥\nтекст тут"
    assert [(entity.type, entity.url) for entity in first.entities] == [
        ("bold", None),
        ("text_link", "https://example.org"),
    ]
    assert first.reply_to == "t.me:quiet_gradient/3"
    assert first.published_at == datetime(2024, 3, 5, 9, 0, 30, tzinfo=UTC)
    assert (second.text, second.forwarded_from) == ("репост", "Другой")


def test_a_poll_and_a_document_name() -> None:
    poll = (
        '<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">Что дальше?</div>'
        '<div class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">60%</div>'
        '<div class="tgme_widget_message_poll_option_text">Диффузия</div></div></div>'
    )
    file = (
        '<a class="tgme_widget_message_document_wrap"><div class="tgme_widget_message_document_title">a.pdf</div></a>'
    )
    (parts,) = read_page(page(post(1, "", poll + file))).parts
    assert parts.text == "Что дальше?\n• Диффузия — 60%"
    assert [(media.kind, media.name) for media in parts.media] == [("document", "a.pdf"), ("poll", "Что дальше?")]


class Channel(BaseHTTPRequestHandler):
    """Sixty posts in pages of twenty; `trouble` are statuses answered first."""

    trouble: list[int]
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        parts = urlsplit(self.path)
        if self.trouble:
            self.send_response(self.trouble.pop(0))
            self.send_header("Retry-After", "0")
            self.end_headers()
            return
        if parts.path == "/s/closed_one":
            self.send_response(302)
            self.send_header("Location", "/closed_one")
            self.end_headers()
            return
        if parts.path != "/s/quiet_gradient":
            self.send_response(404)
            self.end_headers()
            return
        last = int(parse_qs(parts.query).get("before", ["61"])[0]) - 1
        first = max(last - 19, 1)
        posts = [post(number, f"Пост номер {number}") for number in range(first, last + 1)]
        body = page(*posts, before=first if first > 1 else None).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def channel_server(*trouble: int) -> Iterator[tuple[SourceOptions, list[str]]]:
    handler = type("Handler", (Channel,), {"trouble": list(trouble), "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        options = SourceOptions(web_base_url=f"http://127.0.0.1:{server.server_port}", web_pause=0)
        yield options, handler.asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def read(link: str, options: SourceOptions) -> list[Document | Problem]:
    (source,) = recognise(link, options)
    return list(source.documents())


def test_a_fetched_channel_is_read_back_to_its_first_post() -> None:
    with channel_server() as (options, asked):
        found = read("https://t.me/s/quiet_gradient", options)
    assert sorted(int(item.id.rsplit("/")[-1]) for item in found if isinstance(item, Document)) == list(range(1, 61))
    assert asked == ["/s/quiet_gradient", "/s/quiet_gradient?before=41", "/s/quiet_gradient?before=21"]


def test_a_busy_server_is_asked_again() -> None:
    with channel_server(503, 429) as (options, asked):
        assert len(read("t.me/quiet_gradient/12", options)) == 60
    assert len(asked) == 5


def test_a_server_that_stays_busy_is_a_problem_and_not_a_crash() -> None:
    with channel_server(*[503] * 9) as (options, asked):
        (problem,) = read("https://t.me/s/quiet_gradient", options)
    assert isinstance(problem, Problem)
    assert "503" in problem.what
    assert len(asked) == web_fetch.MAX_ATTEMPTS


@pytest.mark.parametrize(("name", "what"), [("closed_one", "no public page"), ("no_such_channel", "404")])
def test_a_channel_without_a_public_page_says_so(name: str, what: str) -> None:
    with channel_server() as (options, _):
        (problem,) = read(f"https://t.me/s/{name}", options)
    assert isinstance(problem, Problem)
    assert what in problem.what


def test_a_page_over_the_size_limit_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_fetch, "MAX_PAGE_BYTES", 1000)
    with channel_server() as (options, _):
        (problem,) = read("https://t.me/s/quiet_gradient", options)
    assert isinstance(problem, Problem)
    assert "larger" in problem.what


def test_a_server_that_is_not_there_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    with channel_server() as (options, _):
        pass
    monkeypatch.setattr(web_fetch, "MAX_ATTEMPTS", 1)
    (problem,) = read("https://t.me/s/quiet_gradient", options)
    assert isinstance(problem, Problem)
    assert "connection" in problem.what


@pytest.mark.parametrize(
    "link",
    ["https://example.org/s/channel", "https://t.me/+AbCdEf", "https://t.me/", "https://t.me/c/123/4", "ftp://[x"],
)
def test_other_links_are_refused_with_a_cure(link: str) -> None:
    with pytest.raises(BadLinkError) as error:
        recognise(link)
    assert error.value.cure


def test_ids_agree_with_the_export_when_the_options_know_the_id() -> None:
    options = SourceOptions.from_pairs(["1234567890=quiet_gradient"])
    (source,) = recognise("https://t.me/s/quiet_gradient", replace(options, web_pause=0))
    assert source.id == "telegram:1234567890"


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from([
    "<b>", "</b>", "<a href='https://x.y'>", "</a>", "😀", "<br>", "<pre>", "</pre>", "<blockquote>", "</div>", "<i>",
    " ", "a", "\n", "&lt;", "\x00", "<tg-emoji emoji-id='1'>", "<!--", "<code class='language-c'>", "</code>", "<div>",
])))  # fmt: skip
def test_entities_lie_inside_the_text_whatever_the_markup(pieces: list[str]) -> None:
    for parts in read_page(page(post(1, "".join(pieces)))).parts:
        length = utf16_length(parts.text)
        for entity in parts.entities:
            assert 0 <= entity.offset < entity.offset + entity.length <= length


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 3000))
def test_a_damaged_page_raises_nothing_but_a_source_error(tmp_path_factory, noise: bytes, place: int) -> None:  # type: ignore[no-untyped-def]
    data = page(post(1, "раз"), post(2, "два")).encode()
    path = tmp_path_factory.mktemp("web") / "page.html"
    path.write_bytes(data[:place] + noise + data[place:])
    try:
        for source in recognise(path):
            assert all(isinstance(item, Document | Problem) for item in source.documents())
    except SourceError:
        pass
