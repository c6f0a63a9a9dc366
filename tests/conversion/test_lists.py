"""What stands inside a list keeps its place, and numbers and bullets nest, in whatever form a list comes and goes."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from konspekt.conversion.by_model.whole_post import protect_post
from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Block, Code, ListBlock, MediaBlock, Paragraph, Quote, post_text
from konspekt.conversion.network import Options
from konspekt.conversion.networks import all_networks, network
from konspekt.conversion.parsing.html import blocks_from_html
from konspekt.conversion.parsing.markdown import blocks_from_markdown
from konspekt.conversion.parsing.plain import blocks_from_text
from konspekt.conversion.posts.reading import post_from_text
from konspekt.conversion.writing.markdown import write_markdown

STEPS = """1. Поставьте пакет:

   ```bash
   pip install foo
   ```

2. Запустите сервер:

   ```bash
   foo serve
   ```

3. Проверьте:

   > должно быть OK

4. Готово
"""
STEPS_HTML = (
    "<ol><li><p>Поставьте пакет:</p><pre><code class='language-bash'>pip install foo</code></pre></li>"
    "<li>Запустите сервер:<pre><code class='language-bash'>foo serve</code></pre></li>"
    "<li><div>Проверьте:</div><blockquote>должно быть OK</blockquote></li><li>Готово</li></ol>"
)
IN_ORDER = ("Поставьте", "pip install foo", "Запустите", "foo serve", "Проверьте", "должно быть OK", "Готово")
MARKDOWN = ("reddit", "discord", "habr", "medium", "devto", "markdown")


def shape(blocks: tuple[Block, ...]) -> list[str]:
    return [type(block).__name__ + ("" if isinstance(block, ListBlock) else str(block.inset)) for block in blocks]


def html(text: str) -> str:
    return MarkdownIt("commonmark").render(text).replace("\n", "")


@pytest.mark.parametrize("blocks", [blocks_from_markdown(STEPS), blocks_from_html(STEPS_HTML)], ids=["md", "html"])
@pytest.mark.parametrize("name", list(all_networks()))
def test_code_and_quotes_stand_under_their_step_in_every_network(name: str, blocks: tuple[Block, ...]) -> None:
    text = network(name).write(blocks, Options()).text
    places = [text.index(word) for word in IN_ORDER]
    assert places == sorted(places)
    assert [f"{number}." in text for number in (1, 2, 3, 4)] == [True] * 4


@pytest.mark.parametrize("blocks", [blocks_from_markdown(STEPS), blocks_from_html(STEPS_HTML)], ids=["md", "html"])
def test_in_markdown_they_are_part_of_the_step(blocks: tuple[Block, ...]) -> None:
    text = write_markdown(blocks).text
    shown = html(text)
    assert shown.count("<ol>") == 1
    assert shown.count("<li>") == 4
    assert "</pre></li>" in shown
    assert "</blockquote></li>" in shown
    again = blocks_from_markdown(text)
    assert again == blocks
    assert shape(again) == shape(blocks)


def test_discord_has_no_indented_code_and_goes_on_counting() -> None:
    text = network("discord").write(blocks_from_markdown(STEPS), Options()).text
    assert "\n```bash\npip install foo\n```\n\n2. Запустите" in text


@pytest.mark.parametrize(
    "text",
    [
        "- пункт\n  - глубже\n    ```\n    a\n\n      b\n    ```\n  - ещё\n- конец",
        "- пункт\n\n  > раз\n  >\n  > два\n\n  потом\n- конец",
        "1. ```\n   сразу код\n   ```\n2. второй",
        "- пункт ![схема](a.png)\n- конец",
        "1. раз\n   - а\n\n   снова раз\n2. два",
        "1. раз\n\n   ```\n   x\n   ```\n\n1) другой список\n2) два",
        "- а\n  1. раз\n     ```\n     x\n     ```\n  2. два\n     > цитата\n     > ещё",
        "9. девять\n\n   ```\n   x\n   ```\n10. десять\n\n    ```\n    y\n    ```",
    ],
)
def test_what_markdown_says_of_lists_comes_back(text: str) -> None:
    blocks = blocks_from_markdown(text)
    written = write_markdown(blocks).text
    again = blocks_from_markdown(written)
    assert again == blocks
    assert shape(again) == shape(blocks)
    assert shown_as(written) == shown_as(text)


def shown_as(text: str) -> str:
    """The page of a text, whatever stands between blank lines: a loose list or a tight one, pictures apart."""
    return html(text).replace("<p>", "").replace("</p>", "").replace("<br />", "").replace(" <img", "<img")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("- a\n  ```\n  x\n  ```\n- b", ["ListBlock", "Code1", "ListBlock"]),
        ("- a\n  - b\n    > x\n  - c", ["ListBlock", "Quote2", "ListBlock"]),
        ("- a\n\n  ![s](s.png)\n- b", ["ListBlock", "MediaBlock1", "ListBlock"]),
        ("> раз\n>\n> ```\n> x\n> ```\n>\n> два", ["Quote0", "Code0", "Quote0"]),
        ("- a\n  > x\n  > ```\n  > y\n  > ```", ["ListBlock", "Quote1", "Code1"]),
    ],
)
def test_a_block_knows_how_deep_it_stands(text: str, kinds: list[str]) -> None:
    assert shape(blocks_from_markdown(text)) == kinds


@pytest.mark.parametrize(
    "page",
    [
        "<ul><li>раз<div><pre>код</pre></div>хвост</li><li>два</li></ul>",
        "<ul><li>раз<p>ещё раз</p><pre>код</pre><p>хвост</p></li><li>два</li></ul>",
        "<ul><li>раз<figure><img src='a.png' alt='код'></figure><p>хвост</p></li><li>два</li></ul>",
        "<ol start='x'><li>раз<table><tr><td>код</td></tr></table>хвост</li><li>два</li></ol>",
        "<ul><li>раз<ul><li>код</li></ul>хвост</li><li>два</li></ul>",
        "<ul><li>раз<div><ul><li>код</li></ul></div>хвост</li><li>два</li></ul>",
    ],
)
def test_lists_of_pages_keep_the_order(page: str) -> None:
    text = post_text(blocks_from_html(page))
    places = [text.index(word) for word in ("раз", "код", "хвост", "два")]
    assert places == sorted(places)


NESTED = (
    ("1. Первый\n   - а\n   - б\n2. Второй", "<ol><li>Первый<ul><li>а</li><li>б</li></ul></li><li>Второй</li></ol>"),
    ("- Первый\n  1. а\n  2. б\n- Второй", "<ul><li>Первый<ol><li>а</li><li>б</li></ol></li><li>Второй</li></ul>"),
    ("1. а\n   1. б\n      1. в\n   2. г\n2. д", None),
    ("- а\n  1. б\n     - в\n       1. г", None),
    ("3. три\n   - а\n4. четыре\n   - б", None),
    ("- а\n\n  7. семь\n  8. восемь\n- б", None),
)


@pytest.mark.parametrize("name", MARKDOWN)
@pytest.mark.parametrize(("text", "page"), NESTED, ids=range(len(NESTED)))
def test_numbers_and_bullets_nest_in_every_markdown_network(name: str, text: str, page: str | None) -> None:
    written = network(name).write(blocks_from_markdown(text), Options()).text
    assert shown_as(written) == shown_as(text)
    assert page is None or shown_as(written) == page


@pytest.mark.parametrize("name", MARKDOWN)
def test_lists_of_a_plain_post_nest_too(name: str) -> None:
    blocks = tuple(blocks_from_text("План:\n1. Первый\n  • а\n  • б\n2. Второй\n  • в"))
    written = network(name).write(blocks, Options()).text
    assert "<ol><li>Первый<ul><li>а</li><li>б</li></ul></li><li>Второй<ul><li>в</li></ul></li></ol>" in shown_as(
        written
    )


def test_bullets_between_numbers_of_one_depth_are_lists_of_their_own() -> None:
    written = write_markdown(tuple(blocks_from_text("1. раз\n• а\n• б\n2. два"))).text
    assert written == "1. раз\n- а\n- б\n2. два"


def test_numbers_that_do_not_count_up_stay_as_they_are() -> None:
    written = write_markdown(tuple(blocks_from_text("1. раз\n3. три"))).text
    assert shown_as(written) == "1. раз3. три"


def test_a_list_after_code_that_belongs_to_no_list_is_another_one() -> None:
    blocks = blocks_from_markdown("1. раз\n\n```\nx\n```\n\n1. раз\n2. два")
    assert shape(blocks) == ["ListBlock", "Code0", "ListBlock"]
    assert shown_as(write_markdown(blocks).text).count("<ol>") == 2


@pytest.mark.parametrize("name", ["x", "mastodon", "bluesky", "discord"])
def test_a_long_list_with_code_is_cut_into_parts_that_keep_the_order(name: str) -> None:
    step = "{0}. Шаг номер {0}, о котором можно сказать довольно много слов, и все они здесь стоят.\n\n"
    code = "   ```\n   команда_{0} --с-ключом {0}\n   и_вторая_{0}\n   ```\n\n"
    text = "".join((step + code).format(number) for number in range(1, 40))
    draft = convert(post_from_text(text), network(name))
    assert all(network(name).fits(part.text) for part in draft.parts)
    whole = "\n".join(part.text for part in draft.parts)
    places = [
        whole.index(word.format(number)) for number in range(1, 40) for word in ("Шаг номер {0},", "команда_{0} ")
    ]
    assert places == sorted(places)


def test_blocks_of_a_list_are_facts_like_any_others() -> None:
    blocks = blocks_from_markdown(STEPS)
    assert [block.text for block in blocks if isinstance(block, Code)] == ["pip install foo", "foo serve"]
    assert sum(isinstance(block, Quote) for block in blocks) == 1
    assert not any(isinstance(block, Paragraph | MediaBlock) for block in blocks)


def test_a_list_without_items_is_nothing() -> None:
    assert write_markdown((ListBlock(()), Code("x"))).text == "```\nx\n```"
    whole = protect_post((Code("x"),))
    assert write_markdown(whole.restored("- ⟦1⟧")).text == "```\nx\n```"
