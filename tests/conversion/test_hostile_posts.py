"""Posts that nobody writes and somebody sends: nested a thousand times, with halves of characters in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Block, all_runs, post_text
from konspekt.conversion.networks import all_networks, network
from konspekt.conversion.parsing.html import blocks_from_html
from konspekt.conversion.parsing.markdown import blocks_from_markdown
from konspekt.conversion.posts.reading import post_from_document, post_from_text, read_file
from konspekt.conversion.writing.markdown import write_markdown
from konspekt.indexer.documents import Document, Entity, Media
from tests.cli.guarded import konspekt


def html(tag: str, times: int) -> str:
    closing = "".join(f"</{name}>" for name in reversed(tag.split("><")))
    return f"<{tag}>" * times + "СЛОВО" + closing * times + "<p>конец</p>"


@pytest.mark.parametrize("tag", ["b", "div", "blockquote", "ul><li", "ol><li><p", "span", "details", "table><tr><td"])
@pytest.mark.parametrize("times", [70, 500, 3000])
def test_a_page_nested_any_number_of_times_is_read(tag: str, times: int) -> None:
    blocks = blocks_from_html(html(tag, times))
    assert "СЛОВО" in post_text(blocks)
    assert "конец" in post_text(blocks)
    write_markdown(blocks)


def test_what_a_page_does_not_show_stays_hidden_however_deep() -> None:
    blocks = blocks_from_html("<div>" * 500 + "<script><b>тайна</b></script>видно" + "</div>" * 500)
    assert "тайна" not in post_text(blocks)
    assert "видно" in post_text(blocks)


def test_the_look_of_a_page_of_usual_depth_is_kept() -> None:
    blocks = blocks_from_html("<div>" * 60 + "<p>раз <b>два</b></p>" + "</div>" * 60)
    assert [run.text for run in all_runs(blocks) if "bold" in run.marks] == ["два"]


@pytest.mark.parametrize(
    "text",
    [
        "> " * 500 + "СЛОВО",
        "\n".join("  " * depth + f"- x{depth}" for depth in range(300)) + " СЛОВО",
        "- " * 300 + "СЛОВО",
        "1. " * 300 + "СЛОВО",
        "**" * 500 + "СЛОВО" + "**" * 500,
        "[" * 1000 + "СЛОВО" + "]" * 1000,
        "<b>" * 500 + "СЛОВО" + "</b>" * 500,
        "<div>" * 500 + "\nСЛОВО\n" + "</div>" * 500,
    ],
    ids=range(8),
)
def test_markdown_nested_any_number_of_times_loses_nothing(text: str) -> None:
    blocks = blocks_from_markdown(text)
    assert "СЛОВО" in post_text(blocks)
    assert all(f"x{depth}" in post_text(blocks) for depth in range(300) if f"x{depth}" in text)


def test_lists_of_usual_depth_are_lists() -> None:
    blocks = blocks_from_markdown("\n".join("  " * depth + f"- x{depth}" for depth in range(15)))
    assert len(blocks) == 1
    assert [item.depth for item in blocks[0].items] == list(range(15))  # type: ignore[union-attr]


HALF = "\ud83d"


def halves(blocks: tuple[Block, ...]) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in repr(blocks).encode().decode("unicode_escape"))


@pytest.mark.parametrize("name", list(all_networks()))
def test_halves_of_characters_are_replaced_wherever_they_stand(name: str) -> None:
    document = Document(
        id=f"канал/{HALF}1",
        source_id="канал",
        kind="post",
        title=f"т{HALF}",
        text=f"До {HALF} после 👍 ссылка",
        entities=(Entity("text_link", 14, 6, url=f"https://example.org/{HALF}"), Entity("bold", 11, 2)),
        url=f"https://t.me/x/{HALF}",
        author=HALF,
        media=(Media("photo", f"a{HALF}.jpg", f"photos/a{HALF}.jpg"),),
    )
    draft = convert(post_from_document(document), network(name))
    json.dumps(draft.to_json(), ensure_ascii=False).encode("utf-8")
    assert "До \ufffd после" in draft.text
    if network(name).markdown:
        assert "**👍**" in draft.text, "places behind it are where they were"


def test_text_that_is_typed_or_read_is_whole_too(tmp_path: Path) -> None:
    for text in (f"# З{HALF}\n\nТекст", f"Просто {HALF}", f"---\ntitle: Т{HALF}\n---\nТекст"):
        post = post_from_text(text)
        (post_text(post.blocks) + post.title).encode("utf-8")
    page = tmp_path / "page.html"
    page.write_text("<h1>&#xD83D;</h1><p>Текст &#55357;</p>", "utf-8")
    for post in read_file(page):
        post_text(post.blocks).encode("utf-8")  # type: ignore[union-attr]
    for blocks in (blocks_from_html(f"<p>{HALF}</p>"), blocks_from_markdown(f"a {HALF}")):
        post_text(blocks).encode("utf-8")


def test_an_export_with_a_half_is_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONSPEKT_HOME", str(tmp_path / "home"))
    message = {
        "id": 1,
        "type": "message",
        "date": "2025-03-01T10:00:01",
        "date_unixtime": "1740826800",
        "from": "Гавань",
        "from_id": "channel1",
        "text_entities": [
            {"type": "plain", "text": "Заголовок\n\n"},
            {"type": "text_link", "text": f"плохой {HALF}", "href": f"https://a.example/{HALF}"},
        ],
    }
    export = tmp_path / "result.json"
    export.write_text(json.dumps({"name": "Г", "type": "public_channel", "id": 1, "messages": [message]}), "utf-8")
    for form in ("--json", "--bold-letters"):
        result = konspekt("convert", str(export), "--to", "all", "--no-llm", form)
        assert result.exit_code == 0, result.output
        assert "плохой" in result.stdout
