"""An answer without a model: the best stretch of the best passages, word for word, each with its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from konspekt.answering.words.likeness import Terms
from konspekt.answering.writing.context import GAP
from konspekt.answering.writing.kinds.leaning import AHEAD, BACK, contrasts, is_item, needs_antecedent
from konspekt.answering.writing.kinds.units import Unit, units_of
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

MAX_QUOTES = 3
MAX_CHARS = 700  # of the first quote
MAX_FURTHER = 450  # of each other one
_WHOLE = 1.2  # a text a little longer than allowed is still better whole
_NEAR = 0.9  # of the first one's worth; a weaker source only distracts
_TIED = 0.7  # of the search's score for the first passage

# Of a stretch's worth. All these numbers were chosen on the tuning questions only: do the quotes hold the answer?
_WORDS, _PIECE, _MEANING = 1.0, 0.5, 12.0
_TOLD = 3.0  # of what speaks for the best unit of a stretch, where it was read: then the stretch is that unit's

# Cosines of the question with each sentence of a passage's text, as `split_sentences` cuts it (maybe only the first).
Closeness = Callable[[str], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Quote:
    """`text` stands in the passage as it is; a `…` at its end says that a very long line or code goes on."""

    passage: Passage
    text: str
    score: float


_LEAST_WORDS = 4  # of a first line that is a sentence


def best_quotes(
    passages: Sequence[Passage],
    weights: Mapping[str, float],
    closeness: Closeness | None = None,
    told: Callable[[Passage, Sequence[Unit]], Sequence[float]] | None = None,
) -> list[Quote]:
    """At most `MAX_QUOTES`, one a passage, best passage first; others only where they match about as well.

    `weights` are the question's terms with their rarity. `told`: what else speaks for each unit of a passage.
    """
    found: list[Quote] = []
    for passage in passages[:MAX_QUOTES]:
        if found and passage.score < _TIED * passages[0].score:
            break
        quote = _quote(passage, weights, closeness, MAX_FURTHER if found else MAX_CHARS, told)
        if quote and (not found or quote.score >= _NEAR * found[0].score):
            found.append(quote)
    return found


def _quote(
    passage: Passage,
    weights: Mapping[str, float],
    closeness: Closeness | None,
    limit: int,
    told: Callable[[Passage, Sequence[Unit]], Sequence[float]] | None,
) -> Quote | None:
    units = units_of(passage.text, closeness(passage.text) if closeness else ())
    if len(units) > 1 and is_bare_title(units[0], passage.title):
        units = units[1:]  # the title is shown in the list of sources
    while len(units) > 1 and (units[-1].is_tags or units[-1].promises_more):
        units = units[:-1]
    if not units:
        return None
    worth = Terms(terms(f"{passage.title}\n{passage.text}")).share(weights)
    if units[-1].end - units[0].start <= limit * _WHOLE:
        return Quote(passage, passage.text[units[0].start : units[-1].end], worth)
    first, last = _best_stretch(passage, units, weights, limit, told)
    first, last = with_borders(units, first, last, limit * 2)
    text = passage.text[units[first].start : units[last].end]
    return Quote(passage, text if len(text) <= limit * 2 else cut(text, limit), worth)


def _best_stretch(
    passage: Passage,
    units: Sequence[Unit],
    weights: Mapping[str, float],
    limit: int,
    told: Callable[[Passage, Sequence[Unit]], Sequence[float]] | None,
) -> tuple[int, int]:
    """First and last unit of the stretch that says most about the question; whole paragraphs rather than halves."""
    found = [frozenset(terms(unit.text)) for unit in units]
    own = [Terms(one).share(weights) if weights else 0.0 for one in found]
    lowest = min(unit.close for unit in units)
    pieces = _piece_scores(passage, units)
    more = told(passage, units) if told else [0.0] * len(units)
    best, chosen = float("-inf"), (0, 0)
    for first in range(len(units)):
        if units[first].is_tags:
            continue
        last = _reach(units, first, limit)
        span = range(first, last + 1)
        said = Terms(term for i in span for term in found[i]).share(weights) if weights else 0.0
        closest = max(units[i].close for i in span) - lowest
        if told:
            value = _WORDS * said + _TOLD * max(more[i] for i in span)
        else:
            value = _WORDS * (said + max(own[i] for i in span)) + _MEANING * closest
        value += _PIECE * sum(pieces[i] for i in span) / len(span)
        value += 0.1 * _opens(passage.text, units[first]) + 0.1 * _closes(passage.text, units[last])
        value -= 0.001 * first
        if value > best:
            best, chosen = value, (first, last)
    return chosen


def with_borders(units: Sequence[Unit], first: int, last: int, limit: int) -> tuple[int, int]:
    """A quote begins with what its first sentence speaks of, and ends behind the line that contrasts with its last.

    The items of a list stay together up to `limit` characters.
    """
    back = first
    while back > 0 and first - back < BACK and needs_antecedent(units[back].text) and not units[back - 1].is_tags:
        back -= 1
    while back > 0 and units[back].is_row:  # rows are read under the heads of their table
        back -= 1
    ahead = last
    while ahead + 1 < len(units) and (
        (ahead - last < AHEAD and contrasts(units[ahead + 1]))
        or (is_item(units[ahead + 1]) and is_item(units[ahead]) and units[ahead + 1].end - units[first].start <= limit)
    ):
        ahead += 1
    return back, ahead


def _reach(units: Sequence[Unit], first: int, limit: int) -> int:
    """The last unit that still fits and may end a quote."""
    last = first
    while last + 1 < len(units) and units[last + 1].end - units[first].start <= limit:
        last += 1
    end = last
    while end > first and (units[end].is_tags or units[end].promises_more):
        end -= 1
    if end == first and units[first].promises_more and first + 1 < len(units):
        return first + 1  # what is introduced is longer than allowed: rather that than nothing
    return end


def _piece_scores(passage: Passage, units: Sequence[Unit]) -> list[float]:
    """Of each unit: how well search found the piece that it stands in, 0 to 1 among the passage's pieces."""
    best = max((piece.score for piece in passage.pieces), default=0.0)
    if best <= 0 or len(passage.pieces) < 2:
        return [0.0] * len(units)
    spans: list[tuple[int, int, float]] = []
    position = 0
    for piece in passage.pieces:
        at = passage.text.find(piece.text[:60], position)
        if at >= 0:
            spans.append((at, at + len(piece.text), piece.score / best))
            position = at + 1
    return [max((score for a, b, score in spans if a <= unit.start < b), default=0.0) for unit in units]


def _opens(text: str, unit: Unit) -> bool:
    return not text[: unit.start].strip() or text[: unit.start].endswith("\n\n")


def _closes(text: str, unit: Unit) -> bool:
    return not text[unit.end :].strip() or text[unit.end :].startswith("\n\n")


def is_title(line: str, title: str) -> bool:
    """Whether a line is the title that is shown beside the quote."""
    return line.lstrip("# ").rstrip(".!?… ") == title.rstrip(".!?… ")


def is_bare_title(unit: Unit, title: str) -> bool:
    """Whether a text's first line only names it, as the list of sources does."""
    return is_title(unit.text, title) and not _is_sentence(unit.text)


def _is_sentence(line: str) -> bool:
    """A post without a title is named by its first sentence, which says as much as any other."""
    return line.rstrip()[-1:] in ".!…" and len(line.split()) >= _LEAST_WORDS


def cut(text: str, limit: int) -> str:
    """A code block or a line without an end: whole lines where there are any, and a sign that it goes on."""
    head = text[:limit]
    ends = head.rfind("\n")
    return (head[:ends] if ends > limit // 2 else head.rsplit(" ", 1)[0]).rstrip() + GAP
