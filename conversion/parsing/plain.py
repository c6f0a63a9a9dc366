"""Plain text with inline runs into blocks: paragraphs at blank lines, lists by their markers, code by its look."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from konspekt.conversion.document import (
    Block,
    Code,
    ListBlock,
    ListItem,
    Paragraph,
    Run,
    Runs,
    merge_runs,
    runs_text,
    slice_runs,
    strip_runs,
)
from konspekt.conversion.parsing.inline import autolink

_BLANK_LINES = regex.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
# A clear bullet makes a list alone; a dash or a number may be prose (a dialogue, a year) and needs a neighbour.
_ITEM = regex.compile(
    r"(?P<indent>[ \t\u00a0]*)(?P<marker>[•◦▪▫●○‣⁃➤➔➜►▶✔☑✓]|[-–—*+]|\d{1,3}[.)])\ufe0f?[ \t\u00a0]+(?=\S)"
)
_SURE = frozenset("•◦▪▫●○‣⁃➤➔➜►▶✔☑✓")
_CODE = regex.compile(
    r"""^(?:\s*(?:from\s+[\w.]+\s+import\s.+|import\s+[\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+)*
    |(?:!|\$\s)?(?:pip3?|uv|conda|apt|npm|cargo)\s+(?:install|add|run|pip)\s.+|(?:!|\$\s)?git\s+clone\s.+
    |(?:async\s+)?def\s+\w+\(.*|class\s+\w+.*:|@\w+(?:\.\w+)*\(.*\)
    |[A-Za-z_]\w*(?:\.\w+)+\s*=\s*\S.*|[A-Za-z_]\w*(?:\.\w+)+\(.*\)\s*(?:\#.*)?
    |[a-z_]\w*\s*=\s*[A-Za-z_][\w.]*\(.*\)\s*|(?:return|for|while|with|if)\s.+:|\#!/\S+))$""",
    regex.VERBOSE,
)
_UNSPACED_LINE = 70


def blocks_from_runs(runs: Runs, *, detect_code: bool = False, tight: bool = False) -> list[Block]:
    """Cuts formatted text into blocks. `detect_code` takes lines that look like code for code: only for text that
    carries no formatting of its own."""
    text = runs_text(runs)
    blocks: list[Block] = []
    start = 0
    for separator in [*_BLANK_LINES.finditer(text), None]:
        end = separator.start() if separator else len(text)
        chunk = strip_runs(slice_runs(runs, start, end))
        if chunk:
            blocks.extend(_chunk(chunk, detect_code=detect_code, tight=tight))
            tight = False
        start = separator.end() if separator else end
    return blocks


def blocks_from_text(text: str) -> list[Block]:
    """Blocks of text without formatting (a dump, a `.txt` file). A dump that lost its blank lines gets them back:
    there every long line is a paragraph."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _lost_blank_lines(text):
        return list(_spaced(text))
    return blocks_from_runs(autolink((Run(text),)) if text else (), detect_code=True)


def _lost_blank_lines(text: str) -> bool:
    lines = [line for line in text.strip().split("\n") if line.strip()]
    long = sum(len(line) > _UNSPACED_LINE for line in lines)
    return "\n\n" not in text.strip() and len(lines) >= 3 and long >= 2


def _spaced(text: str) -> Iterator[Block]:
    """Long lines become paragraphs; a short line stays with the line before it."""
    chunk: list[str] = []

    def flush() -> list[Block]:
        joined = "\n".join(chunk)
        chunk.clear()
        return blocks_from_runs(autolink((Run(joined),)), detect_code=True) if joined.strip() else []

    for line in text.split("\n"):
        if chunk and _apart(chunk[-1], line):
            yield from flush()
        chunk.append(line)
    yield from flush()


def _apart(previous: str, line: str) -> bool:
    """Whether a paragraph ends between two lines. Items of a list, and what a colon announces, stay together."""
    if previous.rstrip().endswith((":", ",")) or (_ITEM.match(previous) and _ITEM.match(line)):
        return False
    return len(previous) > _UNSPACED_LINE or len(line) > _UNSPACED_LINE


def _chunk(runs: Runs, *, detect_code: bool, tight: bool) -> Iterator[Block]:
    """One chunk without blank lines: prose, list items and code lines, each group a block."""
    lines = _lines(runs)
    kinds = _kinds([runs_text(line) for line in lines], detect_code=detect_code)
    start = 0
    while start < len(lines):
        end = start + 1
        while end < len(lines) and kinds[end] == kinds[start]:
            end += 1
        group = lines[start:end]
        is_tight = tight or start > 0
        if kinds[start] == "code":
            yield Code("\n".join(runs_text(line) for line in group))
        elif kinds[start] == "item":
            yield _list(group, tight=is_tight)
        else:
            yield Paragraph(_join(group), tight=is_tight)
        start = end


def _kinds(lines: list[str], *, detect_code: bool) -> list[str]:
    matches = [_ITEM.match(line) for line in lines]
    kinds: list[str] = []
    for position, (line, match) in enumerate(zip(lines, matches, strict=True)):
        if detect_code and _CODE.match(line):
            kinds.append("code")
        elif match and (match["marker"] in _SURE or _has_neighbour(matches, position)):
            kinds.append("item")
        else:
            kinds.append("prose")
    return kinds


def _has_neighbour(matches: list[regex.Match[str] | None], position: int) -> bool:
    """Whether an item of the same kind stands beside it, or beyond items of another kind: they are nested in it."""
    here = matches[position]
    assert here is not None
    for side in (reversed(matches[:position]), matches[position + 1 :]):
        for there in side:
            if there is None:
                break
            if there["marker"][-1] == here["marker"][-1]:
                return True
    return False


def _list(lines: list[Runs], *, tight: bool) -> ListBlock:
    items: list[ListItem] = []
    for line in lines:
        text = runs_text(line)
        match = _ITEM.match(text)
        assert match is not None
        depth = min(len(match["indent"].expandtabs(4)) // 2, 4)
        items.append(ListItem(strip_runs(slice_runs(line, match.end(), len(text))), match["marker"], depth))
    base = min(item.depth for item in items)
    items = [ListItem(item.runs, item.marker, item.depth - base) for item in items]
    return ListBlock(tuple(items), ordered=all(item.marker[:1].isdigit() for item in items), tight=tight)


def _lines(runs: Runs) -> list[Runs]:
    text = runs_text(runs)
    lines: list[Runs] = []
    start = 0
    for line in text.split("\n"):
        lines.append(slice_runs(runs, start, start + len(line.rstrip())))
        start += len(line) + 1
    return [line for line in lines if line]


def _join(lines: list[Runs]) -> Runs:
    joined: list[Run] = []
    for position, line in enumerate(lines):
        if position:
            joined.append(Run("\n"))
        joined.extend(line)
    return merge_runs(joined)
