"""Rows of a Markdown table, each told with the heads of its columns: «GPTQ — 4 бита: 10.1; 3 бита: 12.4»."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_RULE = re.compile(r"[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|)+(?:[ \t]*:?-{2,}:?[ \t]*)?[ \t]*")
_BORDER = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Row:
    """A stretch of a text: one row of a table, or its heads, for which `told` is empty."""

    start: int
    end: int
    told: str


def rows_of(text: str, start: int, end: int) -> list[Row]:
    """Of the table that stands in the text from `start` to `end`; nothing where that is no table with heads."""
    lines = list(_lines(text, start, end))
    if len(lines) < 3 or not _RULE.fullmatch(text[slice(*lines[1])]):
        return []
    head = cells(text[slice(*lines[0])])
    found = [Row(lines[0][0], lines[1][1], "")]
    return found + [Row(a, b, told(cells(text[a:b]), head)) for a, b in lines[2:]]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in _BORDER.split(row.strip().removeprefix("|").removesuffix("|"))]


def told(row: Sequence[str], head: Sequence[str]) -> str:
    """The first cell is what the row is of; what stands in the others is told by the heads of their columns."""
    first, others = row[0], [(head[i] if i < len(head) else "", cell) for i, cell in enumerate(row) if i and cell]
    rest = "; ".join(f"{name}: {cell}" if name else cell for name, cell in others)
    if _is_number(first) and others:  # «№ 1»: what it numbers says more
        return f"{head[0]} {first}: {rest}" if head and head[0] else f"{first}. {rest}"
    return f"{first} — {rest}" if first and rest else first or rest


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"\d{1,3}[.)]?", cell))


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for line in text[start:end].split("\n"):
        if line.strip():
            yield at, at + len(line.rstrip())
        at += len(line) + 1
