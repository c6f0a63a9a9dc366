"""Documents into Markdown that parses back to the same document (`conversion/parsing/markdown.py`)."""

from __future__ import annotations

import re

from konspekt.conversion.document import (
    Block,
    Code,
    Heading,
    ListBlock,
    MediaBlock,
    Paragraph,
    Quote,
    Run,
    Runs,
)
from konspekt.conversion.writing.markdown_inline import (
    COMMONMARK,
    MarkdownStyle,
    destination,
    escape,
    inline_markdown,
)
from konspekt.conversion.writing.markdown_lists import ListPen
from konspekt.conversion.writing.written import Written


def write_markdown(blocks: tuple[Block, ...], style: MarkdownStyle = COMMONMARK) -> Written:
    """Blocks are always a blank line apart: Markdown would join them otherwise."""
    pieces: list[str] = []
    pen = ListPen(style)
    for position, block in enumerate(blocks):
        if isinstance(block, ListBlock):
            text = pen.list(block, adjacent=position > 0 and isinstance(blocks[position - 1], ListBlock))
        elif block.inset and style.nests_blocks:
            waits = pen.waits
            text = pen.inside(_block(block, style), block.inset)
            if waits and pen.waits:
                pieces[-1] += " " + text
                pen.waits = False
                continue
        else:
            pen.close()
            text = _block(block, style)
        if text:
            pieces.append(text)
    return Written("\n\n".join(pieces))


def _block(block: Block, style: MarkdownStyle) -> str:
    if isinstance(block, Paragraph):
        return inline_markdown(block.runs, style)
    if isinstance(block, Heading):
        level = min(max(block.level, 1), style.headings)
        text = inline_markdown(block.runs, style, one_line=True)
        text = re.sub(r"(#+)$", lambda match: "\\#" * len(match[1]), text)
        return f"{'#' * level} {text}" if style.headings else inline_markdown(_bold(block.runs), style)
    if isinstance(block, Quote):
        paragraphs = [inline_markdown(runs, style).replace("\n", "\n> ") for runs in block.paragraphs]
        return "\n>\n".join(f"> {text}" for text in paragraphs)
    if isinstance(block, Code):
        return _fence(block)
    return _media(block, style) if isinstance(block, MediaBlock) else ""


def _bold(runs: Runs) -> Runs:
    return tuple(Run(run.text, run.marks | {"bold"}, run.url, run.kind, run.emoji_id) for run in runs)


def _fence(block: Code) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", block.text)), default=2)
    fence = "`" * (longest + 1)
    language = re.sub(r"[\s`]+", "-", block.language.strip())
    return f"{fence}{language}\n{block.text}\n{fence}"


def _media(block: MediaBlock, style: MarkdownStyle) -> str:
    media = block.media
    caption = escape((media.caption or "").replace("\n", " "), style)
    if not media.path:
        return caption
    if media.kind == "photo" and style.images:
        return f"![{caption}]({destination(media.path)})"
    return f"[{caption or escape(media.name or media.path, style)}]({destination(media.path)})"
