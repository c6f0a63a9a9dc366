"""Paragraphs that stand in a dump twice.

A page shows some posts a second time right below themselves, without formatting, without the title, and often without
the lines that begin with an emoji; custom quotes may stand only in the second copy. So a post looks like
`title, A, B, C, A, C` and nothing says where the next one begins, except that the second copy is over.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

# A line that long does not come twice by chance; shorter ones need a second matching line right after them.
STRONG_CHARS = 60
# A copy counts when so much of it is word for word: less may be a slogan or a recurring heading.
COPIED_CHARS = 60
# … and such a share of what it repeats: an advertisement in each of two posts is no copy of the text between them.
COPIED_SHARE = 0.3
# A whole text said again right below itself is a copy even if it is short.
WHOLE_CHARS, WHOLE_SHARE = 20, 0.9
# A copy begins so near its original: the longest message has 4,096 characters, a rich one several times that.
DISTANCE_LINES = 400
# Lines that stand only in the copy, in a row, before the copy is taken to be over.
LOOKAHEAD = 3
# A copy may break off inside a line (before a link): what is left must still say which line it was.
PREFIX_CHARS = 10

_NOT_WORD = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Repeat:
    """Lines `[copy, end)` say lines `[start, copy)` again. `matches` maps a line of the copy to the line it repeats."""

    start: int
    copy: int
    end: int
    matches: dict[int, int]


def key(line: str) -> str:
    """A line without what formatting changes: case, spaces, signs, emoji."""
    return _NOT_WORD.sub(" ", line.casefold()).strip()


def find_repeats(lines: Sequence[str]) -> list[Repeat]:
    """Adjacent copies in a stretch of lines without page furniture, in order, not overlapping."""
    keys = [key(line) for line in lines]
    places: defaultdict[str, list[int]] = defaultdict(list)
    for number, value in enumerate(keys):
        places[value].append(number)
    found: list[Repeat] = []
    floor = 0
    number = 1
    while number < len(keys):
        repeat = _longest(lines, keys, places, number, floor)
        if repeat is None:
            number += 1
        else:
            found.append(repeat)
            floor = number = repeat.end
    return found


def _longest(
    lines: Sequence[str], keys: list[str], places: dict[str, list[int]], copy: int, floor: int
) -> Repeat | None:
    best = None
    most = 0
    if not keys[copy]:
        return None
    for start in places[keys[copy]]:
        if not max(floor, copy - DISTANCE_LINES) <= start < copy:
            continue
        repeat = _extend(keys, start, copy)
        copied = sum(len(lines[line]) for line in repeat.matches)
        original = sum(map(len, lines[start:copy]))
        strong = len(lines[copy]) >= STRONG_CHARS or (start + 1 < copy and repeat.matches.get(copy + 1) == start + 1)
        part = strong and copied >= max(COPIED_CHARS, COPIED_SHARE * original)
        whole = copied >= max(WHOLE_CHARS, WHOLE_SHARE * original)
        if (part or whole) and copied > most:
            best, most = repeat, copied
    return best


def _extend(keys: list[str], start: int, copy: int) -> Repeat:
    """Walk both copies in step, passing over source lines that the copy lacks and copy lines that the source lacks."""
    matches = {copy: start}
    source, line = start + 1, copy + 1
    while line < len(keys):
        step = next(
            (
                (ahead, match)
                for ahead in range(line, min(line + LOOKAHEAD + 1, len(keys)))
                if (match := _match(keys, ahead, source, copy)) is not None
            ),
            None,
        )
        if step is None:
            break
        line, source = step[0] + 1, step[1] + 1
        matches[step[0]] = step[1]
    return Repeat(start, copy, max(matches) + 1, matches)


def _match(keys: list[str], line: int, source: int, copy: int) -> int | None:
    if not keys[line]:
        return None
    return next((number for number in range(source, copy) if same(keys[line], keys[number])), None)


def same(copied: str, original: str) -> bool:
    """The copy's line is the original's, or its beginning."""
    return copied == original or (len(copied) >= PREFIX_CHARS and original.startswith(copied))


def merge(lines: Sequence[str], repeat: Repeat) -> list[str]:
    """Lines `[start, end)` once: the first copy, with what only the second one has put in its place."""
    after: defaultdict[int, list[str]] = defaultdict(list)
    anchor = repeat.start
    for number in range(repeat.copy, repeat.end):
        if number in repeat.matches:
            anchor = repeat.matches[number]
        elif lines[number]:
            after[anchor].append(lines[number])
    merged: list[str] = []
    for number in range(repeat.start, repeat.copy):
        merged.append(lines[number])
        merged.extend(after[number])
    return merged


def is_copy_of(lines: Sequence[str], original: Sequence[str]) -> bool:
    """Every one of some lines stands in the original already, and they are a good part of it."""
    keys = [key(line) for line in original if line]
    copied = [line for line in lines if line]
    chars = sum(map(len, copied))
    return chars >= max(COPIED_CHARS, COPIED_SHARE * sum(map(len, original))) and all(
        any(same(key(line), other) for other in keys) for line in copied
    )


def without_repeats(lines: Sequence[str]) -> list[str]:
    """Long lines once: what is left of a copy that is scattered over the post."""
    seen: set[str] = set()
    kept = []
    for line in lines:
        if len(line) >= STRONG_CHARS:
            if key(line) in seen:
                continue
            seen.add(key(line))
        kept.append(line)
    return kept
