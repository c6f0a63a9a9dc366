"""Lists and what stands inside their items, in reading order.

A document's list is flat: an item knows its depth. Code, a quote or a picture inside an item interrupts the list and
knows by its `inset` how many lists it stands in, so that a writer can put it back under its item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from konspekt.conversion.document import Block, ListBlock, ListItem

Entry = ListItem | Block


def entries_of(blocks: Iterable[Block], depth: int) -> Iterator[Entry]:
    """Blocks of an item at `depth` as entries of its list; a list among them is one of deeper items."""
    for block in blocks:
        if isinstance(block, ListBlock):
            yield from (replace(item, depth=item.depth + depth + 1) for item in block.items)
        else:
            yield replace(block, inset=block.inset + depth + 1)


def list_blocks(entries: Iterable[Entry], *, tight: bool = False) -> list[Block]:
    """Neighbouring items as lists, everything else between them. `tight`: no blank line stands around what does."""
    blocks: list[Block] = []
    items: list[ListItem] = []

    def close() -> None:
        if items:
            outer = min(items, key=lambda item: item.depth)
            blocks.append(ListBlock(tuple(items), outer.marker[:1].isdigit(), tight=tight and bool(blocks)))
            items.clear()

    for entry in entries:
        if isinstance(entry, ListItem):
            items.append(entry)
        else:
            close()
            blocks.append(replace(entry, tight=tight) if tight else entry)
    close()
    return blocks
