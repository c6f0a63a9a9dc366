"""Is one question nearly the same as another? Then a reader who asks both was not answered by the first.

Closeness is counted in content terms (no stop words, base forms), met also by a long common beginning or in the other
alphabet: of the terms of both questions together, three quarters must be met in the other one. So a word more or less
in a question of three is still the same, a question about another side of the same thing is not. Questions that differ
in a number, a version, an ordinal or a name are different however much else they share: «лекция 4», «лекция 5».
"""

from __future__ import annotations

from rapidfuzz.distance import OSA

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms, names, numbers
from konspekt.indexer.lexical import terms

ENOUGH = 0.75  # of the terms of both
ONE_SLIP, TWO_SLIPS = 5, 9  # letters from which on so many slips of the finger leave a name the same
_ORDINALS = frozenset(
    terms(
        "первый второй третий четвёртый пятый шестой седьмой восьмой девятый десятый прошлый следующий "
        "first second third fourth fifth sixth seventh eighth ninth tenth last next previous"
    )
)


def nearly_same(one: str, other: str) -> bool:
    """Symmetric. Two questions without a term of content are the same when their words are: «а почему?»."""
    ours, theirs = content_terms(one), content_terms(other)
    if not ours or not theirs:
        return not ours and not theirs and _folded(one) == _folded(other)
    if _differ_in_kind(one, other, set(ours), set(theirs)):
        return False
    met_there, met_here = Terms(theirs), Terms(ours)
    met = sum(met_there.worth(term) > 0 for term in ours) + sum(met_here.worth(term) > 0 for term in theirs)
    return met >= ENOUGH * (len(ours) + len(theirs))


def _differ_in_kind(one: str, other: str, ours: set[str], theirs: set[str]) -> bool:
    """Each has a number, an ordinal or a name of its own in the place of the other's."""
    if (counted := numbers(one)) and (also := numbers(other)) and counted != also:
        return True
    only_ours, only_theirs = ours - theirs, theirs - ours
    if not only_ours or not only_theirs:
        return False
    if any(any(letter.isdigit() for letter in term) or term in _ORDINALS for term in only_ours | only_theirs):
        return True
    named, named_there = names(one) & only_ours, names(other) & only_theirs
    return bool(named and named_there) and not any(_slipped(a, b) for a in named for b in named_there)


def _slipped(one: str, other: str) -> bool:
    letters = min(len(one), len(other))
    slips = 2 if letters >= TWO_SLIPS else 1 if letters >= ONE_SLIP else 0
    return OSA.distance(one, other) <= slips


def _folded(text: str) -> str:
    return " ".join(text.lower().split()).strip("?!. ")
