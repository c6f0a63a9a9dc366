"""The widget on a site of its own, in the system's Chromium: it opens, answers, closes, and stays out elsewhere."""

from __future__ import annotations

import http.server
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.programs.served import Served

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
SLOW = 60_000  # milliseconds that a busy machine may take

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)")


@pytest.fixture
def site(server: Served) -> Iterator[str]:
    """A page with the one line in it, on a port that WIDGET_ORIGINS names; as `localhost` it is another site."""
    line = f'<!DOCTYPE html><html lang="ru"><body><script src="{server.base}/widget/widget.js"></script></body></html>'

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(line.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", server.site_port), Page) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.site_port}"
        running.shutdown()


@pytest.fixture
def tab() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.set_default_timeout(SLOW)
        yield opened
        browser.close()


def test_a_visitor_asks_on_the_authors_site_and_not_on_another(site: str, tab: Any) -> None:
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.goto(site)
    button = tab.get_by_role("button", name="Спросить канал")
    assert tab.locator("iframe").count() == 0  # nothing is loaded before it is wanted
    button.click()
    frame = tab.frame_locator("iframe")
    frame.get_by_role("textbox").fill("За сколько шагов DDIM делает выборку?")
    frame.get_by_role("textbox").press("Enter")
    frame.locator(".sources li").first.wait_for()
    assert "двадцать шагов" in frame.locator(".answer .text").inner_text()
    frame.get_by_role("button", name="Закрыть").click()
    tab.locator("iframe").wait_for(state="hidden")
    assert button.get_attribute("aria-expanded") == "false"
    assert problems == []

    tab.goto(site.replace("127.0.0.1", "localhost"))
    tab.get_by_role("button").click()
    tab.locator("iframe").wait_for()
    tab.wait_for_timeout(500)
    assert tab.frame_locator("iframe").get_by_role("textbox").count() == 0
