"""An author's own Markdown (course files) as runs: lines joined, formulas readable, tables as lists.

Whatever is no whole Markdown stays as it stands: a quote may begin in the middle of a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from konspekt.bot.text.formulas import in_unicode
from konspekt.bot.text.markdown import markdown_runs
from konspekt.bot.text.rich_text import Run, Style

T = TypeVar("T")

# Private characters stand for formulas and for the ends of what is emphasised while Markdown is read.
FORMULA, _MOST = 0xF000, 0x700
BEGINS, ENDS = "\uf7fe", "\uf7ff"
PLACED = re.compile(r"[\uF000-\uF7FF]")
_MATH = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|`[^`\n]+`)|\$\$(?P<shown>.+?)\$\$|(?<![\\$\w])\$(?![\s$])(?P<within>[^$\n]*(?:\n[^$\n]+)?)(?<![\s\\])\$(?![\d$])"
    r"|\\\((?P<round>[^\n]+?)\\\)|\\\[(?P<square>.+?)\\\]",
    re.DOTALL,
)
_SAYS_MATH = re.compile(r"\\[A-Za-z]|[\^_=]|^[A-Za-z]'?$")  # no price, no bracket that Markdown escapes
_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$")
_RULE = re.compile(r"^[ \t]*\|(?:[ \t]*:?-{2,}:?[ \t]*\|)+[ \t]*$")
_OPENING = re.compile(r"[ \t]*(?:(?:[-*+•]|\d{1,2}[.)]|#{1,6}|>)[ \t]+)*")


def authored_runs(text: str, may_link: Callable[[str], bool], emphasised: Iterable[tuple[int, int]] = ()) -> list[Run]:
    """`emphasised`: stretches of the text (from, to) to be shown in bold."""
    formulas: list[Run] = []
    marked = _with_formulas(marked_ends(text, emphasised), formulas)
    return finished(markdown_runs(marked, may_link, joined_lines=True), formulas)


def prepared(text: str, formulas: list[Run], *, sure: bool = True) -> str:
    """Markdown in which formulas are single characters; `finished` puts them back. For a text that others join."""
    return _with_formulas(PLACED.sub(" ", text), formulas, sure=sure)


def finished(runs: Iterable[Run], formulas: Sequence[Run]) -> list[Run]:
    return list(_finished(runs, formulas))


def placing(text: str, formulas: list[T], make: Callable[[str, bool], T], *, sure: bool = True) -> str:
    """The text with a private character for each formula, and what `make` says of it appended to `formulas`.

    `make` is given LaTeX, and whether it stands on a line of its own. `sure`: the author's dollars mean formulas;
    without it only what reads like one does.
    """

    def placed(match: re.Match[str]) -> str:
        latex = match["shown"] or match["within"] or match["round"] or match["square"]
        if match["code"] is not None or not latex or len(formulas) >= _MOST:
            return match.group()
        inside = PLACED.sub("", latex).strip()
        dollars = match["shown"] or match["within"]
        if not inside or (not (sure and dollars) and not _SAYS_MATH.search(inside)):
            return match.group()
        shown = bool(match["shown"] or match["square"])
        formulas.append(make(inside, shown))
        sign = chr(FORMULA + len(formulas) - 1)
        ends = "".join(char for char in latex if char in {BEGINS, ENDS})
        return f"\n\n{sign}{ends}\n\n" if shown else f"{sign}{ends}"

    return _MATH.sub(placed, text)


def _with_formulas(text: str, formulas: list[Run], *, sure: bool = True) -> str:
    return placing(_without_tables(text), formulas, _readable, sure=sure)


def _readable(latex: str, _shown: bool) -> Run:
    readable = in_unicode(latex)
    return Run(readable) if readable else Run(latex, (Style("code"),))


def marked_ends(text: str, stretches: Iterable[tuple[int, int]]) -> str:
    """Marks where emphasis begins and ends; behind a bullet or a heading's sign, which open a line."""
    text = PLACED.sub(" ", text)
    written, position = list[str](), 0
    for start, end in sorted(stretches):
        if start < position or "```" in text[start:end]:
            continue
        line_start = text.rfind("\n", 0, start) + 1
        opening = _OPENING.match(text, line_start)
        inner = max(start, opening.end()) if opening and start <= opening.end() else start
        if inner >= end:
            continue
        written += [text[position:inner], BEGINS, text[inner:end], ENDS]
        position = end
    return "".join([*written, text[position:]])


def _without_tables(text: str) -> str:
    """Rows of a table as items of a list: a phone has no room for columns."""
    lines = text.split("\n")
    written: list[str] = []
    head: list[str] = []
    fenced = False
    for place, line in enumerate(lines):
        bare = line.strip(BEGINS + ENDS)
        fenced ^= bare.lstrip().startswith("```")
        if fenced or not _ROW.match(bare):
            written.append(line)
            head = []
        elif _RULE.match(bare):
            head = _cells(lines[place - 1]) if place else []
            if head:
                written.pop()
        else:
            written.append(_as_item(_cells(line), head))
    return "\n".join(written)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip(BEGINS + ENDS).strip().strip("|"))]


def _as_item(cells: Sequence[str], head: Sequence[str]) -> str:
    first, rest = cells[0], list(enumerate(cells))[1:]
    told = [f"{head[place]}: {cell}" if place < len(head) and head[place] else cell for place, cell in rest if cell]
    return f"- {first} — {'; '.join(told)}" if first and told else f"- {first or '; '.join(told)}"


def _finished(runs: Iterable[Run], formulas: Sequence[Run]) -> Iterator[Run]:
    bold = False
    for run in runs:
        position = 0
        for match in PLACED.finditer(run.text):
            yield _styled(Run(run.text[position : match.start()], run.styles), bold)
            position = match.end()
            if match.group() in {BEGINS, ENDS}:
                bold = match.group() == BEGINS
                continue
            number = ord(match.group()) - FORMULA
            if number < len(formulas):
                inside = any(style.tag in {"code", "pre"} for style in run.styles)
                formula = formulas[number]
                yield _styled(Run(formula.text, run.styles if inside else (*run.styles, *formula.styles)), bold)
        yield _styled(Run(run.text[position:], run.styles), bold)


def _styled(run: Run, bold: bool) -> Run:
    """In bold, but for code, where Telegram takes no other style, and for what is bold already."""
    tags = {style.tag for style in run.styles}
    return Run(run.text, (*run.styles, Style("b"))) if bold and not tags & {"b", "code", "pre"} else run
