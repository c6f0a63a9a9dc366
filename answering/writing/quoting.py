"""An answer in the authors' own sentences: those that answer, and the passage around them for who wants to read on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from konspekt.answering.answer import Citation, Part
from konspekt.answering.parts import merged_marks
from konspekt.answering.reading import Reader
from konspekt.answering.writing.extractive import Closeness, Quote, best_quotes
from konspekt.answering.writing.picking import (
    ENOUGH,
    picked,
    stretches,
    with_context,
)
from konspekt.answering.writing.units import Unit, units_of
from konspekt.indexer.passages import Passage

FURTHER = 180  # characters out of each further passage


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote, its units, and which of them answer (indices, with what they need around them)."""

    quote: Quote
    units: tuple[Unit, ...]
    chosen: tuple[int, ...]

    def choosing(self, indices: Sequence[int]) -> Excerpt:
        """The same with other units chosen."""
        return Excerpt(self.quote, self.units, tuple(with_context(self.units, indices)))

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        return tuple(stretches(self.units, self.chosen))


def excerpts(
    question: str,
    passages: Sequence[Passage],
    weights: Mapping[str, float],
    reader: Reader,
    closeness: Closeness | None = None,
) -> list[Excerpt]:
    """The best stretch of the best passages, best first; `weights` are the question's terms with their rarity."""
    found: list[Excerpt] = []
    for quote in best_quotes(passages, weights, closeness):
        units = units_of(quote.text)
        scores = reader.read(question, quote.passage.title, [unit.text for unit in units]).scores
        chosen = picked(units, scores, enough=FURTHER if found else ENOUGH)
        found.append(Excerpt(quote, tuple(units), tuple(chosen)))
    return found


def united(found: Sequence[Excerpt]) -> list[Excerpt]:
    """One excerpt a document: two questions may be answered in one place."""
    kept: dict[str, Excerpt] = {}
    for excerpt in found:
        document = excerpt.quote.passage.document_id
        before = kept.get(document)
        if before is None:
            kept[document] = excerpt
        elif before.quote.text == excerpt.quote.text:
            kept[document] = Excerpt(before.quote, before.units, tuple(sorted({*before.chosen, *excerpt.chosen})))
        else:
            kept[f"{document} {len(kept)}"] = excerpt
    return list(kept.values())


def quoted(found: Sequence[Excerpt], first: int = 1) -> tuple[tuple[Part, ...], tuple[Citation, ...]]:
    """Parts and citations of an answer made of these; their numbers begin with `first`."""
    parts: list[Part] = []
    citations: list[Citation] = []
    for number, excerpt in enumerate(found, first):
        passage = excerpt.quote.passage
        mark = (number,)
        for place, (start, end) in enumerate(excerpt.spans):
            before = "" if not parts else "\n" if place else "\n\n"
            parts += _stretch(excerpt, start, end, mark, before)
        citations.append(
            Citation(
                number,
                passage.document_id,
                passage.title,
                passage.url,
                passage.published_at,
                excerpt.quote.text,
                excerpt.spans,
            )
        )
    return merged_marks(parts), tuple(citations)


def _stretch(excerpt: Excerpt, start: int, end: int, mark: tuple[int, ...], before: str) -> list[Part]:
    """Text in one part; code blocks in parts of their own."""
    parts: list[Part] = []
    text = excerpt.quote.text
    at = start
    for unit in excerpt.units:
        code = unit.code
        if code is None or not start <= unit.start < end:
            continue
        if said := text[at : unit.start].strip():
            parts.append(Part(said, mark, before=before))
            before = "\n"
        parts.append(Part(code[1], mark, "code", before, code[0]))
        at, before = unit.end, "\n"
    if said := text[at:end].strip():
        parts.append(Part(said, mark, before=before))
    return parts
