"""What a sentence states that can be asked: a definition, a number, whose work something is, which method does it.

Each kind is a rule over one sentence. What a rule takes must make one question that reads naturally and has one right
answer; a sentence that is merely likely to is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from konspekt.assistant.learning.statements import Statement
from konspekt.indexer.lexical import morphology

Kind = Literal["definition", "term", "number", "author", "name"]
GAP = "_____"
LONGEST_OPTION = 100  # characters, of Telegram's
_NO_DEFINITION = re.compile(r"[?!:;]| и \w+ть(?!\w)")
MOST_WORDS = 3  # of a term
GLOSSARY = 3  # definitions that make a document a list of them
# What a sentence may be about without defining it: «Цена — два прохода сети»
_FRAMES = frozenset(
    [
        "цена",
        "итог",
        "вывод",
        "результат",
        "минус",
        "плюс",
        "причина",
        "проблема",
        "задача",
        "идея",
        "цель",
        "пример",
        "вопрос",
        "файл",
        "замедление",
        "ускорение",
        "срок",
        "тема",
        "порядок",
        "остальное",
        "главное",
        "показатель",
        "слагаемое",
        "оптимум",
        "накопление",
    ]
)

_DASH = r"\s+[—–-]\s+"
_DEFINED = re.compile(rf"(?P<term>[\w][\w+./ -]{{1,40}}?){_DASH}(?P<this>это\s+)?(?P<what>\S.{{14,}}?)\.?")
_YEAR = r"\(?(?:19|20)\d\d\)?"
_AUTHOR = r"(?:[A-Z][a-zäöüßéèà]+(?:, [A-Z][a-zäöüßéèà]+)* и (?:[A-Z][a-zäöüßéèà]+|др\.)|[A-Z][a-zäöüßéèà]+ et al\.)"
_OPENS_WITH_AUTHOR = re.compile(rf"(?P<who>{_AUTHOR})(?P<year> \({_YEAR}\))(?P<rest>:? .+)")
_NAME = r"[A-Z][\w+-]*[A-Z0-9]\w*(?:[-.]\w+)*|[A-Z]{2,}[\w+-]*"
_DOES = re.compile(rf"(?P<name>{_NAME})(?P<cited> \({_AUTHOR}, {_YEAR}\))? (?P<verb>[а-яё]+) .+")
_CITED = re.compile(rf"\({_AUTHOR},? {_YEAR}\)|(?<=\s)\({_YEAR}\)")
_NUMBER = re.compile(
    r"(?<![\w.,/–—:×-])(?P<n>\d{1,3}(?:[   ]\d{3})+|\d+(?:,\d+)?|\d+\.\d+)(?P<unit>\s*%|\s[а-яёa-z]{2,})(?![\w-])"
)
ANY_NUMBER = re.compile(r"\d{1,3}(?:[   ]\d{3})+|\d+(?:[.,]\d+)?")
_DIGITS = re.compile(r"\d")
# Nouns that number a thing instead of counting things, and measures of time by the calendar
_NUMBERS_A_THING = frozenset(
    [
        "шаг",
        "январь",
        "февраль",
        "март",
        "апрель",
        "май",
        "июнь",
        "июль",
        "август",
        "сентябрь",
        "октябрь",
        "ноябрь",
        "декабрь",
        "год",
        "г",
        "глава",
        "часть",
        "лекция",
        "пункт",
        "версия",
        "место",
        "этап",
    ]
)


@dataclass(frozen=True, slots=True)
class Fact:
    """`ask` is the sentence with its gap, or the term that is to be defined; `right` fills it.

    `sort` is what wrong answers must share with the right one: a unit, a script.
    """

    kind: Kind
    ask: str
    right: str
    sort: str
    source: Statement


def facts_of(statements: Sequence[Statement]) -> list[Fact]:
    """Of the sentences of one document, at most one fact each: a second one would give away the first."""
    glossary = sum(_DEFINED.fullmatch(statement.text) is not None for statement in statements) >= GLOSSARY
    found = []
    for statement in statements:
        facts = (_definition(statement, glossary), _author(statement), _name(statement), _number(statement))
        found += [fact for fact in facts if fact is not None][:1]
    return found


def _definition(statement: Statement, glossary: bool) -> Fact | None:
    """«X — то, что …». Where the term is a Russian word the dash may only join two halves: «это» or a list of
    definitions must say that it defines."""
    match = _DEFINED.fullmatch(statement.text)
    if match is None:
        return None
    term, what = match["term"].strip(), match["what"].strip()
    latin = term.isascii()
    if len(term.split()) > MOST_WORDS or _mentions(what, term) or _NO_DEFINITION.search(what):
        return None
    if not (latin or match["this"] or glossary) or not _is_noun_phrase(what):
        return None
    if not latin and (term.lower() in _FRAMES or not all(_could_be(word, "NOUN", "ADJF") for word in term.split())):
        return None
    if len(what) <= LONGEST_OPTION and not _DIGITS.search(what):
        return Fact("definition", term, what, "latin" if what.isascii() else "russian", statement)
    rest = statement.text[match.end("term") :]
    return Fact("term", GAP + rest, term, "latin" if latin else "russian", statement)


def _author(statement: Statement) -> Fact | None:
    match = _OPENS_WITH_AUTHOR.fullmatch(statement.text)
    if match is None or len(_CITED.findall(match["rest"])):
        return None
    if re.search(_AUTHOR, match["rest"]):
        return None
    return Fact("author", f"{GAP}{match['year']}{match['rest']}", match["who"], "author", statement)


def _name(statement: Statement) -> Fact | None:
    match = _DOES.fullmatch(statement.text)
    if match is None or not _is_present_verb(match["verb"]):
        return None
    rest = statement.text[match.end("name") :]
    if _mentions(rest, match["name"]):
        return None
    return Fact("name", GAP + rest, match["name"], "name", statement)


def _number(statement: Statement) -> Fact | None:
    """The first number that counts something. Others may stand beside it, but not the same one."""
    bare = _CITED.sub(lambda found: " " * len(found.group()), statement.text)
    for match in _NUMBER.finditer(bare):
        unit = _unit(match["unit"].strip())
        value = value_of(match["n"])
        others = [
            value_of(other) for other in ANY_NUMBER.findall(bare[: match.start("n")] + " " + bare[match.end("n") :])
        ]
        if unit is None or value < 2 or value in others:
            continue
        ask = statement.text[: match.start("n")] + GAP + statement.text[match.end("n") :]
        return Fact("number", ask, match["n"], unit, statement)
    return None


def value_of(number: str) -> float:
    """«2 308» and «2,5» as numbers."""
    return float(re.sub(r"\s", "", number).replace(",", "."))


# ---------------------------------------------------------------- words


def _unit(word: str) -> str | None:
    """The noun that a number counts, as its lemma; None for what is not counted."""
    if word == "%":
        return word
    if word.isascii():
        return word if len(word) > 2 and word.endswith("s") else None
    reading = morphology().parse(word)[0]
    lemma = str(reading.normal_form)
    return lemma if reading.tag.POS == "NOUN" and lemma not in _NUMBERS_A_THING else None


def _mentions(text: str, term: str) -> bool:
    """Whether a text gives the term away, by the word itself or one like it."""
    low = text.lower()
    return any(word.lower()[:5] in low for word in re.findall(r"\w{3,}", term))


def _is_noun_phrase(text: str) -> bool:
    """Whether a text begins like one that says what something is: «число вызовов …», «зашумлённая картинка …»."""
    for word in re.findall(r"[\w-]+", text)[:3]:
        if not re.search("[а-яё]", word):
            return False
        readings = morphology().parse(word.lower())
        if any(r.tag.POS == "NOUN" and "nomn" in r.tag for r in readings[:2]):
            return True
        if not any(r.tag.POS in ("ADJF", "PRTF") and "nomn" in r.tag for r in readings[:2]):
            return False
    return False


def _could_be(word: str, *parts: str) -> bool:
    return any(r.tag.POS in parts and "nomn" in r.tag for r in morphology().parse(word.lower())[:3])


def _is_present_verb(word: str) -> bool:
    tag = morphology().parse(word)[0].tag
    return tag.POS == "VERB" and "3per" in tag
