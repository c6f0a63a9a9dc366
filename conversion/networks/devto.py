"""dev.to: Markdown with a front matter of title, tags (four, letters and digits) and canonical link."""

from __future__ import annotations

import json
import re

from konspekt.conversion.by_rule.counting import utf16_units
from konspekt.conversion.document import Blocks, Post
from konspekt.conversion.network import (
    Limit,
    Network,
    Options,
)
from konspekt.conversion.networks.markdown import ARTICLE_LIMIT
from konspekt.conversion.writing.markdown import write_markdown
from konspekt.conversion.writing.markdown_inline import ARTICLE
from konspekt.conversion.writing.written import Written

_TAGS = 4


def write(blocks: Blocks, options: Options) -> Written:
    return write_markdown(blocks, ARTICLE)


def finish(text: str, post: Post, options: Options) -> str:
    """The front matter above the text. `published: false` keeps it a draft on dev.to as well."""
    tags = [re.sub(r"[^a-z0-9а-яё]", "", tag.lower()) for tag in options.tags]
    lines = ["---", f"title: {json.dumps(options.title, ensure_ascii=False)}", "published: false"]
    kept = [tag for tag in dict.fromkeys(tags) if tag][:_TAGS]
    if kept:
        lines.append(f"tags: {', '.join(kept)}")
    canonical = options.canonical_url or post.url
    if canonical:
        lines.append(f"canonical_url: {canonical}")
    return "\n".join([*lines, "---", "", text])


_MANNER = (
    "a whole practical article: a line `# title`, one paragraph on what the reader will be able to do, sections "
    "under `##` headings with everything that the post says, code where it is used."
)

DEVTO = Network(
    name="devto",
    title="dev.to",
    limits=(Limit(ARTICLE_LIMIT, "UTF-16 units (our own limit for one page)", utf16_units),),
    write=write,
    finish=finish,
    overflow="parts",
    formatting=("bold", "italic", "strike", "code", "heading", "list", "quote", "pre", "link", "image"),
    markdown=True,
    links="[text](address)",
    hashtags="4 tags in the front matter",
    mentions="[@name](https://t.me/name)",
    title_limit=128,
    article=True,
    tags_kept=0,
    shows_spoilers=True,
    manner=_MANNER,
    source="dev.to/p/editor_guide (length of the title: ours)",
    checked="2026-11-21",
)

NETWORKS = (DEVTO,)
