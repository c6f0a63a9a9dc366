"""A thread, one thought a part: of all the ways to cut a post, the one that cuts where its author paused.

A cut between paragraphs costs nothing, one between the items of a list or the lines of a paragraph a little, one
inside a paragraph more, and one after a line that announces what follows is out of the question. A part that takes
the end of one paragraph and the beginning of the next has two thoughts. Among equals, fewer parts.
"""

from __future__ import annotations

import re

from konspekt.conversion.by_rule.cutting import Cost, Fits, Piece, pieces_of
from konspekt.conversion.by_rule.sentences import asks_readers, leans
from konspekt.conversion.by_rule.splitting import finer, gap, join
from konspekt.conversion.document import Blocks, Heading, ListBlock, Paragraph, block_text

_PART, _ITEM, _LINE, _SENTENCE, _CLAUSE, _WORD = 3.0, 0.6, 1.0, 2.5, 5.0, 9.0
_TWO_THOUGHTS, _ANNOUNCES, _SCANT, _LONE_TITLE, _LEANING = 2.5, 40.0, 3.0, 5.0, 1.5
_SENTENCE_END = re.compile(r"[.!?…][»”\"')\]]*$")
_CLAUSE_END = re.compile(r"[,;:)⇒→—–]$")
_BRACKET = 6.0  # a cut inside brackets or a quotation
_ASIDE = 3.0  # a cut before an aside in brackets
_BRACKETED = re.compile(r"\((?:[^()]|\([^()]*\))*\)|«[^«»]*»")
_LOOSE = 0.3
_THIN = 0.35  # a part filled less than this looks torn off
_ANNOUNCEMENT, _QUESTION = 60, 90  # characters
_MOST_PIECES = 3000  # above, the quick way: nobody reads a thread of hundreds of parts


def split_thoughts(blocks: Blocks, budget: int, cost: Cost, fits: Fits) -> list[Blocks] | None:
    """Parts that all satisfy `fits`; None where the pieces, put together, do not keep to their sizes."""
    pieces = [
        piece
        for block in blocks
        for whole in pieces_of(block, budget, cost, fits)
        for piece in _in_sentences(whole, cost)
    ]
    if len(pieces) > _MOST_PIECES:
        return None
    ends = _best_cuts(pieces, budget)
    if ends is None:
        return None
    starts = [0, *ends[:-1]]
    parts = [join(pieces[start:end]) for start, end in zip(starts, ends, strict=True)]
    return parts if all(fits(part) for part in parts) else None


def _in_sentences(piece: Piece, cost: Cost) -> list[Piece]:
    """A paragraph in sentences and a list in items; an item that fits stays whole, it is one thought."""
    block = piece.block
    if isinstance(block, ListBlock) and len(block.items) == 1:
        return [piece]
    return finer(piece, cost) or [piece]


def _best_cuts(pieces: list[Piece], budget: int) -> list[int] | None:
    """Where the parts end: the cheapest way to the end, by dynamic programming over the pieces."""
    count = len(pieces)
    torn = _inside_brackets(pieces)
    best: list[float] = [0.0, *[float("inf")] * count]
    came: list[int] = [0] * (count + 1)
    for start in range(count):
        if best[start] == float("inf"):
            continue
        used = 0
        breaks = 0  # paragraphs that begin inside the part
        for end in range(start + 1, count + 1):
            piece = pieces[end - 1]
            used += piece.cost + (gap(piece) if end - 1 > start else 0)
            if used > budget and end - 1 > start:
                break
            breaks += end - 1 > start and piece.joint is None
            price = best[start] + _price(pieces, start, end, breaks, used / budget)
            price += _BRACKET * (end < count and torn[end])
            if price < best[end]:
                best[end], came[end] = price, start
    if best[count] == float("inf"):
        return None
    ends = [count]
    while came[ends[-1]]:
        ends.append(came[ends[-1]])
    return ends[::-1]


def _inside_brackets(pieces: list[Piece]) -> list[bool]:
    """For each piece, whether a cut before it would fall inside brackets or a quotation of its line: such a piece may
    be a single word, so the brackets are counted from the line's beginning. What is never closed opens nothing."""
    inside = [False] * len(pieces)
    start = 0
    for end in range(1, len(pieces) + 1):
        if end < len(pieces) and pieces[end].joint not in (None, "item", "\n"):
            continue
        text, before = "", []
        for piece in pieces[start:end]:
            before.append(len(text))
            text += f"{block_text(piece.block)} "
        pairs = [match.span() for match in _BRACKETED.finditer(text)]
        for place, offset in enumerate(before):
            inside[start + place] = any(left < offset < right for left, right in pairs)
        start = end
    return inside


def _price(pieces: list[Piece], start: int, end: int, breaks: int, filled: float) -> float:
    price = _PART
    if end < len(pieces):
        price += _LOOSE * (1 if start else 3) * (1 - filled)  # of two ways alike, the one with the fuller opening
        price += _cut(pieces[end - 1], pieces[end])
        price += _ANNOUNCES * announces(pieces[end - 1], pieces[end])
        price += _TWO_THOUGHTS * (breaks > 0 and _inside(pieces, end))
    price += _TWO_THOUGHTS * (breaks > 0 and _inside(pieces, start))
    if filled < _THIN:
        price += _SCANT * (1 - filled / _THIN) + _LONE_TITLE * (not start and end == 1 < len(pieces))
    return price


def _inside(pieces: list[Piece], place: int) -> bool:
    """Whether a sentence of the same paragraph stands before this place."""
    return 0 < place < len(pieces) and pieces[place].joint not in (None, "item", "\n")


def _cut(before: Piece, after: Piece) -> float:
    joint = after.joint
    if joint is None:
        return _ITEM if after.block.tight else 0.0
    if joint == "item":
        return _ITEM
    left = block_text(before.block).rstrip()
    following = block_text(after.block)
    price = _LEANING * leans(following) + _ASIDE * following.startswith("(")
    if joint == "\n":
        return price + _LINE
    if _SENTENCE_END.search(left):
        return price + _SENTENCE
    return _CLAUSE if _CLAUSE_END.search(left) else _WORD


def announces(last: Piece, following: Piece) -> bool:
    """A heading, a line that ends in a colon, a short line without an end: they belong to what comes after them."""
    if isinstance(last.block, Heading):
        return True
    if not isinstance(last.block, Paragraph):
        return False
    text = block_text(last.block).rstrip()
    if text.endswith(":"):
        return True
    if text.endswith("?") and len(text) <= _QUESTION and last.joint is None and following.joint is None:
        return not asks_readers(text)  # «Почему MoE не используют везде?» heads what follows
    short = len(text) <= _ANNOUNCEMENT and last.joint in (None, "\n") and following.joint in (None, "\n", "item")
    return short and text[-1:].isalnum() and re.search(r"[^\W\d_]{2}", text) is not None and "://" not in text
