"""Terms that mean the same and are written differently: other endings, the other alphabet (`рефлоу` — `reflow`), the
other language (`проверить` — `check`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from konspekt.indexer.query.translations import counterparts

_BEGINNING = 5  # letters: `квантование` meets `квантизация`, `ускорение` meets `ускорять`
_SHORTEST = 4  # letters of a term that is compared by its trigrams
_ALIKE = 0.55  # Dice coefficient of trigrams
_WORTH = {"same": 1.0, "beginning": 0.85, "translated": 0.8, "alike": 0.6}
_LATIN = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e zh z i i k l m n o p r s t u f h c ch sh sh . y . e u ia".replace(".", "").split(" "),
        strict=True,
    )
)


class Terms:
    """Terms of a text, met exactly, by a long common beginning, by what they are called in the other language, or by
    likeness in Latin letters."""

    def __init__(self, found: Iterable[str]) -> None:
        listed = set(found)
        self._terms = frozenset(listed) | {term.rstrip("+") for term in listed}
        self._beginnings = frozenset(term[:_BEGINNING] for term in listed if len(term) >= _BEGINNING)

    def __contains__(self, term: str) -> bool:
        """Exactly or by a common beginning."""
        return term in self._terms or (len(term) >= _BEGINNING and term[:_BEGINNING] in self._beginnings)

    def worth(self, term: str) -> float:
        """1 when the term is there, less when only something like it is, 0 when nothing is."""
        if term in self._terms:
            return _WORTH["same"]
        if term in self:
            return _WORTH["beginning"]
        if not self._terms.isdisjoint(counterparts(term)):
            return _WORTH["translated"]
        if len(term) < _SHORTEST:
            return 0.0
        alike = any(_alike(term, one) for one in self._terms if len(one) >= _SHORTEST - 1)
        return _WORTH["alike"] if alike else 0.0

    def share(self, wanted: Mapping[str, float]) -> float:
        """Share of the wanted terms' weight that is there, likeness counted; 1 when nothing is wanted."""
        total = sum(wanted.values())
        return sum(weight * self.worth(term) for term, weight in wanted.items()) / total if total else 1.0


@lru_cache(maxsize=50_000)  # one question is compared with the same texts several times
def _alike(term: str, other: str) -> bool:
    one, two = _trigrams(term), _trigrams(other)
    return 2 * len(one & two) >= _ALIKE * (len(one) + len(two))


@lru_cache(maxsize=4_000)
def _trigrams(term: str) -> frozenset[str]:
    latin = "^" + "".join(_LATIN.get(letter, letter) for letter in term) + "$"
    return frozenset(latin[i : i + 3] for i in range(len(latin) - 2))
