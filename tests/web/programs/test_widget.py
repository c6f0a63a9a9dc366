"""The widget: one line of script on the author's site, a frame of ours, answers with sources."""

from __future__ import annotations

import json
import re

import pytest

from konspekt.app.settings import Settings, SettingsError
from konspekt.web.widget.origins import Passes, origin_of
from tests.web.programs.served import SITE, Served

API = "/api/v1"


def test_a_visitor_asks_and_gets_an_answer_with_its_sources(server: Served) -> None:
    with server.client(None) as visitor:
        frame = visitor.get("/widget/frame", params={"site": SITE, "lang": "ru"})
        assert frame.status_code == 200
        policy = frame.headers["content-security-policy"]
        assert f"frame-ancestors {SITE}" in policy
        assert "unsafe" not in policy
        assert 'lang="ru"' in frame.text
        assert f'data-site="{SITE}"' in frame.text
        given = re.search(r'data-pass="([^"]+)"', frame.text)
        assert given is not None
        headers = {"Origin": server.base, "X-Konspekt-Widget": given[1], "Sec-Fetch-Site": "same-origin"}
        answer = visitor.post(
            "/widget/ask", json={"question": "За сколько шагов DDIM делает выборку?"}, headers=headers
        )
    assert answer.headers["content-type"].startswith("text/event-stream")
    data = json.loads(answer.text.split("event: answer\ndata: ", 1)[1].split("\n", 1)[0])
    assert "двадцать шагов" in data["answer"]
    assert data["citations"][0]["document_id"] == "course:notes/samplers.md"


def test_what_the_site_loads_may_be_loaded_from_elsewhere_and_the_rest_may_not(server: Served) -> None:
    with server.client(None) as visitor:
        kinds = {name: visitor.get(f"/widget/{name}") for name in ("widget.js", "frame.js", "frame.css")}
    assert {answer.status_code for answer in kinds.values()} == {200}
    assert kinds["widget.js"].headers["content-type"].startswith("text/javascript")
    assert kinds["widget.js"].headers["cross-origin-resource-policy"] == "cross-origin"
    assert kinds["frame.js"].headers["cross-origin-resource-policy"] == "same-origin"
    scripts = kinds["widget.js"].text + kinds["frame.js"].text
    for danger in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        'postMessage("konspekt:close", "*")',
    ):
        assert danger not in scripts
    assert sum(len(answer.content) for answer in kinds.values()) < 16_000


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://site.example", "https://site.example"),
        ("https://site.example/blog/?q=1", "https://site.example"),
        ("https://Site.Example:443", "https://site.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://[::1]:8443/x", "https://[::1]:8443"),
        ("ftp://site.example", None),
        ("site.example", None),
        ("https://user@site.example", None),
        ("https://site.example:port", None),
        ("null", None),
        ("*", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(address: str, origin: str | None) -> None:
    assert origin_of(address) == origin


def test_sites_are_settings_that_are_checked() -> None:
    assert Settings(widget_origins="https://a.example/x, http://b.example:81").widget_origins == (
        "https://a.example",
        "http://b.example:81",
    )
    with pytest.raises(SettingsError, match="entry 2 is not a site"):
        Settings(widget_origins="https://a.example,b.example")


def test_a_pass_of_another_key_or_of_a_site_that_was_taken_out_holds_no_more() -> None:
    passes = Passes(b"k" * 32, frozenset({SITE}))
    given = passes.issue(SITE)
    assert passes.holds(given)
    assert not Passes(b"o" * 32, frozenset({SITE})).holds(given)
    assert not Passes(b"k" * 32, frozenset({"https://other.example"})).holds(given)
    name, dated, signature = given.rsplit(".", 2)
    other = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert not passes.holds(f"{name}.{dated}.{other}")
    assert not passes.holds(f"{name}.{'A' + dated[1:]}.{signature}")
    assert not passes.holds(None)
