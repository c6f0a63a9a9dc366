"""Reddit: a title of 300 and a body of 40,000 characters of Markdown."""

from __future__ import annotations

from konspekt.conversion.by_rule.counting import utf16_units
from konspekt.conversion.document import Blocks
from konspekt.conversion.network import (
    Limit,
    Network,
    Options,
)
from konspekt.conversion.pictures.fitting import Photo
from konspekt.conversion.writing.markdown import write_markdown
from konspekt.conversion.writing.markdown_inline import MarkdownStyle
from konspekt.conversion.writing.written import Written

STYLE = MarkdownStyle(
    marks={"bold": ("**", "**"), "italic": ("*", "*"), "strike": ("~~", "~~"), "spoiler": (">!", "!<")},
    html=False,
    hard_break="  \n",
    images=False,
    escapes="^",  # it raises what follows a caret
)


def write(blocks: Blocks, options: Options) -> Written:
    return write_markdown(blocks, STYLE)


_MANNER = (
    "first a line `# title` that says plainly what it is, without excitement; then a factual text for peers who will "
    "check it: what, how, numbers, limits, links."
)

REDDIT = Network(
    name="reddit",
    title="Reddit",
    limits=(Limit(40_000, "UTF-16 units", utf16_units),),
    write=write,
    overflow="comments",
    formatting=("bold", "italic", "strike", "code", "spoiler", "heading", "list", "quote", "pre", "link"),
    markdown=True,
    links="[text](address)",
    hashtags="as text",
    mentions="[@name](https://t.me/name)",
    title_limit=300,
    media_limit=20,
    photo=Photo(
        most_bytes=10_000_000,
        most_side=10_000,
        source="ayrshare.com/docs/media-guidelines/reddit: 10 MB (pixels: ours)",
        checked="2026-11-30",
    ),
    tags_kept=0,
    manner=_MANNER,
    source="Reddit: 40,000 and 300 (5,000 and 10,000 also seen for the body)",
    checked="2026-11-21",
)

NETWORKS = (REDDIT,)
