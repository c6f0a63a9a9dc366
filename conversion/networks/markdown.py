"""A plain Markdown file: CommonMark, everything kept."""

from __future__ import annotations

from konspekt.conversion.by_rule.counting import utf16_units
from konspekt.conversion.document import Blocks
from konspekt.conversion.network import (
    Limit,
    Network,
    Options,
)
from konspekt.conversion.writing.markdown import write_markdown
from konspekt.conversion.writing.markdown_inline import COMMONMARK
from konspekt.conversion.writing.written import Written

# No site publishes a limit for articles. Ours keeps one editor page usable; longer texts become several files.
ARTICLE_LIMIT = 100_000


def write(blocks: Blocks, options: Options) -> Written:
    return write_markdown(blocks, COMMONMARK)


MARKDOWN = Network(
    name="markdown",
    title="Markdown",
    limits=(Limit(ARTICLE_LIMIT, "UTF-16 units (our own limit for one file)", utf16_units),),
    write=write,
    overflow="parts",
    formatting=("bold", "italic", "underline", "strike", "code", "spoiler", "heading", "list", "quote", "pre", "link"),
    markdown=True,
    shows_formulas=True,
    links="[text](address)",
    hashtags="as text",
    mentions="[@name](https://t.me/name)",
    source="spec.commonmark.org 0.31.2",
    checked="2026-11-21",
)

NETWORKS = (MARKDOWN,)
