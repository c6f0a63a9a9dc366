"""The parts of a dump between two borders that are certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from konspekt.indexer.sources.dumps.lines import (
    Header,
    Kind,
    Line,
    is_bare_counts,
    is_rule,
)

RULES = 2


@dataclass(slots=True)
class Stretch:
    """Lines between two certain borders: one post, or several whose borders are still to be found."""

    lines: list[Line]
    forward: str | None = None
    stamp: Line | None = None

    @property
    def words(self) -> list[int]:
        """Numbers of the lines that are not empty."""
        return [number for number, line in enumerate(self.lines) if line.kind is Kind.TEXT]


def find_stretches(lines: Sequence[Line], header: Header) -> list[Stretch]:
    """Cut where the page's furniture stands; what of it belongs to the next post is kept with that."""
    return _stretches(_ruled(_channel_names(lines, header)))


def slice_stretch(stretch: Stretch, cuts: set[int]) -> list[Stretch]:
    edges = [0, *sorted(cuts), len(stretch.lines)]
    parts = [Stretch(stretch.lines[start:end]) for start, end in pairwise(edges)]
    parts[0].forward, parts[0].stamp = stretch.forward, stretch.stamp
    return [part for part in parts if part.words]


def _channel_names(lines: Sequence[Line], header: Header) -> list[Line]:
    """The channel's own name on a line of its own, again and again: the page writes it above every post."""
    named = [line for line in lines if line.kind is not Kind.BLANK]
    times = sum(line.text == header.title for line in named)
    if not header.title or not (times > 1 or (times == 1 and named[0].text == header.title)):
        return list(lines)
    return [
        Line(line.number, line.text, Kind.START, line.text) if line.text == header.title else line for line in lines
    ]


def _ruled(lines: list[Line]) -> list[Line]:
    """Drawn lines as borders, if there are several and nothing else shows the ends of posts."""
    rules = {line.number for line in lines if line.kind is Kind.TEXT and is_rule(line.text)}
    if len(rules) < RULES or any(line.kind in (Kind.END, Kind.START) for line in lines):
        return lines
    return [Line(line.number, line.text, Kind.SERVICE) if line.number in rules else line for line in lines]


def _stretches(lines: Sequence[Line]) -> list[Stretch]:
    found: list[Stretch] = []
    current = Stretch([])
    reacted = any(line.kind is Kind.END for line in lines)
    for line in lines:
        if line.kind in (Kind.TEXT, Kind.BLANK):
            if line.text != current.forward:  # a channel's name is its signature under what is forwarded from it
                current.lines.append(line)
            continue
        if current.words:
            found.append(current)
            current = Stretch([])
        else:
            current.lines.clear()
        if line.kind is Kind.FORWARD:
            current.forward = line.name
        elif line.kind is Kind.START:
            current.stamp = line
        elif line.kind in (Kind.END, Kind.SERVICE):
            current = Stretch([])
    if current.words:
        found.append(current)
    if found and reacted and len(words := found[-1].words) > 1 and is_bare_counts(found[-1].lines[words[-1]].text):
        del found[-1].lines[words[-1] :]  # custom reactions under the last post
    return found
