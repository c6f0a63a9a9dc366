"""Lists as Markdown: bullets and numbers nested in each other, and what stands inside an item indented under it."""

from __future__ import annotations

import re

from konspekt.conversion.document import ListBlock, ListItem, Run
from konspekt.conversion.writing.markdown_inline import MarkdownStyle, inline_markdown

_LINE = re.compile(r"\n(?=[^\n])")


class ListPen:
    """Writes the lists of one text. It keeps track of the open list, since what follows may belong to it."""

    def __init__(self, style: MarkdownStyle) -> None:
        self._style = style
        self._indents: list[str] = []  # of each depth of the open list; none is open: empty
        self._alternate = False
        self._next: int | None = None  # what the open list's next number would be; None: it has bullets
        self.waits = False  # the last item has no text: what follows stands on its line

    def close(self) -> None:
        """Something that is no part of a list follows."""
        self._indents = []
        self._alternate = self.waits = False

    def inside(self, text: str, inset: int) -> str:
        """A block that stands in `inset` lists, under the last item; as it is where that item is not there."""
        depth = min(inset, len(self._indents) - 1)
        if depth < 1:
            self.close()
            return text
        del self._indents[depth + 1 :]
        indent = self._indents[depth]
        return _indented(text, indent) if self.waits else indent + _indented(text, indent)

    def list(self, block: ListBlock, *, adjacent: bool) -> str:
        """`adjacent`: a list stands right before it, and is another one."""
        if not block.items:
            return ""
        numbers = [_number(item) for item in block.items]
        if not _counts_up(block, numbers):
            self.close()
            return self._as_text(block)
        self._open(block.items[0], numbers[0], adjacent=adjacent)
        lines: list[str] = []
        for position, (item, number) in enumerate(zip(block.items, numbers, strict=True)):
            depth = min(item.depth, len(self._indents) - 1)
            deeper = position > 0 and depth > block.items[position - 1].depth
            if deeper and number not in (None, 1):
                lines.append("")  # only a list that begins with 1 can follow a line of text
            lines.append(self._item(item, number, depth))
        self.waits = not block.items[-1].runs
        return "\n".join(lines)

    def _open(self, first: ListItem, number: int | None, *, adjacent: bool) -> None:
        """The same list goes on, or another one begins; two of a kind side by side differ in their signs."""
        if self._indents and not adjacent and (first.depth or number == self._next):
            return
        same = bool(self._indents) and (number is None) == (self._next is None)
        self._alternate = same and not self._alternate
        self._indents = [""]

    def _item(self, item: ListItem, number: int | None, depth: int) -> str:
        del self._indents[depth + 1 :]
        if number is None:
            marker = "*" if self._alternate else "-"
        else:
            marker = f"{number})" if self._alternate else f"{number}."
        if not depth:
            self._next = None if number is None else number + 1
        indent = self._indents[depth]
        inner = indent + " " * (len(marker) + 1)
        self._indents.append(inner)
        return f"{indent}{marker} {_indented(inline_markdown(item.runs, self._style), inner)}".rstrip(" ")

    def _as_text(self, block: ListBlock) -> str:
        """Markdown numbers items itself from the first one: what it would number differently is written as lines."""
        runs: list[Run] = []
        for item in block.items:
            runs += ([Run("\n")] if runs else []) + [Run(f"{item.marker} "), *item.runs]
        return inline_markdown(tuple(runs), self._style)


def _indented(text: str, indent: str) -> str:
    return _LINE.sub(f"\n{indent}", text)


def _number(item: ListItem) -> int | None:
    digits = re.match(r"\d{1,9}", item.marker)
    return int(digits[0]) if digits else None


def _counts_up(block: ListBlock, numbers: list[int | None]) -> bool:
    """Whether the numbers are those that Markdown would give; a bullet between two of a depth begins another list."""
    expected: dict[int, int] = {}
    for item, number in zip(block.items, numbers, strict=True):
        for deeper in [depth for depth in expected if depth > item.depth]:
            del expected[deeper]
        if number is None:
            expected.pop(item.depth, None)
            continue
        if expected.get(item.depth, number) != number:
            return False
        expected[item.depth] = number + 1
    return True
