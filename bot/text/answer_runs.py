"""The parts of an answer as runs: authors' words as they are, code as code, a model's own words as Markdown."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from konspekt.answering.answer import Part
from konspekt.answering.parts import split_stop
from konspekt.bot.text.authored import authored_runs, finished, prepared
from konspekt.bot.text.markdown import markdown_runs
from konspekt.bot.text.rich_text import Run, Style
from konspekt.indexer.struck import struck_parts

# Stand for marks while Markdown is read; no text that is shown holds characters for private use.
_FIRST = 0xE000
PRIVATE = re.compile(r"[\uE000-\uF8FF]")
MARK = re.compile(r"[\uE000-\uEFFF]")
_ESCAPED = str.maketrans({char: f"\\{char}" for char in string.punctuation})
BULLET = re.compile(r"^(\s*)[-*•–—]\s+$", re.DOTALL)


def part_runs(parts: Sequence[Part], addresses: Mapping[int, str | None], may_link: Callable[[str], bool]) -> list[Run]:
    """`addresses` of the citations by number; `may_link` tells which links of a model's Markdown may stay."""
    runs: list[Run] = []
    for is_code, group in groupby(parts, key=lambda part: part.kind == "code"):
        listed = list(group)
        if is_code:
            runs += _code(listed, addresses)
        elif any(part.kind == "markdown" for part in listed):
            gap = listed[0].before if listed[0].before.isspace() else ""
            formulas: list[Run] = []
            written = markdown_runs(_as_markdown(listed, formulas), may_link)
            runs += [Run(gap), *_linked(finished(written, formulas), addresses)]
        else:
            for part in listed:
                runs += _authored(part, addresses, may_link) if part.kind == "authored" else _text(part, addresses)
    return runs


def _authored(part: Part, addresses: Mapping[int, str | None], may_link: Callable[[str], bool]) -> Iterator[Run]:
    yield Run(BULLET.sub(r"\1• ", part.before))
    yield from _linked(authored_runs(_marked(PRIVATE.sub("", part.text), part.marks), may_link), addresses)


def _text(part: Part, addresses: Mapping[int, str | None]) -> Iterator[Run]:
    yield Run(BULLET.sub(r"\1• ", part.before))
    if not part.marks:
        yield from struck_runs(part.text)
        return
    body, stop = split_stop(part.text)
    yield from struck_runs(f"{body} ")
    yield from _marks(part.marks, addresses)
    yield Run(stop)


def struck_runs(text: str, styles: tuple[Style, ...] = ()) -> Iterator[Run]:
    """A post's words, with what its author has struck out shown so."""
    for piece, is_struck in struck_parts(text):
        yield Run(piece, (*styles, Style("s")) if is_struck else styles)


def _code(parts: Iterable[Part], addresses: Mapping[int, str | None]) -> Iterator[Run]:
    for place, part in enumerate(parts):
        yield Run(part.before or "\n")
        yield Run(part.text, (Style("pre", part.language or None, place + 1),))
        if part.marks:
            yield Run("\n")
            yield from _marks(part.marks, addresses)


def _marks(marks: Iterable[int], addresses: Mapping[int, str | None]) -> Iterator[Run]:
    for mark in marks:
        url = addresses.get(mark)
        yield Run(f"[{mark}]", (Style("a", url, mark),) if url else ())


def _marked(text: str, marks: Iterable[int]) -> str:
    """With a private character for each mark before the final stop."""
    signs = signs_of(marks)
    body, stop = split_stop(text) if signs else (text, "")
    gap = "\n\n" if body.rstrip().endswith("|") else " "  # a row of a table ends with its line
    return f"{body}{gap}{signs}{stop}" if signs else text


def _as_markdown(parts: Iterable[Part], formulas: list[Run]) -> str:
    """One text for the parser: what is no Markdown is escaped sign by sign, marks are single private characters."""
    written: list[str] = []
    for part in parts:
        text = PRIVATE.sub("", part.text)
        sure = part.kind == "authored"
        text = verbatim(text) if part.kind == "text" else prepared(text, formulas, sure=sure)
        marks = signs_of(part.marks)
        body, stop = split_stop(text) if marks else (text, "")
        if body.endswith("\\"):  # the stop's own escape
            body, stop = body[:-1], f"\\{stop}"
        written += [part.before, body, f" {marks}{stop}" if marks else ""]
    return "".join(written).lstrip("\n")


def verbatim(text: str) -> str:
    """Text that Markdown shows as it is, but for what a post's author has struck out."""
    pieces = ((piece.translate(_ESCAPED).replace("\n", "\\\n"), is_struck) for piece, is_struck in struck_parts(text))
    return "".join(f"~~{piece}~~" if is_struck else piece for piece, is_struck in pieces)


def signs_of(marks: Iterable[int]) -> str:
    """A private character for each mark."""
    return "".join(chr(_FIRST + mark) for mark in marks)


def mark_of(sign: str) -> int:
    return ord(sign) - _FIRST


def _linked(runs: Iterable[Run], addresses: Mapping[int, str | None]) -> Iterator[Run]:
    for run in runs:
        position = 0
        for match in MARK.finditer(run.text):
            yield Run(run.text[position : match.start()], run.styles)
            for mark in _marks((mark_of(match.group()),), addresses):
                inside = any(style.tag in {"a", "code", "pre"} for style in run.styles)
                yield Run(mark.text, run.styles if inside else run.styles + mark.styles)
            position = match.end()
        yield Run(run.text[position:], run.styles)
