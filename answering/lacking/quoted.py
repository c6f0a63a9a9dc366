"""The sentences that would be shown, each with what a reader takes it to be about: its title, the heading above it, the
line that opens its list, the sentence before it."""

from __future__ import annotations

from collections.abc import Sequence
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
    heading: str  # above it

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
    lines = tuple(_line(passage.title, units, i, chosen) for i in chosen)
    first = min(chosen)
    heading = _heading(units, first)
    before = [*heading, *(one.text for one in units[max(0, first - _BEFORE) : first])]
    return Quoted(passage, lines, "\n".join(before), "".join(heading))


def _line(title: str, units: Sequence[Unit], place: int, chosen: Sequence[int]) -> Line:
    own = units[place]
    return Line(own.text, "\n".join([title, *_around(units, place, chosen), own.text]), own.is_row)


def _around(units: Sequence[Unit], place: int, chosen: Sequence[int]) -> list[str]:
    """The heading above a sentence, what opens its list, and the sentences before it: the one right before, and those
    that are shown; an item says nothing of the next one."""
    found = _heading(units, place)
    start = place
    while start and _is_listed(units[start]):
        start -= 1
    if start != place:
        return [*found, units[start].text]
    before = [i for i in range(place) if i == place - 1 or i in chosen]
    return [*found, *(units[i].text for i in before if i == place - 1 or not _is_listed(units[i]))]


def _is_listed(unit: Unit) -> bool:
    return is_item(unit) or unit.is_row or unit.is_head


def _heading(units: Sequence[Unit], place: int) -> list[str]:
    return next(([unit.text] for unit in reversed(units[:place]) if unit.is_heading), [])
