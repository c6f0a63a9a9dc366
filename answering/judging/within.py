"""«Какой порог FID в дз1» asks of one numbered thing, whose post is called so: its own name says nothing more there and
misleads who reads it beside each sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.judging.asked import kind_of
from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import names_it, numbered_things
from konspekt.indexer.passages import Passage

_LONGEST = 3  # words of a place: «в домашнем задании 1»
_FEWEST = 2  # words of content that must be left
_IN = re.compile(r"\s+(?:в|во|из|на|для|по|у|in|of|for|on|from)\s+(?:the\s+)?(?=\S)", re.IGNORECASE)


def within(question: str, passages: Sequence[Passage]) -> tuple[str, list[Passage]] | None:
    """A question for a number without the numbered thing that it asks of, and the passages that are called so, where
    the best one is; None for every other question."""
    kind = kind_of(question)
    if kind is None or not kind.counts:
        return None
    for match in _IN.finditer(question):
        rest = question[match.end() :].split()
        for length in range(min(_LONGEST, len(rest)), 0, -1):
            thing = " ".join(rest[:length])
            asked = numbered_things(terms(thing))
            own = {term for name, ones in asked.items() for one in ones for term in (name, name + one, one)}
            if not asked or not set(terms(thing)) <= own:
                continue
            left = " ".join([question[: match.start()], *rest[length:]]).strip()
            called = [one for one in passages if names_it(asked, numbered_things(terms(one.title)))]
            enough = len(content_terms(left)) >= _FEWEST
            return (left, called) if enough and called and called[0] == passages[0] else None
    return None
