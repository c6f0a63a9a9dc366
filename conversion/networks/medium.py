"""Medium: an article; the canonical link tells search engines where it appeared first."""

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
    "a whole article that reads as a narrative: a line `# title`, an opening paragraph with the problem, sections "
    "under `##` headings that lead from it to the result, with everything that the post says."
)

MEDIUM = Network(
    name="medium",
    title="Medium",
    limits=(Limit(ARTICLE_LIMIT, "UTF-16 units (our own limit for one page)", utf16_units),),
    write=write,
    overflow="parts",
    formatting=("bold", "italic", "code", "heading", "list", "quote", "pre", "link", "image"),
    markdown=True,
    links="[text](address)",
    hashtags="as text; Medium has topics",
    mentions="[@name](https://t.me/name)",
    title_limit=100,
    article=True,
    tags_kept=0,
    shows_spoilers=True,
    manner=_MANNER,
    source="Medium API: contentFormat=markdown, canonicalUrl (length of the title: ours)",
    checked="2026-11-21",
)

NETWORKS = (MEDIUM,)
