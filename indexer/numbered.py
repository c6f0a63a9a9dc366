"""Things that are told apart by their number: one term for «вторая домашка», «дз №2», «Домашнее задание 2», "hw2".

Words alone do not tell siblings apart: «2» is met by any date, and «второй» says nothing to «Домашнее задание 2».
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_JOINED = re.compile(r"([^\W\d_]+)[-‐‑–.]?0*(\d{1,2})")  # hw2, дз-2
_DIGITS = re.compile(r"0*(\d{1,2})")
_RANGE = re.compile(r"0*(\d{1,2})[-‐‑–]0*(\d{1,2})")
_WITH_ENDING = re.compile(
    r"(\d{1,2})[-‐‑–]?(?:ая|ую|ой|ей|ое|ее|ого|его|ому|ему|ым|им|ые|ых|[яюйеоам]|го|му|st|nd|rd|th)"
)
_SPACE = re.compile(r"[\s_(-]*")  # between a number and the thing behind it; «во второй (домашке)»
_SIGN = re.compile(r"[\s№#_-]*")  # between a thing and its number
_LISTED = re.compile(r"[\s,–—-]*")
_AND = frozenset({"и", "или", "and", "or"})
_NUMBER_SAID = frozenset({"номер", "number", "no"})
_PLURAL = re.compile(r"(?:ий|ок|ек|ов|ей|ам|ям|ами|ями|ах|ях|s)$")  # «8 лекций» counts them


@dataclass(frozen=True, slots=True)
class _Words:
    things: Mapping[str, str]  # the term of a word -> the term of the thing
    ordinals: Mapping[str, str]
    cardinals: Mapping[str, str]
    roman: Mapping[str, str]
    counted: frozenset[str]


@dataclass(slots=True)
class Numbered:
    """`terms`: place of a word that names a thing -> terms of the thing with each of its numbers. `instead`: places of
    words of which nothing else is to be kept."""

    terms: dict[int, list[str]] = field(default_factory=dict)
    instead: set[int] = field(default_factory=set)


def numbered(
    words: Sequence[str], gaps: Sequence[str], terms: Sequence[str], base_form: Callable[[str], str]
) -> Numbered:
    """Of a text's words in order, in lower case. `gaps[i]` stands before word `i`, the last one behind them all;
    `terms[i]` is the search term of word `i`."""
    known = _words(base_form)
    found = Numbered()
    if known.things.keys().isdisjoint(terms):
        return found
    for i, term in enumerate(terms):
        thing = known.things.get(term)
        if thing is None:
            continue
        after = _after(i, words, gaps, terms, known)
        numbers = after or _before(i, words, gaps, terms, known, found.instead)
        if numbers:
            found.terms[i] = [f"{thing}{number}" for number in numbers]
    return found


def spelled(term: str, base_form: Callable[[str], str]) -> str | None:
    """The number that a word says, from two on: «один» and "one" say more than a number."""
    number = _words(base_form).cardinals.get(term)
    return None if number == "1" else number


def is_thing(term: str, base_form: Callable[[str], str]) -> bool:
    return term in _words(base_form).things


def joined_to_a_number(word: str) -> tuple[str, str] | None:
    """`hw2`, «дз-2»: the letters and the number."""
    match = _JOINED.fullmatch(word)
    return (match[1], match[2]) if match else None


def numbered_things(terms: Iterable[str]) -> dict[str, set[str]]:
    """Thing -> its numbers, of the terms of a text: of «вторая домашка» `{"homework": {"2"}}`."""
    found: dict[str, set[str]] = {}
    for term in terms:
        match = _compound().fullmatch(term)
        if match:
            found.setdefault(match[1], set()).add(match[2])
    return found


def names_sibling(asked: Mapping[str, set[str]], told: Mapping[str, set[str]]) -> bool:
    """Whether a text names such a thing by another number than the question does, and none that is asked for."""
    shared = [thing for thing in asked if thing in told]
    return bool(shared) and not any(asked[thing] & told[thing] for thing in shared)


def names_it(asked: Mapping[str, set[str]], told: Mapping[str, set[str]]) -> bool:
    """Whether a text names a thing by the number that is asked for."""
    return any(numbers & told.get(thing, set()) for thing, numbers in asked.items())


def _after(i: int, words: Sequence[str], gaps: Sequence[str], terms: Sequence[str], known: _Words) -> list[str]:
    """«лекция 5», «дз №2», «лекции 5 и 6», «часть вторая», «домашка номер два»."""
    at, said = i + 1, False
    if at < len(words) and words[at] in _NUMBER_SAID and _SIGN.fullmatch(gaps[at]):
        at, said = at + 1, True
    if at >= len(words) or not _SIGN.fullmatch(gaps[at]):
        return []
    if digits := _digits(at, words, gaps, terms, known):
        numbers = list(digits)
        while (at := _next_listed(at + 1, words, gaps)) and (more := _digits(at, words, gaps, terms, known)):
            numbers += more
        return numbers
    ends = at + 1 == len(words) or bool(gaps[at + 1].strip())
    if (ordinal := known.ordinals.get(terms[at])) and (ends or terms[at + 1] not in known.things):
        return [ordinal] if ends or said or not words[at].isascii() else []
    cardinal = known.cardinals.get(terms[at]) or known.roman.get(words[at])
    return [cardinal] if cardinal and (ends or said) else []


def _next_listed(at: int, words: Sequence[str], gaps: Sequence[str]) -> int:
    """The place of what may be a further number of a list, or 0."""
    if at < len(words) and words[at] in _AND:
        at += 1
    elif at < len(words) and not gaps[at].strip():
        return 0
    return at if at < len(words) and _LISTED.fullmatch(gaps[at]) else 0


def _digits(at: int, words: Sequence[str], gaps: Sequence[str], terms: Sequence[str], known: _Words) -> tuple[str, ...]:
    """The number or the two ends of a range at this place, unless it counts or tells the time."""
    behind = gaps[at + 1]
    following = terms[at + 1] if at + 1 < len(words) and not behind.strip() else ""
    if following in known.counted or behind[:1] in {":", "%"}:
        return ()
    if both := _RANGE.fullmatch(words[at]):
        return both[1], both[2]
    one = _DIGITS.fullmatch(words[at])
    return (one[1],) if one else ()


def _before(  # noqa: PLR0917 - a text's words as they are known
    i: int, words: Sequence[str], gaps: Sequence[str], terms: Sequence[str], known: _Words, instead: set[int]
) -> list[str]:
    """«вторая домашка», «2-я лекция», «первая и вторая лекции», «2 дз»."""
    numbers: list[str] = []
    at = i - 1
    if at < 0 or not _SPACE.fullmatch(gaps[i]):
        return []
    if _DIGITS.fullmatch(words[at]) and not _PLURAL.search(words[i]) and not gaps[at].strip(' \n(«"'):
        return [words[at].lstrip("0")] if known.things[terms[i]] in _COUNTED_FIRST else []
    while at >= 0 and (number := _ordinal(words[at], terms[at], known)):
        numbers.append(number)
        instead.add(at)
        at -= 1
        if at > 0 and words[at] in _AND:
            at -= 1
        elif gaps[at + 1].strip() != ",":
            break
    return numbers[::-1]


# Of these alone people say «2 лекция» for the second one
_COUNTED_FIRST = frozenset({"homework", "lecture", "seminar"})


def _ordinal(word: str, term: str, known: _Words) -> str | None:
    written = _WITH_ENDING.fullmatch(word)
    return written[1] if written else known.ordinals.get(term)


@cache
def _words(base_form: Callable[[str], str]) -> _Words:
    listed = _listed()

    def of(name: str) -> dict[str, str]:
        return {base_form(word): key for key, words in listed[name].items() for word in words.split()}

    return _Words(of("things"), of("ordinals"), of("cardinals"), of("roman"), frozenset(of("counted")))


@cache
def _compound() -> re.Pattern[str]:
    return re.compile(rf"({'|'.join(_listed()['things'])})(\d{{1,2}})")


@cache
def _listed() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_name("numbered.toml").read_text("utf-8"))
