"""Writing text as HTML while some words of it are marked, wherever formatting cuts through them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

SHORTEST_LINE = 12  # letters and digits of a line that is looked for by itself


@dataclass(slots=True)
class Pen:
    """Writes the text of a document in order. `spans`: stretches (from, to) of all that is written, to be marked."""

    spans: list[tuple[int, int]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    position: int = 0
    named: bool = False  # the first mark carries the id that the page is opened at

    def text(self, text: str) -> str:
        """The text, escaped, with what belongs to a span marked."""
        start, end = self.position, self.position + len(text)
        self.said.append(text)
        self.position = end
        written, at = [], start
        for first, last in self.spans:
            left, right = max(first, at), min(last, end)
            if left < right:
                written += [escape(text[at - start : left - start]), self._opened()]
                written += [escape(text[left - start : right - start]), "</mark>"]
                at = right
        return "".join([*written, escape(text[at - start :])])

    def whole(self, text: str, html: str) -> str:
        """Something that is marked whole or not at all: code, a formula. `text` is what it says."""
        start, end = self.position, self.position + len(text)
        self.said.append(text)
        self.position = end
        if any(left < end and start < right for left, right in self.spans):
            return f"{self._opened()}{html}</mark>"
        return html

    def gap(self) -> None:
        """Between two blocks."""
        self.said.append("\n")
        self.position += 1

    def _opened(self) -> str:
        if self.named:
            return "<mark>"
        self.named = True
        return '<mark id="here">'


def spans_of(said: str, words: str) -> list[tuple[int, int]]:
    """Where these words stand, by letters and digits alone: a quote is stored with other spaces and signs.

    Where they do not stand whole, each of their lines and sentences is looked for.
    """
    letters = [(char, place) for place, one in enumerate(said) for char in one.casefold() if char.isalnum()]
    plain = "".join(char for char, _ in letters)

    def found(part: str) -> tuple[int, int] | None:
        wanted = "".join(char for char in part.casefold() if char.isalnum())
        at = plain.find(wanted) if wanted else -1
        return (letters[at][1], letters[at + len(wanted) - 1][1] + 1) if at >= 0 else None

    if (whole := found(words)) is not None:
        return [whole]
    lines = [part for part in re.split(r"\n|(?<=[.!?…])\s", words) if sum(map(str.isalnum, part)) >= SHORTEST_LINE]
    each = sorted(span for part in lines if (span := found(part)) is not None)
    merged: list[tuple[int, int]] = []
    for start, end in each:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
