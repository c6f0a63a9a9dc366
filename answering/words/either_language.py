"""How often an index speaks of what a question's words say, in either language: `penalty` where posts say «штраф»."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from konspekt.answering.words.vocabulary import Frequencies
from konspekt.indexer.lexical import is_russian
from konspekt.indexer.lexical import terms as terms_of
from konspekt.indexer.query.translations import counterparts, is_english
from konspekt.indexer.query.transliteration import russian_spellings

_NAME = 4  # letters of what may be a name that posts write in Russian letters
_SPELLINGS = 40  # Russian spellings of it that are tried


class EitherLanguage:
    """`Frequencies` of terms, or of what the other language calls those that the index does not hold themselves."""

    def __init__(self, frequencies: Frequencies) -> None:
        self._frequencies = frequencies

    def passages(self) -> int:
        return self._frequencies.passages()

    def containing(self, terms: Iterable[str]) -> Mapping[str, int]:
        wanted = list(terms)
        counts = dict(self._frequencies.containing(wanted))
        others = {term: _other_ways(term) for term in wanted if not counts.get(term)}
        found = self._frequencies.containing({way for ways in others.values() for way in ways})
        return counts | {term: max((found.get(way, 0) for way in ways), default=0) for term, ways in others.items()}


def _other_ways(term: str) -> tuple[str, ...]:
    if told := counterparts(term):
        return told
    if len(term) < _NAME or is_russian(term) or not term.isalpha() or is_english(term):
        return ()
    # "Karpathy" may be «Карпатый», whose stem ends in an i here
    written = (term, f"{term[:-1]}yj", f"{term[:-1]}ij") if term[-1] in "iy" else (term,)
    spellings = (one for way in written for one in russian_spellings(way, _SPELLINGS))
    return tuple(dict.fromkeys(found for one in spellings for found in terms_of(one)))
