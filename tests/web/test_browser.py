"""The page in a real browser, the system's Chromium: phone and desktop, both languages, keyboard, no JavaScript."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.harness import LORA, Page, running

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PAGES = (
    "/",
    "/search?q=LoRA",
    "/post?id=channel/1&q=двадцать",
    "/convert",
    "/library",
    "/numbers",
    "/evaluation",
    "/arena",
    "/topics",
    "/nowhere",
)
SLOW = 60_000  # milliseconds that a busy machine may take

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with running(tmp_path_factory.mktemp("browser") / "home") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser: Any, page: Page, path: str = "/", *, size: dict[str, int] = DESKTOP, **options: Any) -> Any:
    """A tab on a path of the page, which fails the test that meets an error of a script or of the policy."""
    context = browser.new_context(viewport=size, base_url=page.url, **{"locale": "ru-RU", **options})
    tab = context.new_page()
    tab.set_default_timeout(SLOW)
    tab.problems = []
    tab.on("pageerror", lambda error: tab.problems.append(str(error)))
    tab.on("console", lambda said: tab.problems.append(said.text) if "Content Security" in said.text else None)
    tab.goto(path)
    return tab


@pytest.mark.parametrize("language", ["ru-RU", "en-GB"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_page_fits_and_is_accessible(browser: Any, page: Page, size: dict[str, int], language: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
    scheme = "dark" if language == "en-GB" else "light"
    tab = opened(browser, page, "/", size=size, locale=language, color_scheme=scheme, bypass_csp=True)
    for path in PAGES:
        tab.goto(path)
        wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        assert tab.get_attribute("html", "lang") == language[:2]
        tab.evaluate(script)
        found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]
        assert serious == [], path
    tab.context.close()


def test_a_question_is_asked_with_the_keyboard_and_its_source_opens_beside(browser: Any, page: Page) -> None:
    tab = opened(browser, page)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.focus("#question")
    tab.keyboard.type("Как держат LoRA после квантизации?")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".sources a[data-beside]")
    tab.focus(".sources a[data-beside]")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#beside article")
    assert tab.evaluate("document.activeElement.hasAttribute('data-close')")
    assert "шестнадцати битах" in tab.inner_text("#beside")
    tab.keyboard.press("Escape")
    assert tab.is_hidden("#beside")
    assert tab.evaluate("document.activeElement.hasAttribute('data-beside')")  # back where one was
    tab.click(".vote button >> nth=0")
    tab.wait_for_selector("text=Спасибо")
    assert tab.problems == []
    tab.context.close()


def test_search_finds_as_one_types(browser: Any, page: Page) -> None:
    tab = opened(browser, page, "/search", size=PHONE)
    tab.locator("#q").press_sequentially("квантизация")
    tab.wait_for_selector(f"#hits >> text={LORA.title}")
    tab.wait_for_url("**q=*")
    tab.fill("#q", "")
    tab.wait_for_selector("#hits >> text=Самое новое")
    assert tab.problems == []
    tab.context.close()


def test_counters_move_while_one_types(browser: Any, page: Page) -> None:
    tab = opened(browser, page, "/convert?post=channel/2")
    tab.click("button[value=x]")
    tab.wait_for_selector("#part-0")
    tab.fill("#part-0", "слово " * 60)
    tab.wait_for_selector("#state >> text=359 / 280")
    assert tab.get_attribute("button[value=x]", "aria-pressed") == "true"
    assert tab.problems == []
    tab.context.close()


def test_it_reads_searches_and_answers_without_javascript(browser: Any, page: Page) -> None:
    tab = opened(browser, page, "/search", java_script_enabled=False)
    tab.fill("#q", "квантизация LoRA")
    tab.click("button.main")
    tab.click(f"text={LORA.title}")
    assert "шестнадцати битах" in tab.inner_text("main")
    tab.goto("/")
    tab.fill("#question", "Как держат LoRA после квантизации?")
    tab.click("button.main")
    assert "Как держат LoRA" in tab.inner_text("#turns")
    tab.context.close()


def test_an_answer_of_a_hostile_model_runs_nothing(browser: Any, tmp_path: Path) -> None:
    from dataclasses import replace

    from tests.web.test_attacks import Scripted

    with running(tmp_path / "home", change=lambda parts: replace(parts, answers=Scripted())) as page:
        tab = opened(browser, page)
        tab.on("dialog", lambda dialog: tab.problems.append(dialog.message))
        tab.fill("#question", "<img src=x onerror=alert(1)><script>alert(2)</script>")
        tab.keyboard.press("Enter")
        tab.wait_for_selector(".vote")
        assert "<img src=x" in tab.inner_text(".turn .text")
        assert tab.problems == []
        tab.context.close()
