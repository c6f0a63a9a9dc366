"""Changing a document's runs in place, block by block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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


def map_runs(blocks: tuple[Block, ...], change: Callable[[Run], Run]) -> tuple[Block, ...]:
    """Every run through `change`, in reading order."""
    return map_lines(blocks, lambda runs: merge_runs([change(run) for run in runs]))


def map_lines(blocks: tuple[Block, ...], change: Callable[[Runs], Runs]) -> tuple[Block, ...]:
    """Every list of runs (a paragraph, a list item, a paragraph of a quote) through `change`, in reading order."""
    result: list[Block] = []
    for block in blocks:
        if isinstance(block, Paragraph | Heading):
            result.append(replace(block, runs=change(block.runs)))
        elif isinstance(block, ListBlock):
            items = tuple(replace(item, runs=change(item.runs)) for item in block.items)
            result.append(replace(block, items=items))
        elif isinstance(block, Quote):
            result.append(replace(block, paragraphs=tuple(change(runs) for runs in block.paragraphs)))
        else:
            result.append(block)
    return tuple(result)
