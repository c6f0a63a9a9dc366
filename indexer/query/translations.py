"""A question's words in the other language: «проверить» is also looked for as `check` where a text is English.

Jargon is one term everywhere; few words have one counterpart, so these are met in texts of the other language alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from konspekt.indexer.lexical import terms


def translated(asked: Iterable[str]) -> tuple[str, ...]:
    """Terms of the other language that say what these terms do, each once; none of those asked for."""
    wanted = list(asked)
    found = dict.fromkeys(other for term in wanted for other in _dictionary().get(term, ()))
    return tuple(other for other in found if other not in wanted)


def counterparts(term: str) -> tuple[str, ...]:
    """Terms of the other language that say what this one does."""
    return _dictionary().get(term, ())


def is_english(word: str) -> bool:
    """Whether the dictionary has this word (lower case), or another form of it, as an English one."""
    return not _english().isdisjoint(terms(word))


@cache
def _english() -> frozenset[str]:
    return frozenset(term for english, _ in _lines() for word in english.split() for term in terms(word)[-1:])


def _lines() -> Iterator[tuple[str, str]]:
    """English words and Russian words of each line of translations.txt."""
    for line in Path(__file__).with_name("translations.txt").read_text("utf-8").splitlines():
        english, colon, russian = line.partition(":")
        if colon and not line.startswith("#"):
            yield english, russian


@cache
def _dictionary() -> Mapping[str, tuple[str, ...]]:
    """Term -> its counterparts, both ways, from translations.txt."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for english, russian in _lines():
        ours, theirs = ([term for word in side.split() for term in terms(word)[-1:]] for side in (english, russian))
        for one in ours:
            for other in theirs:
                if one != other:  # jargon makes both one term already
                    found[one][other] = None
                    found[other][one] = None
    return MappingProxyType({term: tuple(others) for term, others in found.items()})
