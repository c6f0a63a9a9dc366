"""A document in parts that fit: cut between paragraphs, else lines, sentences, words, and last graphemes.

Nothing is thrown away but the white space at a cut: the parts, read one after another, are the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from konspekt.conversion.by_rule.cutting import (
    Cost,
    Fits,
    Piece,
    cut_text,
    pieces_of,
)
from konspekt.conversion.document import (
    Block,
    Blocks,
    Code,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Run,
    Runs,
    block_runs,
    merge_runs,
    runs_text,
)
from konspekt.conversion.parsing.inline import is_bare

_SCANT = 0.45  # a part filled less than this would rather take half of the next paragraph


def split(blocks: Blocks, budget: int, cost: Cost, fits: Fits) -> list[Blocks]:
    """Parts that all satisfy `fits`. `cost` measures blocks in the network's unit; `budget` is its limit."""
    if not blocks:
        return []
    if fits(blocks):
        return [blocks]
    pieces = [piece for block in blocks for piece in pieces_of(block, budget, cost, fits)]
    parts: list[Blocks] = []
    current: list[Piece] = []
    used = 0
    queue = pieces[::-1]
    while queue:
        piece = queue.pop()
        between = gap(piece) if current else 0
        if current and used + between + piece.cost > budget:
            if used < budget * _SCANT and (cuts := finer(piece, cost)):
                queue.extend(reversed(cuts))  # rather a paragraph in two parts than a part with one short line
                continue
            queue.append(piece)
            _close(current, parts, queue, fits)
            used = 0
            continue
        current.append(piece)
        used += between + piece.cost
    while current:
        _close(current, parts, queue, fits)
        while queue:
            current.append(queue.pop())
    return parts


def _close(current: list[Piece], parts: list[Blocks], queue: list[Piece], fits: Fits) -> None:
    """Ends a part. What proves too long together, or would leave a heading alone at the end, goes to the next one."""
    while len(current) > 1 and queue and _leads(current[-1], queue[-1]):
        queue.append(current.pop())
    while len(current) > 1 and not fits(join(current)):
        queue.append(current.pop())
    parts.append(join(current))
    current.clear()


def _leads(last: Piece, following: Piece) -> bool:
    """A heading, or a short line that ends in a colon, belongs to what comes after it."""
    if isinstance(last.block, Heading):
        return True
    if last.cost > 60 or last.joint is not None or following.joint not in (None, "item"):
        return False
    if not isinstance(last.block, Paragraph):
        return False
    text = runs_text(last.block.runs).rstrip()
    return text.endswith(":") or (text[-1:].isalnum() and "\n" not in text)


def finer(piece: Piece, cost: Cost) -> list[Piece]:
    """The sentences of a paragraph, or the items of a list, each a piece; nothing if there is only one."""
    block = piece.block
    if isinstance(block, ListBlock) and len(block.items) > 1:
        return [
            Piece(part, "item" if position else piece.joint, cost((part,)))
            for position, item in enumerate(block.items)
            for part in (replace(block, items=(item,)),)
        ]
    item = block.items[0] if isinstance(block, ListBlock) else None
    if item is None and not isinstance(block, Paragraph):
        return []
    runs = item.runs if item else next(block_runs(block))
    cuts = list(cut_text(runs, 0))
    if len(cuts) == 1:
        cuts = list(cut_text(runs, 1))
    if len(cuts) == 1:
        return []
    pieces: list[Piece] = []
    for position, (cut, glue) in enumerate(cuts):
        part: Block = Paragraph(cut, tight=block.tight and not position)
        if isinstance(block, ListBlock) and item and not position:
            part = replace(block, items=(replace(item, runs=cut),))
        pieces.append(Piece(part, glue if position else piece.joint, cost((part,))))
    return pieces


def gap(piece: Piece) -> int:
    """Characters between a piece and the one before it in the same part."""
    if piece.joint is None:
        return 1 if piece.block.tight else 2
    return 1 if piece.joint == "item" else len(piece.joint)


# ---------------------------------------------------------------- pieces back into blocks


def join(pieces: Sequence[Piece]) -> Blocks:
    """The blocks that a run of pieces stands for."""
    blocks: list[Block] = []
    for piece in pieces:
        if piece.joint is None or not blocks:
            blocks.append(replace(piece.block, tight=piece.block.tight and bool(blocks)))
        else:
            blocks[-1] = _attach(blocks[-1], piece)
    return tuple(blocks)


def _attach(block: Block, piece: Piece) -> Block:
    added, joint = piece.block, piece.joint or ""
    if isinstance(block, Code) and isinstance(added, Code):
        return replace(block, text=block.text + ("\n" if joint == "item" else joint) + added.text)
    if isinstance(block, ListBlock):
        if isinstance(added, ListBlock) and joint == "item":
            return replace(block, items=block.items + added.items)
        last = block.items[-1]
        text = _runs_of(added)
        return replace(block, items=(*block.items[:-1], replace(last, runs=_glue(last.runs, joint, text))))
    if isinstance(block, Quote):
        paragraphs = added.paragraphs if isinstance(added, Quote) else (_runs_of(added),)
        if joint == "item":
            return replace(block, paragraphs=block.paragraphs + paragraphs)
        return replace(block, paragraphs=(*block.paragraphs[:-1], _glue(block.paragraphs[-1], joint, paragraphs[0])))
    if isinstance(block, Paragraph | Heading):
        return replace(block, runs=_glue(block.runs, "\n" if joint == "item" else joint, _runs_of(added)))
    raise TypeError(f"nothing can be attached to {type(block).__name__}")


def _runs_of(block: Block) -> Runs:
    if isinstance(block, Paragraph | Heading):
        return block.runs
    if isinstance(block, ListBlock):
        item = block.items[0]
        return merge_runs([Run(f"{item.marker} "), *item.runs])
    raise TypeError(f"{type(block).__name__} has no runs of its own")


def _glue(left: Runs, joint: str, right: Runs) -> Runs:
    marks = left[-1].marks & right[0].marks if left and right else frozenset()
    url = left[-1].url if left and right and left[-1].url == right[0].url and not is_bare(left[-1]) else None
    middle = (Run(joint, marks, url),) if joint else ()
    return merge_runs([*left, *middle, *right])
