"""Cutting a document into the pieces that are embedded and found.

A short post is one chunk, whole: cutting short texts loses more than it gains. A longer one is cut at headings, then
paragraphs, then sentences. A chunk is a slice of the document's text, without what is struck through (unless its
sentence speaks of that); only white space falls between two chunks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from konspekt.indexer.clean_text import joined_words
from konspekt.indexer.documents import Document
from konspekt.indexer.struck import current_text

VERSION = 3  # part of the index's identity: raise it when the chunks of an unchanged document change

HEADING_SEPARATOR = " › "
MAX_TITLE = 160  # characters of title and of heading path that go into every chunk's embedding

CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class ChunkOptions:
    """In tokens of the embedding model. `whole`: a document up to this size is not cut."""

    target: int = 180  # measured: benchmarks/NOTES.md, "Retrieval"
    whole: int = 250
    smallest: int = 60  # a heading starts a new chunk only when this much has gathered before it

    def within(self, max_tokens: int) -> ChunkOptions:
        """For a model with a smaller window."""
        return ChunkOptions(min(self.target, max_tokens * 3 // 4), min(self.whole, max_tokens), self.smallest)

    @property
    def signature(self) -> str:
        return f"{VERSION}/{self.target}/{self.whole}/{self.smallest}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """`text` is `document.text[start:end]` without what is struck through.

    `url` jumps to this place where the document has anchors.
    """

    ordinal: int
    start: int
    end: int
    heading: str
    text: str
    url: str | None
    token_count: int


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item or fenced code block of the text."""

    start: int
    end: int
    tokens: int
    level: int = 0  # of a heading; 0 for anything else
    name: str = ""


def chunk_document(
    document: Document, count_tokens: CountTokens, max_tokens: int, options: ChunkOptions | None = None
) -> list[Chunk]:
    """At least one chunk for any document with text. No chunk's `embedded_text` exceeds `max_tokens`."""
    options = (options or ChunkOptions()).within(max_tokens)
    text = document.text
    if not text.strip():
        return []
    overhead = count_tokens(embedded_text(document.title, "x" * 8, ""))
    budget = Budget(count_tokens, min(options.target, max(16, max_tokens - overhead)))
    start, end = _strip(text, 0, len(text))
    whole = count_tokens(embedded_text(document.title, "", text[start:end]))
    slices = [(start, end, "")] if whole <= options.whole else list(_pack(text, budget, options))
    chunks: list[Chunk] = []
    for begin, stop, heading in slices:
        fitting = _fit(
            text, begin, stop, title=document.title, heading=heading, count=count_tokens, max_tokens=max_tokens
        )
        for low, high in fitting:
            piece = current_text(document, low, high)  # what the author struck out is true no more
            if not piece.strip():
                continue
            chunks.append(Chunk(len(chunks), low, high, heading, piece, _url(document, low, high), count_tokens(piece)))
    return chunks


def embedded_text(title: str, heading: str, text: str) -> str:
    """What is embedded for a chunk, clean: title and heading path, unless the text opens with them, and the text."""
    lines = []
    opening = text[: 2 * MAX_TITLE].lstrip("#*_ \n")
    if title and not opening.startswith(title.strip()):
        lines.append(title.strip()[:MAX_TITLE])
    path = [part for part in heading.split(HEADING_SEPARATOR) if part and part != title.strip()]
    if path and opening.startswith(path[-1]):
        path.pop()
    if path:
        lines.append(HEADING_SEPARATOR.join(path)[-MAX_TITLE:])
    return joined_words("\n".join([*lines, text]))


# ---------------------------------------------------------------- cutting

FENCE = re.compile(r"^(`{3,}|~{3,})", re.M)
BLANK = re.compile(r"\n[ \t]*\n")
ATX_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t#]*$")
SENTENCE = re.compile(r"(?<=[.!?…])[\"»”)]*\s+")


@dataclass(frozen=True, slots=True)
class Budget:
    count: CountTokens
    tokens: int


def _pack(text: str, budget: Budget, options: ChunkOptions) -> Iterator[tuple[int, int, str]]:
    """Slices of about the budget, each with its heading path."""
    path: list[tuple[int, str]] = []
    open_start, open_end, gathered, open_path = -1, -1, 0, ""
    only_headings = True
    for block in _blocks(text, budget):
        full = gathered + block.tokens > budget.tokens
        new_section = block.level > 0 and gathered >= options.smallest
        if open_start >= 0 and not only_headings and (full or new_section):
            yield open_start, open_end, open_path
            open_start, gathered, only_headings = -1, 0, True
        if block.level:
            path = [entry for entry in path if entry[0] < block.level] + [(block.level, block.name)]
        if open_start < 0:
            open_start, open_path = block.start, HEADING_SEPARATOR.join(name for _, name in path)
        elif only_headings:
            open_path = HEADING_SEPARATOR.join(name for _, name in path)
        only_headings = only_headings and block.level > 0
        open_end, gathered = block.end, gathered + block.tokens
    if open_start >= 0:
        yield open_start, open_end, open_path


def _blocks(text: str, budget: Budget) -> Iterator[Block]:
    for start, end, is_code in _fences(text):
        if is_code:
            yield from _small(text, start, end, budget, depth=1)
            continue
        for low, high in _split(text, start, end, BLANK):
            heading = ATX_HEADING.match(text[low:high].split("\n", 1)[0])
            line_end = text.find("\n", low, high)
            if heading is None:
                yield from _small(text, low, high, budget, depth=1)
                continue
            stop = line_end if line_end >= 0 else high
            yield Block(low, stop, budget.count(text[low:stop]), len(heading[1]), heading[2].strip())
            rest = _strip(text, stop, high)
            if rest[0] < rest[1]:
                yield from _small(text, *rest, budget, depth=1)


def _fences(text: str) -> Iterator[tuple[int, int, bool]]:
    """The text as a run of (start, end, is it a fenced code block)."""
    at = 0
    while opening := FENCE.search(text, at):
        mark = opening[1]
        closing = re.compile(rf"^{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$", re.M).search(text, opening.end())
        end = closing.end() if closing else len(text)
        if opening.start() > at:
            yield at, opening.start(), False
        yield opening.start(), end, True
        at = end
    if at < len(text):
        yield at, len(text), False


CUTS = (BLANK, re.compile(r"\n"), SENTENCE, re.compile(r"\s+"))  # from the gentlest to the roughest


def _small(text: str, start: int, end: int, budget: Budget, depth: int) -> Iterator[Block]:
    """Blocks within the budget: the slice itself, or its lines, sentences, words, characters."""
    start, end = _strip(text, start, end)
    if start >= end:
        return
    tokens = budget.count(text[start:end])
    if tokens <= budget.tokens or end - start == 1:
        yield Block(start, end, tokens)
        return
    if depth < len(CUTS):
        for low, high in _joined(text, _split(text, start, end, CUTS[depth]), budget):
            yield from _small(text, low, high, budget, depth + 1)
    else:
        middle = (start + end) // 2
        yield from _small(text, start, middle, budget, depth)
        yield from _small(text, middle, end, budget, depth)


def _joined(text: str, parts: Iterator[tuple[int, int]], budget: Budget) -> Iterator[tuple[int, int]]:
    """Neighbouring parts put together again while they fit, so that a long paragraph is cut as little as possible."""
    start = end = -1
    tokens = 0
    for low, high in parts:
        count = budget.count(text[low:high])
        if start >= 0 and tokens + count > budget.tokens:
            yield start, end
            start, tokens = -1, 0
        if start < 0:
            start = low
        end, tokens = high, tokens + count
    if start >= 0:
        yield start, end


def _split(text: str, start: int, end: int, separator: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    at = start
    for match in separator.finditer(text, start, end):
        low, high = _strip(text, at, match.start())
        if low < high:
            yield low, high
        at = match.end()
    low, high = _strip(text, at, end)
    if low < high:
        yield low, high


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _fit(
    text: str, start: int, end: int, *, title: str, heading: str, count: CountTokens, max_tokens: int
) -> Iterator[tuple[int, int]]:
    """The slice, halved until what is embedded surely fits: token counts of parts do not quite add up."""
    start, end = _strip(text, start, end)
    if start >= end:
        return
    if end - start == 1 or count(embedded_text(title, heading, text[start:end])) <= max_tokens:
        yield start, end
        return
    middle = (start + end) // 2
    space = max(text.rfind(" ", start, middle), text.rfind("\n", start, middle))
    middle = space if space > start else middle
    for low, high in ((start, middle), (middle, end)):
        yield from _fit(text, low, high, title=title, heading=heading, count=count, max_tokens=max_tokens)


def _url(document: Document, start: int, end: int) -> str | None:
    """The link of the last anchor at or before the chunk, or of the first one within it."""
    url = None
    for anchor in document.anchors:
        if anchor.offset > start and (url is not None or anchor.offset >= end):
            break
        url = anchor.url or url
    return url or document.url
