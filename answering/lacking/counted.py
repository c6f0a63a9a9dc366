"""A number stands beside what it counts: «3 эпохи», «эпох — 3», "batch size of 256".

«Сколько эпох учить» is not answered by a sentence with numbers of parameters, and neither is «какой learning rate» by
one with ranks. What is counted is the noun behind «сколько», or the name behind «какой».
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from konspekt.answering.judging.asked import is_spelled_number, kind_of
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.morphology import is_plural, part_of_speech
from konspekt.answering.words.vocabulary import numbers
from konspekt.indexer.lexical import terms

_HOW_MANY = re.compile(
    r"\b(?P<asked>(?:(?:на|в|во|за|при|из|по|до|с|у|о)\s+)?(?:скольк\w*|скок\w*|сколк\w*)|"
    r"how many|how much|number of)\b"
    r"(?!\s+(?:раз|стоит|стоят|стоил\w*|вес[ия]т|времени|длит\w*|ид[её]т|лет)\b)\W+(?P<rest>.*)",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"\b(?P<asked>как(?:ой|ая|ое|ую|ого|ому|им|ом)|what(?:'s| is| was)(?: the)?|"
    r"what(?= (?:\S+ ){1,2}(?:value|score|threshold|size|rate|number)\b))\b\W+(?P<rest>.*)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_TOKEN = re.compile(r"\d+(?:[.,  ]\d+)*|[^\W_]+(?:[-'’.][^\W_]+)*")
_AHEAD = 5  # words behind «сколько» among which the noun stands
_LATIN = 2  # words of a name in Latin letters: "learning rate"
# Words from a number to the noun that it counts: «465 маленьких картинок», «эпох мы взяли ровно 3»
_BEFORE, _BEHIND = 8, 10
_SURELY = (1.0, 0.8)  # what `Terms` gives for the very word, and for its translation
_NO_NUMBER = re.compile(
    r"\b\d{1,2}(?:-?го)?\s+(?:янв|фев|мар|апр|ма[яй]\b|июн|июл|авг|сен|окт|ноя|дек)\w*|\b\d{1,2}:\d{2}\b", re.IGNORECASE
)
_FRACTION = re.compile(r"\d+[.,]\d+")
# Anything may be one: «465 лламм» are models, and times are told by their own kinds
_ANYTHING = frozenset(
    terms(
        "модель моделька вещь штука вариант способ пост минута секунда час день порядок "
        "model thing way minute second order"
    )
)
# Measures of a measure: «какого размера был батч» counts the batch, and any number there is its size
_MEASURES = frozenset(terms("размер величина значение число количество длина уровень size value number amount length"))
# What one text counts as this and another as that; the two languages know each other already
_SAME = (
    "страница стр page",
    "балл очко пункт point score",
    "картинка изображение фото фотка фоток фотография снимок снимков пример рисунок образец image picture example",
    "человек участник народ студент слушатель люди зритель people person",
    "видеокарта карта видюха видях gpu гпу card",
    "видео ролик клип video",
    "раз время times",
    "запрос вопрос query question",
    "множитель масштаб коэффициент scale factor scaling",
)

LETTERS = {
    term: letter
    for letter, written in {
        "α": "альфа alpha", "β": "бета beta", "γ": "гамма гама gamma", "ε": "эпсилон epsilon eps", "η": "эта eta",
        "θ": "тета theta", "λ": "лямбда lambda", "ρ": "ро rho", "σ": "сигма sigma", "τ": "тау tau",
    }.items()
    for term in terms(written)
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """`asked`: the words of the question («сколько эпох»). `terms`: of the noun or the name. `many`: single things are
    counted."""

    asked: str
    terms: tuple[str, ...]
    many: bool = False


@cache
def _groups() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(terms(group)) for group in _SAME)


def counted(question: str) -> Counted | None:
    """What a question asks the number of; None where it names nothing that is counted («сколько места»)."""
    kind = kind_of(question)
    if kind is None or kind.name != "number":
        return None
    many = _HOW_MANY.search(question)
    match = many or _WHAT.search(question)
    if match is None:
        return None
    found: list[str] = []
    end = 0
    for word in list(_WORD.finditer(match["rest"]))[:_AHEAD]:
        own = terms(word.group())
        if word.group().isascii():
            if found and not own:
                break
            found += [one for one in own if one not in _MEASURES]
            end = word.end()
            if len(found) >= _LATIN:
                break
            continue
        noun = part_of_speech(word.group().lower()) == "NOUN"
        if found or not (noun or _is_before_a_noun(word.group())):
            break
        if noun and own and own[0] not in _MEASURES:
            if many and not is_plural(word.group().lower()):
                return None  # «сколько кэша» asks how much of it there is
            found, end = own[:1], word.end()
            break
    if not found or not _ANYTHING.isdisjoint(found):
        return None
    said = f"{match['asked']} {match['rest'][:end]}"
    single = many is not None and kind.unit is None
    return Counted(said[:1].lower() + said[1:], tuple(found), single)


def _is_before_a_noun(word: str) -> bool:
    """«сколько всего обучающих картинок»"""
    return part_of_speech(word.lower()) in {"ADJF", "PRTF", "ADVB", "NPRO", "PRCL", "NUMR"}


def is_counted(of: Counted, question: str, sentence: str) -> bool:
    """Whether a number that is not the question's own stands beside the noun in a sentence. Days, hours and fractions
    count no single things: «KL 0.041 у команды», «по средам в 19:30»."""
    asked = numbers(question)
    tokens = [match.group() for match in _TOKEN.finditer(_NO_NUMBER.sub(" ", sentence) if of.many else sentence)]
    told = [i for i, one in enumerate(tokens) if _is_number(one, asked)]
    places = [i for i, one in enumerate(tokens) if any(_is(term, one, alike=not of.many) for term in of.terms)]
    return any(
        -_BEFORE <= number - place <= _BEHIND
        for place in places
        for number in told
        if not (of.many and _FRACTION.fullmatch(tokens[number]) and place - number not in {1, 2})
    )


def is_letter(name: str) -> bool:
    """Whether a name is that of a Greek letter, as formulas have it."""
    return not LETTERS.keys().isdisjoint(terms(name))


def stands_as_letter(name: str, text: str) -> bool:
    """Whether a Greek letter stands where a question spells it out: ε for `eps`."""
    return any(LETTERS[term] in text for term in terms(name) if term in LETTERS)


def _is_number(token: str, asked: set[str]) -> bool:
    found = numbers(token)
    return bool(found - asked) or (not found and (is_spelled_number(token) or bool(re.search(r"\d", token))))


def _is(term: str, token: str, *, alike: bool) -> bool:
    """`alike`: relatives count too; «голосование» is not counted by «голосов»."""
    there = terms(token)
    if term in LETTERS and token.startswith(LETTERS[term]):
        return True
    worth = Terms(there).worth(term)
    if worth and (alike or worth in _SURELY):
        return True
    return any(term in group and not group.isdisjoint(there) for group in _groups())
