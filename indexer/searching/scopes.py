"""A channel or a person named in a question as the place to look in: «в канале такого-то», "in X's channel"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from konspekt.indexer.lexical import terms
from konspekt.indexer.query.transliteration import in_latin

NAME = r"[«\"“']?@?(?P<name>[\w.&'’ -]+?)[»\"”']?"
END = r"(?=$|[?!.,;:…]|\s)"
PLACES = (
    re.compile(rf"\b(?:в|на|из)\s+(?:телеграм[- ]?)?(?:канале|канала|паблике|курсе|блоге)\s+{NAME}{END}", re.I),
    re.compile(rf"\b(?:in|on|from)\s+(?:the\s+)?(?:channel|course|blog)\s+{NAME}{END}", re.I),
    re.compile(rf"\b(?:in|on|from)\s+(?:the\s+)?{NAME}(?:'s|’s)?\s+(?:channel|course|blog)\b", re.I),
    re.compile(rf"\b(?:у|по мнению|по словам)\s+{NAME}{END}", re.I),
    re.compile(rf"\b(?:according to|by)\s+{NAME}{END}", re.I),
)
MOST_WORDS = 5
ALIKE = 85  # per cent, in Latin letters: endings of cases differ
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """`source`: what to filter by. `rest`: the question without that name."""

    source: str
    rest: str


def find_scope(question: str, names: Sequence[tuple[str, str]]) -> Scope | None:
    """The scope that the question names; `names` as `konspekt.storage.index.chunks.source_names` gives them."""
    for place in PLACES:
        for match in place.finditer(question):
            words = question[match.start("name") :].split()[:MOST_WORDS]
            named = [" ".join(words[:count]) for count in range(1, len(words) + 1)]
            likeness, source, name = max((*_source(name, names), name) for name in named)
            if likeness >= ALIKE:
                end = max(match.end(), match.start("name") + len(name))
                rest = " ".join(f"{question[: match.start()]} {question[end:]}".split())
                return Scope(source, rest) if terms(rest) else None
    return None


def _source(name: str, names: Sequence[tuple[str, str]]) -> tuple[float, str]:
    """The similarity of the most similar name in per cent, and its source."""
    wanted = _plain(name)
    if len(wanted) < SHORTEST:
        return 0.0, ""
    return max(((ratio(wanted, _plain(title)), source) for title, source in names), default=(0.0, ""))


def _plain(name: str) -> str:
    return " ".join(in_latin(word) for word in re.findall(r"\w+", name.casefold().replace("_", " ")))
