"""What visitors see: answers with their sources, search, posts, drafts, the library and its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from konspekt.web.locales import TEXTS
from konspekt.web.pages.views import STATIC
from tests.web.harness import DDIM, LORA, Page, Visiting, running


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with running(tmp_path_factory.mktemp("page") / "home") as started:
        yield started


@pytest.fixture(scope="module")
def visitor(page: Page) -> Visiting:
    return page.visitor(**{"accept-language": "ru"})


def test_both_languages_say_the_same() -> None:
    assert set(TEXTS["ru"]) == set(TEXTS["en"])


def test_everything_beside_the_page_is_under_sixty_kilobytes() -> None:
    assert sum(path.stat().st_size for path in STATIC.iterdir()) < 60_000
    assert (STATIC / "LICENSE.htmx").is_file()


def test_an_answer_comes_with_its_source_opened_at_the_words(visitor: Visiting) -> None:
    done = visitor.ask("За сколько шагов DDIM делает выборку?")
    assert done["event"] == "done"
    assert "двадцать шагов" in done["html"]
    assert 'href="/post?id=channel%2F1&amp;q=' in done["html"]


def test_without_javascript_the_answer_stands_on_the_page(visitor: Visiting) -> None:
    response = visitor.post("/ask", question="Как держат LoRA после квантизации?")
    assert response.status_code == 303
    html = visitor.get("/").text
    assert "Как держат LoRA после квантизации?" in html
    assert 'href="/post?id=channel%2F2' in html


def test_starting_afresh_empties_the_page(page: Page) -> None:
    visitor = page.visitor()
    visitor.ask("Как держат LoRA после квантизации?")
    visitor.post("/reset")
    assert "Как держат LoRA" not in visitor.get("/").text


@pytest.mark.parametrize(("question", "said"), [("", "Сначала напишите"), ("слово " * 300, "длиннее 1000")])
def test_a_question_that_is_not_asked_is_explained(visitor: Visiting, question: str, said: str) -> None:
    done = visitor.ask(question)
    assert (done["event"], said in done["text"]) == ("problem", True)


def test_votes_are_counted_once_and_can_be_changed(visitor: Visiting, page: Page) -> None:
    html = visitor.ask("Как держат LoRA после квантизации?")["html"]
    answer = html.split('name="answer" value="')[1].split('"')[0]
    for value in ("1", "-1"):
        assert visitor.post("/vote", answer=answer, value=value).status_code == 303
    assert visitor.post("/vote", answer=answer, value="7").status_code == 422
    overview = page.parts.numbers.overview(7)
    assert (overview.votes_up, overview.votes_down) == (0, 1)


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ({"q": "квантизация LoRA"}, LORA.title, "Ничего не нашлось"),
        ({"q": "квантизация LoRA", "since": "2030-01-01"}, "Ничего не нашлось", LORA.title),
        ({"q": "квантизация LoRA", "since": "когда-то"}, LORA.title, "Ничего не нашлось"),
        ({"q": "квантизация", "kind": "course"}, "Ничего не нашлось", LORA.title),
        ({"q": "квантизация", "source": "channel"}, LORA.title, "Ничего не нашлось"),
        ({}, DDIM.title, "Ничего не нашлось"),
    ],
)
def test_search(visitor: Visiting, query: dict[str, str], found: str, not_found: str) -> None:
    html = visitor.get("/search", **query).text
    results = html.split('id="hits"')[1]
    assert found in results
    assert not_found not in results


def test_a_fragment_is_the_results_alone(visitor: Visiting) -> None:
    html = visitor.client.get("/search?q=LoRA", headers={"hx-request": "true"}).text
    assert LORA.title in html
    assert "<html" not in html


def test_a_post_is_whole_with_its_formula_and_the_quoted_words_marked(visitor: Visiting) -> None:
    html = visitor.get("/post", id="channel/1", q="вместо  тысячи. Шаг").text
    assert '<mark id="here">вместо тысячи. Шаг</mark>' in html
    assert "<msqrt>" in html
    assert LORA.title in html.split("</article>")[1]  # similar posts


def test_a_post_that_is_not_there(visitor: Visiting) -> None:
    assert visitor.get("/post", id="channel/999").status_code == 404


def test_a_draft_is_counted_checked_kept_and_downloaded(visitor: Visiting) -> None:
    made = visitor.post("/convert", post="channel/2", network="x").text
    assert "отдельной веткой" in made
    draft = made.split('name="draft" value="')[1].split('"')[0]
    edited = visitor.client.post(
        "/convert/edit",
        data={"csrf": visitor.csrf, "draft": draft, "part": "0", "text": "слово " * 100},
        headers={"hx-request": "true"},
    ).text
    assert "599 / 280" in edited
    assert "problem" in edited
    assert visitor.post("/convert/save", draft=draft).status_code == 200
    assert f"/convert?draft={draft}" in visitor.get("/convert").text
    file = visitor.get("/convert/download", draft=draft)
    assert file.headers["content-disposition"] == f'attachment; filename="x-ru-{draft}.txt"'
    assert "слово слово" in file.text


def test_every_network_has_its_tab(visitor: Visiting, page: Page) -> None:
    html = visitor.get("/convert").text
    for name, _ in page.parts.drafting.networks():
        assert f'value="{name}"' in html


def test_a_text_becomes_a_draft_and_a_wrong_link_an_explanation(visitor: Visiting) -> None:
    assert "Новый пост" in visitor.post("/convert", post="Новый пост про диффузию", network="vk").text
    assert visitor.post("/convert", post="channel/999", network="vk").status_code == 422
    assert visitor.post("/convert", post="Новый пост про диффузию", network="myspace").status_code == 422


def test_a_dropped_file_is_indexed_and_found(page: Page, visitor: Visiting) -> None:
    files = {"files": ("notes.md", b"# Notes\n\nThe zebra protocol needs three handshakes.", "text/markdown")}
    response = visitor.client.post("/library/upload", data={"csrf": visitor.csrf}, files=files)
    assert response.status_code == 200
    while page.parts.indexing.state().running:
        pass
    state = page.parts.indexing.state()
    assert state.failed is None, state
    assert "zebra protocol" in visitor.get("/search", q="zebra protocol").text
    assert "notes.md" in visitor.get("/library").text


def test_numbers_and_a_failed_answer_made_a_case(page: Page, visitor: Visiting) -> None:
    visitor.ask("Сколько стоит аренда яхты в Монако?")
    html = visitor.get("/numbers").text
    assert "Монако" in html
    assert "<svg" in html
    before = page.parts.cases.kept()
    case = page.parts.cases.next()
    assert case is not None
    assert visitor.post("/numbers/case", answer=case.answer_id, verdict="absent").status_code == 303
    assert page.parts.cases.kept() == before + 1
    assert visitor.post("/numbers/case", answer=10**9, verdict="absent").status_code == 404


def test_topics_are_points_in_time_that_lead_to_their_posts(visitor: Visiting) -> None:
    html = visitor.get("/topics").text
    assert html.count("<circle") == 3
    assert 'href="/post?id=channel%2F2"' in html


def test_an_empty_index_says_what_to_do(tmp_path: Path) -> None:
    with running(tmp_path / "home", ()) as empty:
        visitor = empty.visitor(**{"accept-language": "en-GB,en;q=0.9"})
        assert "add a source" in visitor.ask("Anything?")["text"]
        assert "add a source" in visitor.get("/search", q="anything").text
        assert "Nothing is indexed yet" in visitor.get("/library").text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ru", "ru"), ("en-US,en;q=0.9", "en"), ("de,en;q=0.5,ru;q=0.9", "ru"), ("de", "ru"), (";;q=x,", "ru")],
)
def test_the_browsers_language(page: Page, accepted: str, language: str) -> None:
    with page.client(**{"accept-language": accepted}) as client:
        assert f'<html lang="{language}">' in client.get("/").text
        client.get("/language/en")
        assert '<html lang="en">' in client.get("/").text
