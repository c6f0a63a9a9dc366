"""Plain text for networks without markup. What markup meant is kept as spans, which become facets or entities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from konspekt.conversion.document import (
    Block,
    Code,
    Heading,
    ListBlock,
    MediaBlock,
    Paragraph,
    Quote,
    Run,
    Runs,
    runs_text,
)
from konspekt.conversion.parsing.inline import is_bare
from konspekt.conversion.writing.written import TextSpan, Written


@dataclass(frozen=True, slots=True)
class PlainStyle:
    """`links`: "after" writes `text (address)`, "span" leaves the address to a facet. `quotes`: the marks around a
    quote, or None where a span shows it. `shorten` is how a bare link is shown where its address is in a facet."""

    links: str = "after"
    quotes: tuple[str, str] | None = ("“", "”")
    spans: bool = False
    escape: Callable[[str], str] | None = None
    hashtag: Callable[[str], str] | None = None
    heading: Callable[[str], str] | None = None
    bold: Callable[[str], str] | None = None
    shorten: Callable[[str], str] | None = None


def quotes_of(lang: str) -> tuple[str, str]:
    return ("«", "»") if lang == "ru" else ("“", "”")


def social_style(lang: str) -> PlainStyle:
    """Networks whose posts are text and nothing else: addresses stand after their words."""
    return PlainStyle(quotes=quotes_of(lang))


def write_plain(blocks: tuple[Block, ...], style: PlainStyle) -> Written:
    """Blocks are a blank line apart, or a line where the author left none."""
    pen = _Pen(style)
    for block in blocks:
        if pen.length:
            pen.put("\n" if block.tight else "\n\n")
        _block(pen, block)
    return Written("".join(pen.pieces), tuple(pen.spans))


class _Pen:
    """The text so far, its length, and the spans."""

    __slots__ = ("length", "pieces", "spans", "style")

    def __init__(self, style: PlainStyle) -> None:
        self.style = style
        self.pieces: list[str] = []
        self.spans: list[TextSpan] = []
        self.length = 0

    def put(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)

    def words(self, text: str) -> None:
        """Text of the author, escaped where the network needs it."""
        self.put(self.style.escape(text) if self.style.escape else text)


def _block(pen: _Pen, block: Block) -> None:
    start = pen.length
    if isinstance(block, Paragraph):
        _runs(pen, block.runs)
    elif isinstance(block, Heading):
        _heading(pen, block)
    elif isinstance(block, ListBlock):
        for position, item in enumerate(block.items):
            if position:
                pen.put("\n")
            pen.words("  " * item.depth + (f"{item.marker} " if item.marker else ""))
            _runs(pen, item.runs)
    elif isinstance(block, Quote):
        _quote(pen, block)
    elif isinstance(block, Code):
        pen.words(block.text)
        _span(pen, start, "pre", block.language)
    elif isinstance(block, MediaBlock):
        pen.words(block.media.caption or "")


def _heading(pen: _Pen, block: Heading) -> None:
    start = pen.length
    style = pen.style
    if style.heading:
        runs = tuple(run.with_text(style.heading(run.text)) if not run.url else run for run in block.runs)
        _runs(pen, runs)
    else:
        _runs(pen, block.runs)
    _span(pen, start, "bold")


def _quote(pen: _Pen, block: Quote) -> None:
    start = pen.length
    marks = pen.style.quotes
    text = runs_text(block.paragraphs[0]) if block.paragraphs else ""
    quoted = marks is not None and not text.startswith(("«", "“", '"', "„"))
    if quoted and marks:
        pen.words(marks[0])
    for position, runs in enumerate(block.paragraphs):
        if position:
            pen.put("\n")
        _runs(pen, runs)
    if quoted and marks:
        pen.words(marks[1])
    _span(pen, start, "quote")


def _runs(pen: _Pen, runs: Runs) -> None:
    for position, run in enumerate(runs):
        if run.url is None:
            _text_run(pen, run)
        else:
            ends = position + 1 == len(runs) or runs[position + 1].url != run.url or is_bare(run)
            _link_run(pen, run, ends=ends, label=_label(runs, position))


def _label(runs: Runs, position: int) -> str:
    """The whole text of a link whose parts look different."""
    url = runs[position].url
    left = position
    while left and runs[left - 1].url == url:
        left -= 1
    label = ""
    for run in runs[left:]:
        if run.url != url:
            break
        label += run.text
    return label


def _text_run(pen: _Pen, run: Run) -> None:
    start = pen.length
    style = pen.style
    if run.kind == "hashtag" and style.hashtag:
        pen.put(style.hashtag(run.text))
    elif style.bold and "bold" in run.marks:
        pen.words(style.bold(run.text))
    else:
        pen.words(run.text)
    if style.spans:
        if run.kind in ("mention", "hashtag", "emoji"):
            value = run.emoji_id or ("" if run.kind == "emoji" else run.text)
            _span(pen, start, run.kind, value)
        _marks(pen, start, run)


def _link_run(pen: _Pen, run: Run, *, ends: bool, label: str) -> None:
    start = pen.length
    style = pen.style
    assert run.url is not None
    if style.links == "span":
        pen.words(style.shorten(run.text) if style.shorten and is_bare(run) else run.text)
        _span(pen, start, "link", run.url)
        _marks(pen, start, run)
    elif is_bare(run):
        pen.words(run.text)
    else:
        _text_run(pen, Run(run.text, run.marks, kind=run.kind))
        if ends and run.url not in label:
            pen.put(" ")
            pen.words(f"({run.url})")


def _marks(pen: _Pen, start: int, run: Run) -> None:
    for mark in sorted(run.marks):
        _span(pen, start, mark)


def _span(pen: _Pen, start: int, kind: str, value: str = "") -> None:
    if pen.style.spans and pen.length > start:
        pen.spans.append(TextSpan(start, pen.length, kind, value))  # type: ignore[arg-type]
