"""What stands inside a quotation, as one quote: a document has no quotes of quotes."""

from __future__ import annotations

from collections.abc import Iterable

from konspekt.conversion.document import (
    Block,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Run,
    Runs,
    merge_runs,
)


def quoted(blocks: Iterable[Block]) -> list[Block]:
    """Paragraphs of a quote; a list in it becomes lines; code and pictures in it stand between its parts."""
    found: list[Block] = []
    paragraphs: list[Runs] = []

    def close() -> None:
        if paragraphs:
            found.append(Quote(tuple(paragraphs)))
            paragraphs.clear()

    for block in blocks:
        if isinstance(block, Paragraph | Heading):
            paragraphs.append(block.runs)
        elif isinstance(block, Quote):
            paragraphs.extend(block.paragraphs)
        elif isinstance(block, ListBlock):
            paragraphs.extend(merge_runs([Run(f"{item.marker} "), *item.runs]) for item in block.items)
        else:
            close()
            found.append(block)
    close()
    return found
