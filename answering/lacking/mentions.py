"""Where a name stands at all: what a reader is shown who asked about it and gets no answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.words.either_language import EitherLanguage
from konspekt.answering.words.vocabulary import Frequencies
from konspekt.answering.writing.kinds.naming import alike, name_pattern
from konspekt.answering.writing.kinds.units import units_of
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

_IN_CODE = frozenset("._/=-")


@dataclass(frozen=True, slots=True)
class Mention:
    passage: Passage
    sentence: str
    name: str  # as the sentence writes it


def mention(name: str, passages: Sequence[Passage], longest: int) -> Mention | None:
    """The first sentence of at most `longest` characters that holds the name, best passage first."""
    there = name_pattern(name)
    for passage in passages:
        for unit in units_of(passage.text):
            if unit.code is not None or unit.is_tags or unit.is_row or unit.is_head or len(unit.text) > longest:
                continue
            for found in there.finditer(alike(unit.text)):
                if unit.text[: found.start()][-1:] in _IN_CODE or unit.text[found.end() :][:1] in _IN_CODE:
                    continue  # `model.gguf`
                written = unit.text[found.start() : found.end()]
                return Mention(passage, unit.text.lstrip("# "), name if name != name.lower() else written)
    return None


def is_nowhere(name: str, frequencies: Frequencies) -> bool:
    """Whether a word of the name stands in nothing that is indexed."""
    wanted = terms(name)
    if not frequencies.passages() or not wanted:
        return False
    counts = EitherLanguage(frequencies).containing(wanted)
    return not all(counts.get(term) for term in wanted)
