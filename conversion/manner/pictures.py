"""Code, tables and formulas as pictures, for networks that show none of them; the text says where each is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from konspekt.conversion.document import Block, Blocks, Code, Paragraph, Run, block_text, runs_text
from konspekt.conversion.draft import Card, Draft
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network
from konspekt.conversion.slides.formulas import can_be_drawn, formula_of

Kind = Literal["code", "table", "formula"]

_ONE_LINE = 60  # characters: code as short as this is read in the text
_LINE, _CHARACTER, _EDGES = 20, 9, (240, 330)  # pixels of the smallest type that is read, and around the code


def pictured(blocks: Blocks, network: Network, lang: str, room: int) -> tuple[Blocks, tuple[Card, ...]]:
    """The blocks with a line in place of each picture, and what the pictures show; at most `room` of them."""
    if not network.picture:
        return blocks, ()
    kinds = [_kind(block, network.picture) for block in blocks]
    total = min(sum(kind is not None for kind in kinds), room)
    cards: list[Card] = []
    result: list[Block] = []
    for block, kind in zip(blocks, kinds, strict=True):
        if kind is None or len(cards) >= room:
            result.append(block)
            continue
        cards.append(_card(block, kind))
        number = f" {len(cards)}" if total > 1 else ""
        line = say(lang, f"on_picture_{kind}", number=number)
        result.append(Paragraph((Run(line),), tight=_announced(result)))
    return tuple(result), tuple(cards)


def placed(draft: Draft, cards: tuple[Card, ...], network: Network) -> Draft:
    """The draft with its pictures, each told the part of the thread that speaks of it."""
    show = network.readable or (lambda text: text)
    done: list[Card] = []
    for number, card in enumerate(cards, 1):
        line = say(draft.lang, f"on_picture_{card.kind}", number=f" {number}" if len(cards) > 1 else "")
        parts = [place for place, part in enumerate(draft.parts) if line in show(part.text)]
        done.append(replace(card, part=parts[0] if parts else 0))
    return replace(draft, cards=tuple(done))


def _kind(block: Block, size: tuple[int, int]) -> Kind | None:
    if isinstance(block, Code):
        lines = block.text.split("\n")
        if len(lines) < 2 and len(block.text) <= _ONE_LINE:
            return None
        wide, tall = max(map(len, lines)) * _CHARACTER, len(lines) * _LINE
        if wide > size[0] - _EDGES[0] or tall > size[1] - _EDGES[1]:
            return None  # too small to be read: it stays text
        return "table" if _is_table(lines) else "code"
    if isinstance(block, Paragraph):
        formula = formula_of(runs_text(block.runs))
        if formula and can_be_drawn(formula):
            return "formula"
    return None


def _is_table(lines: list[str]) -> bool:
    """Columns under each other, as `parsing.markdown` lines up a table."""
    columns = {line.count(" | ") for line in lines if line.strip()}
    return len(lines) > 1 and len(columns) == 1 and columns != {0}


def _card(block: Block, kind: Kind) -> Card:
    if isinstance(block, Code):
        return Card(kind, block.text, block.language)
    return Card("formula", formula_of(block_text(block)) or "")


def _announced(before: list[Block]) -> bool:
    """Whether the line before announces the picture."""
    return bool(before) and re.search(r"[:,]\s*$", block_text(before[-1])) is not None
