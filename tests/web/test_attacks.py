"""What strangers send to the page: scripts in every text, forged logins and forms, others' ids, paths, floods."""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from bs4 import BeautifulSoup

from konspekt.answering.answer import Answer, AnswerEvent, Citation, Done, Part, Partial, Timings
from konspekt.app.page.indexing import plain_name
from konspekt.app.page.serving import PageProtocol
from konspekt.web.access.sessions import Session, Sessions
from konspekt.web.access.telegram_login import BadLogin, checked_init_data
from konspekt.web.errors import NotProtected, check_protected
from konspekt.web.pages.views import own_path
from konspekt.web.parts import WebParts, WebSettings
from konspekt.web.rendering.links import safe_url
from tests.fakes.list_source import post
from tests.web.harness import ADMIN, KEY, OTHER, READER, SECRET, TOKEN, Page, Visiting, init_data, running

SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "\"><iframe src='javascript:alert(1)'></iframe>",
    "[click](javascript:alert(1)) **bold**",
    "![p](javascript:alert(1)) <style>*{display:none}</style>",
    "$\\text{<script>alert(1)</script>}$ $\\href{javascript:alert(1)}{x}$",
    "```html\n<script>alert(1)</script>\n```",
    "' autofocus onfocus=alert(1) x='",
    "{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "<form action=https://evil.example><input name=csrf>",
    "&lt;script&gt;alert(1)&lt;/script&gt; \u202e\u0000<base href=//evil.example>",
)
ALLOWED_SCRIPTS = {"htmx.min.js", "page.js"}
FORBIDDEN_TAGS = ("iframe", "object", "embed", "base", "style", "frame", "applet")


class Scripted:
    """A model that was talked into writing what a post told it to."""

    async def stream(self, question: str, history: Any = (), **_: Any) -> AsyncGenerator[AnswerEvent]:
        parts = (
            Part(question, (1,), "markdown"),
            Part(question, (), "text", "\n\n"),
            Part(question, (), "code", "\n\n"),
        )
        yield Partial(question)
        yield Partial(question, parts)
        cited = Citation(1, f"channel/{question}", question, f"javascript:{question}", None, question, ((0, 3),))
        yield Done(
            Answer(
                question, question, question, "en", refused=False, extractive=False, citations=(cited,), passages=(),
                model="m", timings=Timings(1, 1, 1), notice=question, parts=parts, choices=(question,),
            )
        )  # fmt: skip


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("local")
    (folder / "secret.txt").write_text("hidden")
    hostile = [
        replace(post(number, f"{text}\n\nслово{number} {text}"), title=text, author=text, url=f"javascript:{text}")
        for number, text in enumerate(SCRIPTS)
    ]
    with running(folder / "home", hostile, change=lambda parts: replace(parts, answers=Scripted())) as page:
        yield page


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    own = WebSettings(
        key=KEY, secret=SECRET, bot_token=TOKEN, admins=frozenset({ADMIN}), url="https://page.example",
        questions_per_minute=0,
    )  # fmt: skip
    with running(tmp_path_factory.mktemp("public") / "home", own=own) as page:
        yield page


@pytest.fixture(scope="module")
def author(local: Page) -> Visiting:
    return local.visitor()


def assert_harmless(html: str) -> None:
    """No element or attribute that runs, loads or leads elsewhere than the page's own."""
    soup = BeautifulSoup(html, "lxml")
    for script in soup.find_all("script"):
        source = str(script.get("src", ""))
        assert not script.get_text(strip=True)
        assert source.removeprefix("/static/").split("?")[0] in ALLOWED_SCRIPTS, source
    assert soup.find_all(FORBIDDEN_TAGS) == []
    for element in soup.find_all(True):
        for name, value in element.attrs.items():
            said = " ".join(value) if isinstance(value, list) else str(value)
            assert not name.lower().startswith("on"), (element.name, name)
            if name.lower() in {"href", "src", "action", "formaction", "xlink:href", "data"}:
                scheme = said.strip().lower().split(":", 1)[0] if ":" in said.split("/")[0] else ""
                assert scheme in {"", "https", "http", "tg", "mailto"}, said
            if name == "action":
                assert said.startswith("/"), said
    assert "49" not in soup.get_text() or "7*7" in soup.get_text()


# ---------------------------------------------------------------- scripts in what is shown


@pytest.mark.parametrize("number", range(len(SCRIPTS)))
def test_a_posts_text_title_and_author_run_nothing(author: Visiting, number: int) -> None:
    for path in (f"/post?id=channel/{number}&q={quote(SCRIPTS[number])}", f"/search?q=слово{number}", "/library", "/"):
        assert_harmless(author.get(path).text)


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_models_words_and_the_question_run_nothing(author: Visiting, text: str) -> None:
    headers = {"accept": "text/event-stream"}
    answered = author.client.post("/ask", data={"csrf": author.csrf, "question": text}, headers=headers).text
    import json

    for event in answered.strip().split("\n\n"):
        data = json.loads(event.split("data: ", 1)[1])
        assert_harmless(data.get("html", ""))
    assert_harmless(author.get("/").text)


@pytest.mark.parametrize("text", SCRIPTS)
def test_drafts_queries_and_file_names_run_nothing(author: Visiting, text: str) -> None:
    assert_harmless(author.post("/convert", post=f"{text}\n\n{text} и ещё слова", network="habr").text)
    assert_harmless(author.post("/convert", post=f"{text}\n\n{text} и ещё слова", network="x").text)
    assert_harmless(author.get("/search", q=text, source=text, kind=text, since=text, until=text).text)
    assert_harmless(author.get("/post", id=text).text)
    files = {"files": (f"{text}.exe".replace("\n", " ").replace("\x00", ""), b"MZ", "text/plain")}
    assert_harmless(author.client.post("/library/upload", data={"csrf": author.csrf}, files=files).text)
    assert_harmless(author.post("/numbers/case", answer="1", words=text).text)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "java\nscript:x", " javascript:x", "vbscript:x",
     "https://a.example\\@evil.example", "//evil.example", "file:///etc/passwd", "http://", "https://a b.example", "x"],
)  # fmt: skip
def test_an_address_that_leads_astray_is_no_link(url: str) -> None:
    assert safe_url(url) is None


def test_every_answer_carries_the_policy(local: Page, author: Visiting) -> None:
    for path in ("/", "/search", "/nowhere", "/static/page.css", "/post?id=none", "/health"):
        headers = author.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in author.get("/").headers["content-security-policy"]


# ---------------------------------------------------------------- forged forms

FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/ask", {"question": "Кто?"}),
    ("/vote", {"answer": "1", "value": "1"}),
    ("/reset", {}),
    ("/convert", {"post": "Слова и ещё слова"}),
    ("/convert/edit", {"draft": "1", "part": "0", "text": "x"}),
    ("/convert/save", {"draft": "1"}),
    ("/library/reindex", {}),
    ("/library/upload", {}),
    ("/numbers/case", {"answer": "1", "verdict": "dropped"}),
    ("/evaluation/run", {"sets": "cases"}),
    ("/arena/ask", {"question": "Кто?"}),
    ("/arena/vote", {"match": "1", "vote": "left"}),
    ("/logout", {}),
)
ADMINS_ALONE = ("/con", "/lib", "/num", "/eva", "/are")


@pytest.mark.parametrize(("path", "fields"), FORMS)
def test_a_form_of_another_site_changes_nothing(
    local: Page, author: Visiting, path: str, fields: dict[str, str]
) -> None:
    other = local.visitor()
    for forged, headers in (
        (None, {}),
        ("0" * 64, {}),
        ("é", {}),
        (other.csrf, {}),  # a token of another session
        (author.csrf, {"origin": "https://evil.example"}),
        (author.csrf, {"origin": "null"}),
        (author.csrf, {"sec-fetch-site": "cross-site"}),
    ):
        data = fields if forged is None else {**fields, "csrf": forged}
        assert author.client.post(path, data=data, headers=headers).status_code == 403, (forged, headers)
    assert local.client().post(path, data={**fields, "csrf": author.csrf}).status_code == 403  # without a session


# ---------------------------------------------------------------- forged and stale logins


def _changed(signed: str, name: str, value: str) -> str:
    fields = dict(pair.split("=", 1) for pair in signed.split("&"))
    return "&".join(f"{key}={quote(value) if key == name else given}" for key, given in fields.items())


FORGED = {
    "another bot's token": lambda: init_data(ADMIN, token="654321:another"),
    "another user": lambda: _changed(init_data(READER), "user", f'{{"id": {ADMIN}}}'),
    "a later date": lambda: _changed(init_data(ADMIN, age=90_000), "auth_date", str(int(time.time()))),
    "a day old": lambda: init_data(ADMIN, age=24 * 3600 + 60),
    "of tomorrow": lambda: init_data(ADMIN, age=-24 * 3600),
    "no hash": lambda: init_data(ADMIN).rpartition("&hash=")[0],
    "an empty hash": lambda: init_data(ADMIN).rpartition("&hash=")[0] + "&hash=",
    "two users": lambda: init_data(READER) + "&" + urlencode({"user": f'{{"id": {ADMIN}}}'}),
    "no user": lambda: init_data(ADMIN, user=""),
    "an id that is text": lambda: init_data(ADMIN, user='{"id": "42"}'),
    "an id that is true": lambda: init_data(ADMIN, user='{"id": true}'),
    "the owner's number": lambda: init_data(1 << 53),
    "an endless user": lambda: init_data(ADMIN, user="[" * 5000),
    "no date": lambda: init_data(ADMIN, auth_date=""),
    "a date of letters": lambda: init_data(ADMIN, auth_date="٣٣٣"),
    "nothing": lambda: "",
    "noise": lambda: "\x00&=&%zz",
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_or_stale_login_is_none(public: Page, kind: str) -> None:
    signed = FORGED[kind]()
    with pytest.raises(BadLogin):
        checked_init_data(signed, TOKEN, time.time())
    with public.client() as client:
        assert client.post("/login/telegram", data={"init_data": signed}).status_code == 403
        assert not client.cookies


def test_a_good_login_is_whom_telegram_names(public: Page) -> None:
    assert checked_init_data(init_data(READER), TOKEN, time.time()).id == READER
    cookie = public.client().post("/login/telegram", data={"init_data": init_data(READER)}).headers["set-cookie"]
    for wanted in ("__Host-konspekt=", "HttpOnly", "Secure", "SameSite=None", "Partitioned"):
        assert wanted in cookie


@pytest.mark.parametrize("given", ["", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "\ud83d"])
def test_a_wrong_password_opens_nothing(public: Page, given: str) -> None:
    body = urlencode({"password": given.encode("utf-8", "surrogatepass")})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    with public.client() as client:
        assert client.post("/login", content=body, headers=headers).status_code in {403, 429}
        assert client.get("/numbers").status_code == 401


def test_passwords_cannot_be_tried_without_end(tmp_path: Path) -> None:
    own = WebSettings(key=KEY, secret=SECRET, url="https://page.example")
    with running(tmp_path / "home", (), own=own) as page, page.client() as client:
        tried = [client.post("/login", data={"password": str(number)}).status_code for number in range(12)]
        assert tried[-2:] == [429, 429]
        assert client.post("/login", data={"password": SECRET}).status_code == 429


@pytest.mark.parametrize("cookie", ["", "x", "WzQyLCJhIl0.aaaa.bbbb", "null", '[9007199254740992,"a"]'])
def test_a_forged_session_is_none(public: Page, cookie: str) -> None:
    with public.client(cookie=f"__Host-konspekt={cookie}; konspekt={cookie}") as client:
        assert client.get("/").status_code == 401


# ---------------------------------------------------------------- what is another's


@pytest.mark.parametrize("path", ["/", "/search", "/post?id=channel/1", "/numbers", "/picture?id=channel/1&n=0"])
def test_a_stranger_sees_the_login_alone(public: Page, path: str) -> None:
    response = public.client().get(path)
    assert response.status_code == 401
    assert "DDIM" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        *("/numbers", "/library", "/library/state", "/convert", "/convert?draft=1", "/convert/download?draft=1"),
        *("/evaluation", "/evaluation?run=1", "/evaluation/state", "/arena", "/arena?match=1"),
    ],
)
def test_a_reader_sees_nothing_of_the_admins(public: Page, path: str) -> None:
    assert public.visitor(READER).get(path).status_code == 403
    assert public.visitor(ADMIN).get(path).status_code in {200, 303, 404}


@pytest.mark.parametrize(("path", "fields"), [one for one in FORMS if one[0].startswith(ADMINS_ALONE)])
def test_a_reader_changes_nothing_of_the_admins(public: Page, path: str, fields: dict[str, str]) -> None:
    assert public.visitor(READER).post(path, **fields).status_code == 403


def test_talks_and_votes_are_a_readers_own(public: Page) -> None:
    one, other = public.visitor(READER), public.visitor(OTHER)
    html = one.ask("Что такое секретный DDIM?")["html"]
    answer = html.split('name="answer" value="')[1].split('"')[0]
    assert "секретный" in one.get("/").text
    assert "секретный" not in other.get("/").text
    refused = other.client.post(
        "/vote", data={"csrf": other.csrf, "answer": answer, "value": "-1"}, headers={"hx-request": "true"}
    )
    assert "не вам" in refused.text
    assert public.parts.numbers.overview(1).votes_down == 0


def test_a_draft_of_another_is_not_there(public: Page) -> None:
    admin = public.visitor(ADMIN)
    draft = admin.post("/convert", post="channel/2", network="x").text.split('name="draft" value="')[1].split('"')[0]
    owner = Visiting(_logged_in(public))
    assert owner.get("/convert", draft=draft).status_code == 404
    assert owner.get("/convert/download", draft=draft).status_code == 404
    assert owner.post("/convert/edit", draft=draft, part="0", text="x").status_code == 404
    assert owner.post("/convert/save", draft=draft).status_code == 404
    assert admin.post("/convert/edit", draft=draft, part="99", text="x").status_code == 404


def _logged_in(page: Page) -> httpx.Client:
    """As who gave the password: its own route is busy counting wrong ones."""
    return page.client(cookie=f"__Host-konspekt={Sessions(KEY).written(Session.new())}")


# ---------------------------------------------------------------- paths, addresses, names


@pytest.mark.parametrize(
    "path",
    ["/static/../parts.py", "/static/..%2fparts.py", "/static/%2e%2e/parts.py", "/static//etc/passwd", "/static/.",
     "/static/%00", "/picture?id=channel/1&n=-1", "/picture?id=channel/1&n=999", "/picture?id=../../etc/passwd&n=0"],
)  # fmt: skip
def test_no_path_leads_out(local: Page, path: str) -> None:
    with socket.create_connection(("127.0.0.1", int(local.url.rpartition(":")[2]))) as raw:  # httpx would tidy it up
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404"), answer[:200]


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/cron.d/x.md", "x.md"), ("..\\..\\boot.md", "boot.md"), ("/etc/passwd.txt", "passwd.txt"),
     (".env.md", "env.md"), ("a\r\nb.md", "a__b.md"), ("a\x1b[31m.md", "a_[31m.md"), ("..", "_"), ("", "_"),
     ("x" * 500 + ".md", "x" * 120 + ".md"), ("лекция 1.md", "лекция 1.md")],
)  # fmt: skip
def test_an_uploaded_name_is_a_plain_one(name: str, kept: str) -> None:
    assert plain_name(name) == kept


@pytest.mark.parametrize("name", ["x.exe", "x.md.sh", "x", ".htaccess", "x.svg", "x.zip", "web.key", "konspekt.db"])
def test_what_cannot_be_read_is_not_kept(local: Page, author: Visiting, name: str) -> None:
    response = author.client.post("/library/upload", data={"csrf": author.csrf}, files={"files": (name, b"x")})
    assert response.status_code == 422
    assert not local.parts.indexing.state().running


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/x", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "http://localhost/",
     "https://evil.example/t.me/x/1", "http://[::1]/", "gopher://x/", "/etc/passwd", "../../../etc/passwd"],
)  # fmt: skip
def test_no_address_is_fetched_for_a_draft(author: Visiting, address: str) -> None:
    response = author.post("/convert", post=address, network="x")
    assert response.status_code == 422
    assert "root:" not in response.text


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "/x\r\nSet-Cookie: a=b", "javascript:x", ""]
)
def test_a_language_leads_nowhere_else(author: Visiting, back: str) -> None:
    response = author.get("/language/en", back=back)
    assert response.headers["location"] == "/" == own_path(back)
    assert "a=b" not in str(response.headers)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8700", "10.0.0.1", ""])
def test_a_strangers_name_for_this_machine_is_not_answered(local: Page, host: str) -> None:
    assert local.client().get("/", headers={"host": host}).status_code == 421


def test_what_a_proxy_brings_is_not_answered(local: Page) -> None:
    assert local.client().get("/", headers={"x-forwarded-for": "203.0.113.7"}).status_code == 421


# ---------------------------------------------------------------- too much, too slow


def test_a_body_is_cut_off_where_it_is_too_much(author: Visiting) -> None:
    assert author.post("/ask", question="ж" * 2_000_000).status_code == 413

    def endless() -> Iterator[bytes]:  # without a length in its head
        for _ in range(64):
            yield b"question=" + b"x" * 65536

    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert author.client.post("/ask", content=endless(), headers=headers).status_code == 413


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ", b"POST /ask HTTP/1.1\r\n"])
def test_a_slow_request_is_let_go(local: Page, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(PageProtocol, "request_seconds", 0.2)
    with socket.create_connection(("127.0.0.1", int(local.url.rpartition(":")[2]))) as raw:
        raw.sendall(sent)
        assert raw.recv(1) == b""


def test_questions_are_limited_by_the_minute(tmp_path: Path) -> None:
    own = WebSettings(key=KEY, questions_per_minute=2)
    change = {"change": lambda parts: replace(parts, answers=Scripted())}
    with running(tmp_path / "home", (), own=own, **change) as page:  # type: ignore[arg-type]
        visitor = page.visitor()
        assert [visitor.ask("Кто?")["event"] for _ in range(3)] == ["done", "done", "problem"]


@pytest.mark.parametrize(
    "settings",
    [WebSettings(host="0.0.0.0"), WebSettings(host="192.168.1.5"), WebSettings(url="https://page.example"),
     WebSettings(secret="short"), WebSettings(host="::")],
)  # fmt: skip
def test_a_page_that_strangers_reach_does_not_start_unprotected(settings: WebSettings) -> None:
    with pytest.raises(NotProtected):
        check_protected(settings)


def test_a_protected_page_starts(public: Page) -> None:
    parts: WebParts = public.parts
    check_protected(parts.settings)
    check_protected(WebSettings())
