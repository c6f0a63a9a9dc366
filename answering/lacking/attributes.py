"""A thing is asked for by a noun that whoever tells it says too, or by a sign that it always has: a threshold, a
surname, a university, a command. «Какой порог ставить» is not answered where no threshold is spoken of.

The nouns are `attributes.toml`. Unlike the kinds of `asked.toml` they decide only what is refused, after all that an
answer would show is known, so that a rare one may be listed without another calibration.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from konspekt.answering.lacking.counted import LETTERS
from konspekt.answering.lacking.quoted import Line, Quoted
from konspekt.answering.words.vocabulary import numbers
from konspekt.indexer.lexical import terms

_WHICH = (
    r"(?:\b(?:как(?:ой|ая|ое|ую|ого|ому|им|ими|ом|ие|их)|ч[её] за|что за|which|what(?:(?:'s| is| was)(?: the)?)?)\W+"
    r"(?:(?:именно|там|тут|же|exact)\W+)?(?:(?!с\b|в\b|на\b|у\b|для\b|из\b|по\b)\w+(?:ой|ый|ий|ая|ую|ое|ые|ого|им|ым|ом)\W+)?)"
)
_NAMED_NUMBER = re.compile(r"\b[A-Z][A-Za-z]+[- ]?v?\d+(?:\.\d+)?")  # «Claude 3.5» tells no number
_TOLD_NUMBER = re.compile(r"\d|\b(?:перв|втор|трет)\w+", re.IGNORECASE)  # «какая бета»: the second one


@dataclass(frozen=True, slots=True)
class Attribute:
    asks: re.Pattern[str]
    told: re.Pattern[str] | None  # None: the letter itself
    measured: bool


@cache
def _attributes() -> tuple[Attribute, ...]:
    text = resources.files("konspekt.answering").joinpath("lacking", "attributes.toml").read_text("utf-8")
    found = []
    for row in tomllib.loads(text)["attribute"]:
        noun = row.get("asks")
        asks = rf"{_WHICH}(?P<noun>{noun})(?!\w)" if noun else row["question"]
        told = None if row.get("letter") else re.compile(row["told"], re.IGNORECASE | re.MULTILINE)
        found.append(Attribute(re.compile(asks, re.IGNORECASE), told, row.get("measured", False)))
    return tuple(found)


def untold_attribute(question: str, shown: Sequence[Quoted]) -> str | None:
    """The words that ask for what nothing shown tells; None where it may be told, or none of these is asked for."""
    for attribute in _attributes():
        match = attribute.asks.search(question)
        if match is None:
            continue
        if any(_tells(attribute, match, question, one) for one in shown):
            return None
        said = match.group().strip()
        return said[:1].lower() + said[1:]
    return None


def _tells(attribute: Attribute, match: re.Match[str], question: str, quoted: Quoted) -> bool:
    if not attribute.measured:
        assert attribute.told is not None
        return bool(attribute.told.search(f"{quoted.near}\n{quoted.passage.text}"))
    told = attribute.told or _letter(match["noun"])
    return any(line.is_row or _measures(told, question, quoted, line) for line in quoted.lines)


def _measures(told: re.Pattern[str], question: str, quoted: Quoted, line: Line) -> bool:
    text = without_named_numbers(line.text)
    if not (numbers(text) - numbers(question) or (_TOLD_NUMBER.search(text) and not numbers(text))):
        return False
    return any(told.search(one) for one in (line.text, quoted.heading, quoted.passage.title))


def without_named_numbers(text: str) -> str:
    return _NAMED_NUMBER.sub(" ", text)


@cache
def _letter(noun: str) -> re.Pattern[str]:
    """A Greek letter as formulas, words and code have it: «γ», «гамма», gamma. β₂ is written in many ways."""
    own = re.sub(r"(?:значени\w+\s+)|[_\d]", "", noun.lower()).strip()
    letter = own if len(own) == 1 else next((LETTERS[one] for one in terms(own) if one in LETTERS), own)
    written = [letter, *(term for term, one in LETTERS.items() if one == letter), own[:4]]
    russian = {
        "α": "альф",
        "β": "бет",
        "γ": "гам",
        "ε": "эпсил",
        "σ": "сигм",
        "λ": "лямбд",
        "η": "эта",
        "τ": "тау",
        "ρ": "ро",
    }
    written += [russian[letter]] if letter in russian else []
    return re.compile(r"(?<![a-zа-яё])(?:" + "|".join(map(re.escape, written)) + ")", re.IGNORECASE)
