"""Fetching a post: only public addresses, every redirect checked, bounded in size and time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from konspekt.conversion.errors import FetchRefused, PostNotFound
from konspekt.conversion.posts.fetching import Fetcher, is_public
from tests.fakes.slow_server import BEGINNINGS, slow_server

PAGE = """<html><body><div class="tgme_widget_message js-widget_message" data-post="channel/5">
<div class="tgme_widget_message_text js-message_text"><b>Заголовок</b><br/><br/>Текст про
<a href="https://arxiv.org/abs/1">статью</a></div>
<span class="tgme_widget_message_date"><time datetime="2025-01-02T03:04:05+00:00"></time></span></div></body></html>"""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/channel/5"):
            self._answer(PAGE.encode())
        elif self.path.startswith("/channel/6"):
            self._answer(b"<html>no post</html>")
        elif self.path == "/big":
            self._answer(b"x" * 200_000)
        elif self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        else:
            self.send_response(404)
            self.end_headers()

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _fetcher(site: ThreadingHTTPServer, **changes: object) -> Fetcher:
    port = site.server_address[1]
    settings = {"base_url": f"http://127.0.0.1:{port}", "allowed": frozenset({"127.0.0.1"}), "ports": frozenset({port})}
    return Fetcher(**{**settings, **changes})  # type: ignore[arg-type]


def test_a_public_post_is_read_with_its_formatting(site: ThreadingHTTPServer) -> None:
    post = _fetcher(site).post("channel", 5)
    assert post.url == "https://t.me/channel/5"
    assert [type(block).__name__ for block in post.blocks] == ["Heading", "Paragraph"]


def test_a_page_without_the_post_asks_for_a_forward(site: ThreadingHTTPServer) -> None:
    with pytest.raises(PostNotFound, match="forward"):
        _fetcher(site).post("channel", 6)


def test_private_addresses_are_refused_before_a_connection(site: ThreadingHTTPServer) -> None:
    with pytest.raises(FetchRefused, match="not a public address"):
        _fetcher(site, allowed=frozenset()).post("channel", 5)


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.2/", "http://localhost:1/", "file:///etc/passwd", "http://user:pw@example.com/", "gopher://a/"],
)
def test_a_redirect_is_checked_like_a_first_request(site: ThreadingHTTPServer, target: str) -> None:
    fetcher = _fetcher(site)
    port = site.server_address[1]
    with pytest.raises(FetchRefused):
        fetcher.get(f"http://127.0.0.1:{port}/to/{target}")


def test_redirects_end(site: ThreadingHTTPServer) -> None:
    with pytest.raises(FetchRefused, match="redirects"):
        _fetcher(site).get(f"http://127.0.0.1:{site.server_address[1]}/loop")


def test_a_big_page_is_refused(site: ThreadingHTTPServer) -> None:
    with pytest.raises(FetchRefused, match="bytes"):
        _fetcher(site, max_bytes=100_000).get(f"http://127.0.0.1:{site.server_address[1]}/big")


def test_what_is_not_there_is_said(site: ThreadingHTTPServer) -> None:
    with pytest.raises(FetchRefused, match="404"):
        _fetcher(site).get(f"http://127.0.0.1:{site.server_address[1]}/nothing")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("149.154.167.99", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
    ],
)
def test_only_addresses_of_the_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("way", BEGINNINGS)
def test_a_page_is_had_in_its_time_whatever_of_the_answer_is_slow(way: str) -> None:
    with slow_server(way) as url:
        port = int(url.rpartition(":")[2])
        fetcher = Fetcher(allowed=frozenset({"127.0.0.1"}), ports=frozenset({port}), max_seconds=0.3)
        with pytest.raises(FetchRefused):
            fetcher.get(url)
