"""What an answer in quotes would leave open, told by the structure of question and quotes: a word that nothing
explains, a comparison with something else, a link that is none, a clock time that is no time, the number of another
thing, a name that is spoken of elsewhere.

A rule of words over all near misses brings nothing any more (benchmarks/NOTES.md); these are few forms of questions, in
each of which what is shown must hold one thing that any reader sees at once. Where it does not, that is said, and the
nearest sentence is shown all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from konspekt.answering.judging.asked import Kind, holds_kind, kind_of, lacks_kind
from konspekt.answering.lacking.attributes import untold_attribute
from konspekt.answering.lacking.counted import counted, is_counted, is_letter
from konspekt.answering.lacking.elsewhere import told_elsewhere
from konspekt.answering.lacking.named import absent, asked_names, together
from konspekt.answering.lacking.quoted import Quoted
from konspekt.answering.lacking.siblings import of_a_sibling
from konspekt.answering.question.ranking import defined_name
from konspekt.answering.words.authors import asks_for_author, names_the_work
from konspekt.answering.words.introductions import is_of_himself
from konspekt.answering.words.vocabulary import numbers
from konspekt.answering.writing.kinds.defining import MADE, defines
from konspekt.answering.writing.kinds.naming import alike, name_pattern
from konspekt.answering.writing.kinds.units import units_of
from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import names_it, names_sibling, numbered_things

InWords = Literal["link", "place_to", "clock", "year", "card", "author", "called"]
What = Literal["definition", "name", "comparison", "number", "kind", "attribute", "sibling"] | InWords
# Kinds of `asked.toml` whose refusal has words of its own
_IN_WORDS: Mapping[str, InWords] = {name: name for name in get_args(InWords)}
# «Когда» joins sentences, anything may be «кто», and «вдвое» is no number beside a unit
_LOOSELY_ASKED = frozenset({"date", "person", "times", "code"})

# Asks what a word means, and not to tell of it
_WHAT_IS = re.compile(
    r"\b(?:что (?:это )?так(?:ое|ой|ая|ие)|[чш][еёо]о? (?:это )?такое|что (?:значит|означает)|расшифров\w+|"
    r"what(?:'s| is| are| does)|whats|stands? for)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\s+(?:на|в|во|для|при|у|из|in|for|on|at)\s.*$", re.IGNORECASE)  # «hot-swap на файнтюне»
_WORD_FOR_IT = re.compile(r"^(?:слово|термин|аббревиатура|сокращение|the (?:word|term)|word|term)\s+", re.IGNORECASE)
# What kind of thing a name is of: "Scion optimizer" is explained where Scion is
_SORT = re.compile(
    r"^(?:оптимизатор|метод|сэмплер|семплер|формат|алгоритм|подход|слой|фреймворк|библиотека|архитектура|модель)\s+(?=[a-z])|"
    r"(?<=\w)\s+(?:optimi[sz]er|method|sampler|format|algorithm|approach|layer|framework|library|trick)s?$",
    re.IGNORECASE,
)
_AND = re.compile(r"\s+(?:и|или|and|or)\s+", re.IGNORECASE)
_LONGEST_NAME = 3  # words: more is no name of a thing
_FASTER = re.compile(
    r"\b(?:скольк\w*|скок\w*|насколько|how much|how many times)\b.{0,60}?(?:быстр|медлен|ускор|faster|slower|speed)",
    re.IGNORECASE,
)
_OF_SPEED = re.compile(
    r"быстр|ускор|скорост|медлен|замедл|времен|время|секунд|минут|час\w?\b|fast|slow|speed|latency|throughput|\btime\b|"
    r"seconds?\b|minutes?\b|hours?\b",
    re.IGNORECASE,
)
_DIFFER = re.compile(r"\bчем\b.*\b(?:отлича\w+|лучше|хуже)|разниц\w+ между|\bdiffer\w*\b", re.IGNORECASE)
_VERSION_BEFORE = re.compile(
    r"\b(?:перв\w+|предыдущ\w+|прошл\w+|стар\w+|оригинальн\w+|исходн\w+|first|previous|original|old\w*) "
    r"(?:верси\w+|version)",
    re.IGNORECASE,
)
_BEFORE_IT = re.compile(
    r"\b(?:перв\w+|предыдущ\w+|предшествен\w+|first|previous|predecessor|original)\b", re.IGNORECASE
)
_VERSIONED = re.compile(r"\b(?P<name>[A-Za-z][A-Za-z]{2,})[ -]?v?(?P<number>\d)\b")


@dataclass(frozen=True, slots=True)
class Missing:
    """`what` is not told, of `name`: as the question writes it, or the words by which it asks for a number."""

    what: What
    name: str = ""

    @property
    def has_own_words(self) -> bool:
        """Whether it is a thing of one kind whose absence is said by name."""
        return self.what in _IN_WORDS


def missing(question: str, shown: Sequence[Quoted]) -> Missing | None:
    """What the question asks for and nothing shown tells; None where it may be told, nothing is shown, or somebody who
    is asked of introduces himself."""
    if not shown or any(is_of_himself(question, one.passage.text) for one in shown):
        return None
    return (
        _definition(question, shown)
        or _comparison(question, shown)
        or _kind(question, shown)
        or _number(question, shown)
        or _name(question, shown)
        or _attribute(question, shown)
        or _sibling(question, shown)
        or _elsewhere(question, shown)
    )


def _attribute(question: str, shown: Sequence[Quoted]) -> Missing | None:
    asked = untold_attribute(question, shown)
    return Missing("attribute", asked) if asked else None


def _sibling(question: str, shown: Sequence[Quoted]) -> Missing | None:
    asked = of_a_sibling(question, shown)
    return Missing("sibling", asked) if asked else None


def _elsewhere(question: str, shown: Sequence[Quoted]) -> Missing | None:
    lost = told_elsewhere(question, shown)
    return None if lost is None else Missing("sibling", lost) if lost else Missing("kind")


def _definition(question: str, shown: Sequence[Quoted]) -> Missing | None:
    whole = _WORD_FOR_IT.sub("", defined_name(question) or "")
    name = _TAIL.sub("", whole)
    too_long = len(name.split()) > _LONGEST_NAME
    if not name or too_long or is_letter(name) or not _WHAT_IS.search(question):
        return None
    if any(_is_explained(part, one) for part in [*_AND.split(name), _SORT.sub("", name)] for one in shown):
        return None
    if any(_is_explained_with(name, whole[len(name) :], line.text) for one in shown for line in one.lines):
        return None
    return Missing("definition", name)


def _is_explained_with(name: str, within: str, sentence: str) -> bool:
    """Of «слой в сети»: whether a sentence says what the latter is by the former («Сеть — это слои …»)."""
    _, _, place = within.strip().partition(" ")
    if not place:
        return False
    text = alike(sentence)
    told = re.search(rf"^\W*{name_pattern(place).pattern}\s+[—–-]\s", text, re.IGNORECASE)
    return told is not None and bool(name_pattern(name).search(text, told.end()))


def _is_explained(name: str, quoted: Quoted) -> bool:
    """Whether a title or a heading holds the name, or what is shown says what it is or begins with it."""
    passage = quoted.passage
    there = name_pattern(name)
    if any(there.search(alike(one)) for one in (passage.title, quoted.heading)):
        return True
    if " " in name and not set(terms(name)).isdisjoint(terms(passage.title)):
        return True
    if defines(name, passage.title, units_of(passage.text), opens=passage.opens) >= MADE:
        return True
    return any(_explains(there.pattern, alike(line.text)) for line in quoted.lines)


def _explains(name: str, sentence: str) -> bool:
    """«BitNet b1.58: каждый вес …», «… через adaLN-Zero: из них считают …», «Scion (улучшенная версия Muon)», «… ещё
    одному трюку — hot-swap.»"""
    in_brackets = rf"{name}\s*\([^()\d][^()]{{3,}}\)"
    behind_a_dash = rf"[—–]\s+это\s+[«\"]?{name}|[а-яёa-z]\s+[—–]\s+[«\"]?{name}[»\"]?\s*(?:[.,;:!?(]|$)"
    return bool(re.search(rf"^\W*{name}|{name}:\s|{in_brackets}|{behind_a_dash}", sentence, re.IGNORECASE))


def _comparison(question: str, shown: Sequence[Quoted]) -> Missing | None:
    if not _FASTER.search(question):
        return None
    lines = [line for one in shown for line in one.lines]
    if not any(_OF_SPEED.search(line.about) for line in lines):
        return Missing("comparison")
    if _VERSION_BEFORE.search(question) and not any(_of_both(question, line.text) for line in lines):
        return Missing("comparison")
    return None


def _of_both(question: str, text: str) -> bool:
    """Whether a sentence may compare a version with the one before it."""
    if _BEFORE_IT.search(text):
        return True
    found = [
        re.search(rf"\b{match['name']}(?!\w|[ -]?v?\d)", text, re.IGNORECASE) for match in _VERSIONED.finditer(question)
    ]
    return not found or any(found)


def _kind(question: str, shown: Sequence[Quoted]) -> Missing | None:
    kind = kind_of(question)
    if kind is None:
        return None  # «кто такая автор»
    if kind.name == "author" and (wanted := asked_names(question)):
        told = (
            len(absent(wanted, f"{one.passage.title}\n{line.text}")) < len(wanted) and holds_kind(question, line.text)
            for one in shown
            for line in one.lines
        )
        return None if any(told) else Missing("author")
    if kind.name == "author" and asks_for_author(question):
        lines = [
            (one.passage.title, line.text) for one in shown for line in one.lines if holds_kind(question, line.text)
        ]
        return None if any(names_the_work(question, *line) for line in lines) else Missing("author")
    if kind.name in _LOOSELY_ASKED or any(line.is_row for one in shown for line in one.lines):
        return None  # the head of a table may say what its rows hold
    if not all(lacks_kind(question, one.near) and not _may_count(kind, question, one.near) for one in shown):
        return None
    return Missing(_IN_WORDS.get(kind.name, "kind"))


def _may_count(kind: Kind, question: str, text: str) -> bool:
    """Whether a number and what it may count stand there, however far apart: «FID по признакам …, порог 12»."""
    return kind.unit is not None and bool(kind.unit.search(text)) and bool(numbers(text) - numbers(question))


def _number(question: str, shown: Sequence[Quoted]) -> Missing | None:
    kind = kind_of(question)
    if kind is None or not kind.counts:
        return None
    if all(_is_of_a_sibling(question, one) for one in shown):
        return Missing("kind")
    lines = [line for one in shown for line in one.lines]
    of = counted(question)
    telling = [line for line in lines if of is None or is_counted(of, question, line.text)]
    if of is not None and not telling:
        return Missing("number", of.asked)
    wanted = asked_names(question)
    if not wanted:
        return None
    asked = numbers(question)
    telling = [
        line
        for line in lines
        if holds_kind(question, line.text) and (numbers(line.text) - asked or not numbers(line.text))
    ]
    if telling and all(len(absent(wanted, line.about)) == len(wanted) for line in telling):
        return Missing("name", together(question, wanted))
    lost = min((absent(wanted, f"{one.near}\n{one.passage.source}") for one in shown), key=len)
    return Missing("name", together(question, lost)) if lost else None


def _is_of_a_sibling(question: str, quoted: Quoted) -> bool:
    """Whether it is told of the first lecture where the second one is asked about."""
    asked, told = numbered_things(terms(question)), numbered_things(terms(quoted.near))
    return names_sibling(asked, told) and not names_it(asked, told)


def _name(question: str, shown: Sequence[Quoted]) -> Missing | None:
    """A name on which the answer hangs: where a thing of one kind is asked for, or how two things differ."""
    kind = kind_of(question)
    closed = kind is not None and not kind.loose and kind.name not in _LOOSELY_ASKED
    differ = _DIFFER.search(question)
    wanted = asked_names(question)
    if not wanted or not (closed or differ):
        return None
    lost = min((absent(wanted, f"{one.near}\n{one.passage.source}") for one in shown), key=len)
    return Missing("name", together(question, lost)) if lost and (differ or len(lost) == len(wanted)) else None
