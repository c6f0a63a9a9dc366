"""Newer passages a little forward, for questions about the newest state of something."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.indexer.passages import Passage

_CONSIDERED = 5  # passages below these are too far off the question for a date to help
_RANKS = 2.0  # how many places the newest may gain over the oldest

_DEFINITION = re.compile(
    r"^\W*(?:а\s+)?"
    r"(?:что (?:такое|значит|за)|чем является|расскажи (?:про|о|об)|объясни(?:те)?|о ч[её]м|"
    r"в ч[её]м (?:смысл|суть|идея)|"
    r"what(?:'s| is| are| does)|explain|define)\s+"
    r"(?:такое\s+|an?\s+|the\s+)?(?P<name>[^?!.,;]{2,40}?)(?:\s+mean)?\s*[?!.]*\s*$",
    re.IGNORECASE,
)
_RECENCY = re.compile(
    r"\b(?:последн\w+|новейш\w+|свеж\w+|актуальн\w+|сейчас|теперь|на сегодня|недавн\w+|нов(?:ый|ая|ое|ые|ых|ой|ого)|"
    r"latest|newest|current(?:ly)?|recent(?:ly)?|now|up to date)\b",
    re.IGNORECASE,
)


def wants_newest(question: str) -> bool:
    """Whether the reader asks for the newest state of something."""
    return bool(_RECENCY.search(question))


def newest_first(passages: Sequence[Passage]) -> list[Passage]:
    """The best few in order of place and date together; all others stay where they are."""
    top = list(passages[:_CONSIDERED])
    dates = sorted({p.published_at for p in top if p.published_at is not None})
    if len(dates) < 2:
        return list(passages)
    gain = {date: _RANKS * position / (len(dates) - 1) for position, date in enumerate(dates)}
    gained = [gain[passage.published_at] if passage.published_at else 0.0 for passage in top]
    placed = sorted(enumerate(top), key=lambda item: (item[0] - gained[item[0]], -gained[item[0]]))
    return [passage for _, passage in placed] + list(passages[_CONSIDERED:])


def defined_name(question: str) -> str | None:
    """X of «что такое X?», where that is all that is asked."""
    match = _DEFINITION.match(question)
    return match["name"].strip(" «»\"'") if match else None


def introducing(name: str, passages: Sequence[Passage]) -> list[Passage]:
    """Of the best few those that introduce `name`: as their title («X: …», «X»), or in a sentence «X — это …»."""
    said = re.escape(name)
    title = re.compile(
        rf"^\W*{said}\W*(?:$|[:—–-])|(?:что такое|what is|откуда взял[аои]?с[ья]).*(?<!\w){said}(?!\w)", re.IGNORECASE
    )
    sentence = re.compile(rf"(?:^|[.!?\n]\s*)\W*{said}\W*(?:\([^)]*\)\s*)?[—–-]\s", re.IGNORECASE)
    return [one for one in passages[:_CONSIDERED] if title.search(one.title) or sentence.search(one.text)]


def defining_first(name: str, passages: Sequence[Passage]) -> list[Passage]:
    """Those that introduce `name` before those that only speak of it; else as they were."""
    first = introducing(name, passages)
    return [*first, *(one for one in passages if one not in first)]


def is_named(name: str, passages: Sequence[Passage]) -> bool:
    """Whether one of the best few holds the very name: DPO is not the DDPM that search takes it for a slip of."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    return any(word.search(f"{one.title}\n{one.text}") for one in passages[:_CONSIDERED])
