"""Blocks into pieces that fit a part, and text into lines, sentences and words: where a cut may fall.

Links, code, mentions and hashtags are not cut where they fit a part by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import regex

from konspekt.conversion.document import (
    Block,
    Blocks,
    Code,
    Heading,
    ListBlock,
    MediaBlock,
    Paragraph,
    Quote,
    Run,
    Runs,
    merge_runs,
    runs_text,
    slice_runs,
    strip_runs,
)
from konspekt.conversion.parsing.inline import is_atom, is_bare

Cost = Callable[[Blocks], int]
Fits = Callable[[Blocks], bool]

_LINE = regex.compile(r"\s*\n\s*")
# A sentence ends at . ! ? … and any closing marks after it, when what follows could open another.
_SENTENCE = regex.compile(
    r"""(?<=[.!?…。！？؟][»”"')\]]{0,2})(?<!\b(?:т\.\s?[едкнп]|и\sдр|и\sт\.\s?[дп]|см|рис|стр|ул|им|тыс|млн|млрд|e\.g|i\.e|etc
    |vs|cf|fig|eq|Dr|Mr|Ms|St|[A-ZА-Я]|\d{1,3})\.)\s+(?=[^\s.,;:!?…\p{Ll}])""",
    regex.VERBOSE,
)
_WORD = regex.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that will not be cut further. `joint` is how it hangs on the piece before: None starts a block,
    "item" an item (or a quote's paragraph, a line of code), any other string continues the text with that string."""

    block: Block
    joint: str | None
    cost: int


def pieces_of(block: Block, budget: int, cost: Cost, fits: Fits) -> Iterator[Piece]:
    whole = cost((block,))
    if whole <= budget and fits((block,)):
        yield Piece(block, None, whole)
        return
    if isinstance(block, MediaBlock):
        block = Paragraph((Run(block.media.caption or ""),), tight=block.tight, inset=block.inset)
    cutter = _Cutter(budget, cost, fits)
    if isinstance(block, Paragraph):
        make_text = partial(Paragraph, inset=block.inset)
        yield from cutter.text(block.runs, partial(make_text, tight=block.tight), make_text, None)
    elif isinstance(block, Heading):
        make = partial(Heading, level=block.level)
        yield from cutter.text(block.runs, partial(make, tight=block.tight), make, None)
    elif isinstance(block, Code):
        yield from cutter.code(block)
    elif isinstance(block, Quote):
        quote = partial(_quote, block)
        for position, runs in enumerate(block.paragraphs):
            yield from cutter.text(runs, quote, quote, "item" if position else None)
    elif isinstance(block, ListBlock):
        for position, item in enumerate(block.items):
            make_item = partial(_item, block, item.marker, item.depth)
            yield from cutter.text(item.runs, make_item, Paragraph, "item" if position else None)


def _quote(block: Quote, runs: Runs) -> Quote:
    return replace(block, paragraphs=(runs,))


def _item(block: ListBlock, marker: str, depth: int, runs: Runs) -> ListBlock:
    item = replace(block.items[0], runs=runs, marker=marker, depth=depth)
    return ListBlock((item,), block.ordered, tight=block.tight)


class _Cutter:
    """Cuts text that is too long for one part, from the gentlest place to the hardest."""

    def __init__(self, budget: int, cost: Cost, fits: Fits) -> None:
        self.budget = budget
        self.cost = cost
        self.fits = fits

    def text(
        self,
        runs: Runs,
        first: Callable[[Runs], Block],
        later: Callable[[Runs], Block],
        joint: str | None,
        level: int = 0,
    ) -> Iterator[Piece]:
        """`first` makes the block of the first piece (a list item with its marker), `later` of those that follow."""
        make = first
        for runs_piece, glue in self._graphemes(runs, first, later) if level == 3 else cut_text(runs, level):
            joined = joint if make is first else glue
            block = make(runs_piece)
            price = self.cost((block,))
            if price <= self.budget and self.fits((block,)):
                yield Piece(block, joined, price)
            elif level == 2 and any(_hides_address(run) for run in runs_piece):
                yield from self.text(_loosened(runs_piece), make, later, joined, level)
            elif level < 3:
                yield from self.text(runs_piece, make, later, joined, level + 1)
            else:
                yield Piece(block, joined, price)
            make = later

    def _graphemes(
        self, runs: Runs, first: Callable[[Runs], Block], later: Callable[[Runs], Block]
    ) -> Iterator[tuple[Runs, str]]:
        """A word longer than a part. The longest prefix that fits, again and again."""
        make = first
        text = runs_text(runs)
        ends = [match.end() for match in _GRAPHEME.finditer(text)]
        start, position = 0, 0
        while start < len(text):
            low, high = position, min(position + self.budget, len(ends)) - 1
            while low < high:
                middle = (low + high + 1) // 2
                if self._ok(make(slice_runs(runs, start, ends[middle]))):
                    low = middle
                else:
                    high = middle - 1
            end = ends[low]
            if not self._ok(make(slice_runs(runs, start, end))):  # one grapheme of hundreds of combining marks
                end = start + max(1, self._code_points(make, runs, (start, end)))
                ends.insert(low, end)
            yield slice_runs(runs, start, end), ""
            start, position, make = end, low + 1, later

    def _code_points(self, make: Callable[[Runs], Block], runs: Runs, place: tuple[int, int]) -> int:
        start, end = place
        low, high = 1, end - start
        while low < high:
            middle = (low + high + 1) // 2
            if self._ok(make(slice_runs(runs, start, start + middle))):
                low = middle
            else:
                high = middle - 1
        return low

    def _ok(self, block: Block) -> bool:
        return self.cost((block,)) <= self.budget and self.fits((block,))

    def code(self, block: Code) -> Iterator[Piece]:
        make = partial(Code, language=block.language, inset=block.inset)
        for position, line in enumerate(block.text.split("\n")):
            joint = "item" if position else None
            piece = make(line, tight=block.tight and not position)
            price = self.cost((piece,))
            if price <= self.budget and self.fits((piece,)):
                yield Piece(piece, joint, price)
                continue
            start = 0
            while start < len(line):
                end = self._longest(line, start, make)
                part = make(line[start:end])
                yield Piece(part, joint, self.cost((part,)))
                start, joint = end, ""

    def _longest(self, line: str, start: int, make: Callable[[str], Code]) -> int:
        ends: list[int] = [start + match.end() for match in _GRAPHEME.finditer(line[start : start + self.budget])]
        low, high = 0, len(ends) - 1
        while low < high:
            middle = (low + high + 1) // 2
            block = make(line[start : ends[middle]])
            if self.cost((block,)) <= self.budget and self.fits((block,)):
                low = middle
            else:
                high = middle - 1
        return ends[low]


def cut_text(runs: Runs, level: int) -> Iterator[tuple[Runs, str]]:
    """Lines (0), sentences (1) or words (2) of a text, each with the white space that joins it to the one before."""
    text = runs_text(runs)
    inside = _atom_insides(runs)
    start, glue = 0, ""
    for match in (_LINE, _SENTENCE, _WORD)[level].finditer(text):
        if any(left < match.end() and match.start() < right for left, right in inside):
            continue
        if match.start() > start:
            yield strip_runs(slice_runs(runs, start, match.start())), glue
            glue = "\n" if "\n" in match.group() else " "
        start = match.end()
    rest = strip_runs(slice_runs(runs, start, len(text)))
    if rest:
        yield rest, glue


def _hides_address(run: Run) -> bool:
    return run.url is not None and not is_bare(run)


def _loosened(runs: Runs) -> Runs:
    """A link whose words fill a part: the words become text, the address follows them as a link of its own."""
    result: list[Run] = []
    for position, run in enumerate(runs):
        if not _hides_address(run):
            result.append(run)
            continue
        result.append(replace(run, url=None))
        if position + 1 == len(runs) or runs[position + 1].url != run.url:
            result += [Run(" "), Run(run.url or "", url=run.url)]
    return merge_runs(result)


def _atom_insides(runs: Runs) -> list[tuple[int, int]]:
    """Ranges that must not be cut: links (with all of their parts), inline code, mentions, hashtags, custom emoji."""
    ranges: list[tuple[int, int]] = []
    position = 0
    previous: Run | None = None
    for run in runs:
        end = position + len(run.text)
        if is_atom(run):
            if ranges and previous is not None and run.url and previous.url == run.url and ranges[-1][1] == position:
                ranges[-1] = (ranges[-1][0], end)
            else:
                ranges.append((position, end))
        previous = run
        position = end
    return ranges
