"""Lists as a network shows them: a bullet where `*` would be a star, a dialogue as the lines that it is."""

from __future__ import annotations

from dataclasses import replace

from konspekt.conversion.document import Block, ListBlock, Paragraph, Run, merge_runs


def bulleted(block: Block) -> Block:
    """`*` before an item is Markdown: where there is none it is a star."""
    if not isinstance(block, ListBlock) or all(item.marker != "*" for item in block.items):
        return block
    return replace(
        block, items=tuple(replace(item, marker="•") if item.marker == "*" else item for item in block.items)
    )


def spoken(block: Block) -> Block:
    """Lines that open with an em dash and hold a question or an answer are people talking: Markdown would make bullets
    of them."""
    if not isinstance(block, ListBlock) or any(item.marker != "—" or item.depth for item in block.items):
        return block
    if not any(run.text.rstrip().endswith(("?", "!")) for item in block.items for run in item.runs[-1:]):
        return block
    runs: list[Run] = []
    for item in block.items:
        runs += [*([Run("\n")] if runs else []), Run("— "), *item.runs]
    return Paragraph(merge_runs(runs), tight=block.tight)
