"""The sentences that would be shown, each with what a reader takes it to be about: its title, the heading above it, the
line that opens its list, the sentence before it."""

from __future__ import annotations

from dataclasses import dataclass

from konspekt.answering.writing.kinds.leaning import is_item
from konspekt.answering.writing.kinds.units import Unit, units_of
from konspekt.answering.writing.quoting import Excerpt
from konspekt.indexer.passages import Passage

_BEFORE = 2  # sentences of a passage above a quote


@dataclass(frozen=True, slots=True)
class Line:
    """`text` of a sentence (a row of a table with the heads of its columns), `about`: that and what it is told of."""

    text: str
    about: str
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class Quoted:
    passage: Passage
    lines: tuple[Line, ...]
    before: str  # what stands above the first line

    @property
    def said(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def near(self) -> str:
        """The lines under their title, with what stands above them."""
        return "\n".join((self.passage.title, self.before, self.said))


def quoted_lines(excerpt: Excerpt) -> Quoted:
    passage = excerpt.quote.passage
    at = max(0, passage.text.find(excerpt.quote.text[:60]))
    above = units_of(passage.text[:at])
    units = [*above, *excerpt.units]
    chosen = [len(above) + i for i in excerpt.chosen]
    lines = tuple(
        Line(units[i].text, "\n".join([passage.title, *_around(units, i), units[i].text]), units[i].is_row)
        for i in chosen
    )
    first = min(chosen)
    before = [*_heading(units, first), *(one.text for one in units[max(0, first - _BEFORE) : first])]
    return Quoted(passage, lines, "\n".join(before))


def _around(units: list[Unit], place: int) -> list[str]:
    """The heading above a sentence, what opens its list, and the sentence before it; an item says nothing of the next
    one."""
    found = _heading(units, place)
    start = place
    while start and (is_item(units[start]) or units[start].is_row or units[start].is_head):
        start -= 1
    if start != place:
        return [*found, units[start].text]
    return [*found, *([units[place - 1].text] if place else [])]


def _heading(units: list[Unit], place: int) -> list[str]:
    return next(([unit.text] for unit in reversed(units[:place]) if unit.is_heading), [])
