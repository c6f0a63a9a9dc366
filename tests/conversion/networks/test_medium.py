"""Medium: an article in Markdown, its title apart."""

from __future__ import annotations

from dataclasses import replace

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.networks.medium import MEDIUM
from konspekt.conversion.parsing.markdown import blocks_from_markdown
from konspekt.conversion.posts.reading import post_from_text

TEXT = "Заголовок поста\n\nТекст с `кодом` и *курсивом*.\n\n1. раз\n2. два\n\n```python\nx = 1\n```"


def test_the_title_stands_apart_and_the_text_reads_back() -> None:
    post = post_from_text(TEXT)
    draft = convert(post, MEDIUM)
    assert draft.title == "Заголовок поста"
    assert blocks_from_markdown(draft.parts[0].text) == post.blocks[1:]


def test_the_original_is_linked() -> None:
    draft = convert(replace(post_from_text(TEXT), url="https://t.me/channel/5"), MEDIUM)
    assert draft.parts[0].text.endswith("Оригинал: <https://t.me/channel/5>")


def test_a_title_over_the_limit_is_cut_at_a_word_and_the_whole_stays_in_the_text() -> None:
    long = "слово " * 40
    draft = convert(replace(post_from_text(TEXT), title=long.strip()), MEDIUM)
    assert len(draft.title) <= (MEDIUM.title_limit or 0)
    assert draft.title.endswith("слово…")
    assert long.strip() in draft.parts[0].text
