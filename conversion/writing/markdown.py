"""Documents into Markdown that parses back to the same document (`conversion/parsing/markdown.py`)."""

from __future__ import annotations

import re

from konspekt.conversion.document import (
    Block,
    Code,
    Heading,
    ListBlock,
    ListItem,
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
from konspekt.conversion.writing.written import Written


def write_markdown(blocks: tuple[Block, ...], style: MarkdownStyle = COMMONMARK) -> Written:
    """Blocks are always a blank line apart: Markdown would join them otherwise."""
    pieces: list[str] = []
    alternate = False
    for position, block in enumerate(blocks):
        previous = blocks[position - 1] if position else None
        both = isinstance(block, ListBlock) and isinstance(previous, ListBlock) and block.ordered == previous.ordered
        alternate = both and not alternate
        text = _block(block, style, alternate)
        if text:
            pieces.append(text)
    return Written("\n\n".join(pieces))


def _block(block: Block, style: MarkdownStyle, alternate: bool) -> str:
    if isinstance(block, Paragraph):
        return inline_markdown(block.runs, style)
    if isinstance(block, Heading):
        level = min(max(block.level, 1), style.headings)
        text = inline_markdown(block.runs, style, one_line=True)
        text = re.sub(r"(#+)$", lambda match: "\\#" * len(match[1]), text)
        return f"{'#' * level} {text}" if style.headings else inline_markdown(_bold(block.runs), style)
    if isinstance(block, ListBlock):
        return _list(block, style, alternate)
    if isinstance(block, Quote):
        paragraphs = [inline_markdown(runs, style).replace("\n", "\n> ") for runs in block.paragraphs]
        return "\n>\n".join(f"> {text}" for text in paragraphs)
    if isinstance(block, Code):
        return _fence(block)
    return _media(block, style)


def _bold(runs: Runs) -> Runs:
    return tuple(Run(run.text, run.marks | {"bold"}, run.url, run.kind, run.emoji_id) for run in runs)


def _fence(block: Code) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", block.text)), default=2)
    fence = "`" * (longest + 1)
    language = re.sub(r"[\s`]+", "-", block.language.strip())
    return f"{fence}{language}\n{block.text}\n{fence}"


def _media(block: MediaBlock, style: MarkdownStyle) -> str:
    media = block.media
    caption = escape((media.caption or "").replace("\n", " "))
    if not media.path:
        return caption
    if media.kind == "photo" and style.images:
        return f"![{caption}]({destination(media.path)})"
    return f"[{caption or escape(media.name or media.path)}]({destination(media.path)})"


# ---------------------------------------------------------------- lists


def _list(block: ListBlock, style: MarkdownStyle, alternate: bool) -> str:
    numbers = [_number(item) for item in block.items]
    if block.ordered and not _counts_up(block, numbers):
        broken = [Run("\n")]
        runs: list[Run] = []
        for item in block.items:
            runs += (broken if runs else []) + [Run(f"{item.marker} "), *item.runs]
        return inline_markdown(tuple(runs), style)
    lines: list[str] = []
    indents = [""]
    for item, number in zip(block.items, numbers, strict=True):
        depth = min(item.depth, len(indents) - 1)
        del indents[depth + 1 :]
        marker = (f"{number})" if alternate else f"{number}.") if block.ordered else ("*" if alternate else "-")
        indent = indents[depth]
        inner = indent + " " * (len(marker) + 1)
        indents.append(inner)
        lines.append(f"{indent}{marker} " + inline_markdown(item.runs, style).replace("\n", f"\n{inner}"))
    return "\n".join(lines)


def _number(item: ListItem) -> int:
    digits = re.match(r"\d{1,9}", item.marker)
    return int(digits[0]) if digits else 1


def _counts_up(block: ListBlock, numbers: list[int]) -> bool:
    """Markdown numbers items itself from the first one: only a list that does so may be one."""
    expected: dict[int, int] = {}
    for item, number in zip(block.items, numbers, strict=True):
        for deeper in [depth for depth in expected if depth > item.depth]:
            del expected[deeper]
        if expected.get(item.depth, number) != number:
            return False
        expected[item.depth] = number + 1
    return True
