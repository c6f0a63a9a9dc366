"""Habr: an article in Markdown, its title apart."""

from __future__ import annotations

from konspekt.conversion.by_rule.counting import utf16_units
from konspekt.conversion.document import Blocks
from konspekt.conversion.network import (
    Limit,
    Network,
    Options,
)
from konspekt.conversion.networks.markdown import ARTICLE_LIMIT
from konspekt.conversion.writing.markdown import write_markdown
from konspekt.conversion.writing.markdown_inline import ARTICLE
from konspekt.conversion.writing.written import Written


def write(blocks: Blocks, options: Options) -> Written:
    return write_markdown(blocks, ARTICLE)


_MANNER = (
    "a whole article: a line `# title`, an opening paragraph that says what it is about and what came out, then "
    "sections under `##` headings with everything that the post says, in full sentences; a dry joke of the post "
    "stays."
)

HABR = Network(
    name="habr",
    title="Habr",
    limits=(Limit(ARTICLE_LIMIT, "UTF-16 units (our own limit for one page)", utf16_units),),
    write=write,
    overflow="parts",
    formatting=("bold", "italic", "underline", "strike", "code", "heading", "list", "quote", "pre", "link", "image"),
    markdown=True,
    shows_formulas=True,
    links="[text](address)",
    hashtags="as text; Habr has tags of its own",
    mentions="[@name](https://t.me/name)",
    title_limit=120,
    article=True,
    tags_kept=0,
    shows_spoilers=True,
    manner=_MANNER,
    source="habr.com/en/docs/help/publications: HTML or Markdown, tags (length of the title: ours)",
    checked="2026-11-21",
)

NETWORKS = (HABR,)
