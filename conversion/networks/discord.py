"""Discord: messages of 2,000 characters in its own Markdown."""

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
    marks={
        "bold": ("**", "**"),
        "italic": ("*", "*"),
        "underline": ("__", "__"),
        "strike": ("~~", "~~"),
        "spoiler": ("||", "||"),
    },
    html=False,
    hard_break="\n",
    autolink=("<", ">"),  # the angle brackets keep a message of ten links from growing ten previews
    headings=3,
    images=False,
    nests_blocks=False,  # it would show the indent of code as a part of the code
)


def write(blocks: Blocks, options: Options) -> Written:
    return write_markdown(blocks, STYLE)


_MANNER = "a message to a community: one bold line that says what it is, then short paragraphs or a short list."

DISCORD = Network(
    name="discord",
    title="Discord",
    limits=(Limit(2000, "UTF-16 units", utf16_units),),
    write=write,
    overflow="messages",
    formatting=(
        "bold",
        "italic",
        "underline",
        "strike",
        "code",
        "spoiler",
        "heading",
        "list",
        "quote",
        "pre",
        "link",
    ),
    markdown=True,
    links="[text](address)",
    hashtags="as text",
    mentions="[@name](https://t.me/name)",
    media_limit=10,
    photo=Photo(
        most_bytes=10_485_760,
        most_side=10_000,
        source="discord.com/developers/docs/reference#uploading-files: 10 MiB (pixels: ours)",
        checked="2026-11-30",
    ),
    tags_kept=0,
    manner=_MANNER,
    source="discord.com/developers/docs/resources/message, discord.com Markdown 101",
    checked="2026-11-21",
)

NETWORKS = (DISCORD,)
