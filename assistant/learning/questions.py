"""A question with its options: the wrong ones are of the same sort, from the same material, and wrong by it."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from konspekt.assistant.learning.facts import ANY_NUMBER, GAP, LONGEST_OPTION, Fact, Kind, value_of
from konspekt.indexer.lexical import terms

WRONG, FEWEST_WRONG = 3, 2
ALIKE = 8  # a wrong number is at most so many times greater or smaller
SAME_THING = 3  # terms that a sentence shares with the question when it may be about the same


@dataclass(frozen=True, slots=True)
class Question:
    """`options[correct]` is right. `title` stands beside the question where it gives nothing away."""

    key: str
    kind: Kind
    ask: str
    options: tuple[str, ...]
    correct: int
    title: str | None
    fact: Fact


def key_of(fact: Fact) -> str:
    """The same for the same question whenever it is asked."""
    return hashlib.sha256(f"{fact.kind}\n{fact.ask}\n{fact.right}".encode()).hexdigest()[:24]


def question_of(fact: Fact, facts: Sequence[Fact], sentences: Sequence[str], seed: int) -> Question | None:
    """A question about a fact with options from the other `facts`; None where too few of them are surely wrong.

    `sentences`: all of the material, in lower case. `seed` decides which options are taken, and their order.
    """
    chance = random.Random(f"{seed} {key_of(fact)}")  # noqa: S311 - only shuffles
    others = _wrong_numbers(fact, facts, chance) if fact.kind == "number" else _wrong_others(fact, facts, chance)
    wrong = _checked(fact, others, sentences)
    if len(wrong) < FEWEST_WRONG or len(fact.right) > LONGEST_OPTION:
        return None
    options = [fact.right, *wrong]
    if fact.kind == "number":
        options.sort(key=value_of)
    else:
        chance.shuffle(options)
    title = fact.source.title if fact.kind != "definition" and not _gives_away(fact) else None
    return Question(key_of(fact), fact.kind, fact.ask, tuple(options), options.index(fact.right), title, fact)


def _gives_away(fact: Fact) -> bool:
    title = fact.source.title.lower()
    return any(word in title for word in re.findall(r"[\w-]+", fact.right.lower()))


def _checked(fact: Fact, wrong: Iterator[str], sentences: Sequence[str]) -> list[str]:
    """The first few that no sentence of the material may bear out."""
    about = set(terms(fact.ask.replace(GAP, " ")))
    found: list[str] = []
    for option in wrong:
        if len(found) == WRONG:
            break
        word = re.compile(rf"(?<![\w,.]){re.escape(option.lower())}(?![\w])")
        near = (s for s in sentences if option.lower() in s and word.search(s))
        if fact.kind == "definition" or not any(len(about & set(terms(s))) >= SAME_THING for s in near):
            found.append(option)
    return found


def _wrong_others(fact: Fact, facts: Sequence[Fact], chance: random.Random) -> Iterator[str]:
    """Other definitions, authors, methods, terms."""
    kinds = {"term": ("term", "definition"), "name": ("name", "term", "definition")}.get(fact.kind, (fact.kind,))
    pool: dict[str, str] = {}  # as it is compared -> as it is shown
    for other in facts:
        if other.kind in kinds and other is not fact:
            shown = other.ask if other.kind == "definition" and fact.kind != "definition" else other.right
            if fact.kind != "definition" and shown.isascii() != fact.right.isascii():
                continue
            if fact.kind == "definition" and (other.sort != fact.sort or _shared(other.ask, fact.ask)):
                continue
            pool.setdefault(shown.lower(), shown)
    text = fact.ask.lower()
    options = [
        o for o in pool.values() if not _shared(o, fact.right) and not (fact.kind != "definition" and o.lower() in text)
    ]
    chance.shuffle(options)
    options.sort(key=lambda option: abs(len(option) - len(fact.right)) // 25)  # the longest one must not stand out
    return iter(options)


def _shared(one: str, other: str) -> bool:
    """Whether two options are forms of one: «Гидрид» and «гидриды», MoE and MoE++."""
    a, b = (re.sub(r"\W", "", text.lower()) for text in (one, other))
    return a[:5] == b[:5] or a in b or b in a


def _wrong_numbers(fact: Fact, facts: Sequence[Fact], chance: random.Random) -> Iterator[str]:
    """Numbers of the same unit first, then others of about its size; of a form that fits the noun behind the gap."""
    right = value_of(fact.right)
    beside = {value_of(number) for number in ANY_NUMBER.findall(fact.ask)}
    same: dict[float, str] = {}
    alike: dict[float, str] = {}
    for other in facts:
        value = value_of(other.right) if other.kind == "number" else 0.0
        if (
            not value
            or value == right
            or value in beside
            or not right / ALIKE <= value <= right * ALIKE
            or _plural(other.right) != _plural(fact.right)
        ):
            continue
        if other.source.document_id != fact.source.document_id:
            (same if other.sort == fact.sort else alike).setdefault(value, other.right)
    for pool in (same, {value: shown for value, shown in alike.items() if value not in same}):
        options = list(pool.values())
        chance.shuffle(options)
        yield from options


def _plural(number: str) -> int:
    """Which form of a Russian noun follows: 1 бит, 2 бита, 5 бит, 1,5 бита."""
    digits = re.sub(r"\s", "", number)
    if not digits.isdigit():
        return 4
    last, two = int(digits[-1]), int(digits[-2:])
    if last == 1 and two != 11:
        return 1
    return 2 if last in (2, 3, 4) and not 12 <= two <= 14 else 5
