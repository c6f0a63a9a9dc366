"""A Markdown file: everything kept."""

from __future__ import annotations

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.networks.markdown import MARKDOWN
from konspekt.conversion.parsing.markdown import blocks_from_markdown
from konspekt.conversion.posts.reading import post_from_text


def test_a_plain_post_reads_back_as_itself() -> None:
    text = "1. не список\n\n2.1× быстрее * звезда _подчёркнуто_ <тег> & [скобки]\n# не заголовок\nconst a_b = `x`"
    post = post_from_text(text)
    assert blocks_from_markdown(convert(post, MARKDOWN).parts[0].text) == post.blocks


def test_an_apart_title_is_a_heading() -> None:
    post = post_from_text("---\ntitle: Отдельный заголовок\ntags: [ml, gpu]\n---\nТекст.")
    assert post.tags == ("ml", "gpu")
    assert convert(post, MARKDOWN).parts[0].text == "# Отдельный заголовок\n\nТекст."
