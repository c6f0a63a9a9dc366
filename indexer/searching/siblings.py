"""Of things told apart by their number, posts on another one than the question names: they come later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import names_it, names_sibling, numbered_things
from konspekt.indexer.searching.ranking import Candidate

SIBLING = 3.0  # of a fused score, which counts in standard deviations: less than a good match is above a bad one


def siblings_later(asked: Iterable[str], candidates: Sequence[Candidate]) -> list[Candidate]:
    """«Срок первой домашки» after «Домашнее задание 2» where the second one is asked of; best first again.

    `asked` are the question's terms. The title says what a post is about; a text that names what is asked for is none
    of a sibling only.
    """
    wanted = numbered_things(asked)
    if not wanted:
        return list(candidates)
    found = [
        replace(one, score=one.score - SIBLING)
        if names_sibling(wanted, numbered_things(terms(one.document.title)))
        and not names_it(wanted, numbered_things(terms(one.chunk.text)))
        else one
        for one in candidates
    ]
    return sorted(found, key=lambda one: (-one.score, one.chunk.id))
