"""What a question wants beside its words: a definition, code, a formula, a price, the words of a follow-up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.judging.asked import holds_kind, kind_of
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.prices import PRICE, PRICE_TOLD
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.units import Unit
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

# Beside a reader's score of 0 to 3 for a sentence.
_CODE, _FORMULA, _FOCUS, _KIND = 0.9, 0.8, 0.8, 0.6
# For a number with its unit; for a licence, a place, …, which fewer sentences hold by chance.
_NUMBER, _OTHER = 0.4, 0.7
_NOTHING_IN_PARTICULAR = 0.5  # what `holds_kind` makes of most
_DEFINED, _OPENING = 2.2, (2.0, 1.6)  # for «X — это …», and for the first sentences under a title that introduces X
_FIRST, _ABOUT_AS_GOOD = 5, 0.5  # passages, and the share of the best one's score, among which a kind decides
_CODE_ASKED = re.compile(
    r"\b(?:код(?:а|ом|е)?|скрипт\w*|сниппет\w*|листинг\w*|команд[ау]\w*|code|snippet|script|command|implement\w*|"
    r"how (?:do|can|to) (?:i |you )?(?:write|implement|run))\b",
    re.I,
)
_CODE_THERE = re.compile(r"```|^\s*(?:def |import |from \w+ import |\w+ = \w+\(|for \w+ in |[\w-]+ --?\w+ )", re.M)
_FORMULA_ASKED = re.compile(r"\b(?:формул\w+|уравнени\w+|чему рав\w+|выражени\w+|formula|equation|expression)\b", re.I)
_FORMULA_THERE = re.compile(r"\$\$|=\s*[^.;,=а-яё]{0,40}[+·∇√^\\]|=\s*\S+_\S+ [+·]")
_DATE_ASKED = re.compile(
    r"\b(?:когда|дедлайн\w*|срок\w*|до какого|какого числа|дат[аеуы]|по каким дням|"
    r"when|deadline|due|what da(?:y|te))\b",
    re.I,
)
_DATE_THERE = re.compile(
    r"\b\d{1,2}(?:-го)?\s+(?:январ|феврал|март|апрел|ма[яй]|июн|июл|август|сентябр|октябр|ноябр|декабр|jan|feb|mar|apr|"
    r"may|jun|jul|aug|sep|oct|nov|dec)|\b\d{1,2}[.:]\d{2}\b|\b(?:понедельник|вторник|сред[ау]м?|четверг|пятниц|суббот|"
    r"воскресень)\w*|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b",
    re.I,
)
# What is asked for, how it is told in a text, and what that is worth
_KINDS = (
    (_CODE_ASKED, _CODE_THERE, _CODE),
    (_FORMULA_ASKED, _FORMULA_THERE, _FORMULA),
    (PRICE, PRICE_TOLD, _KIND),
    (_DATE_ASKED, _DATE_THERE, _KIND),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`defined`: the name of which the question asks what it is. `focus`: the words of a follow-up."""

    question: str
    defined: str | None = None
    focus: str = ""

    def worth(self, passage: Passage, units: Sequence[Unit]) -> list[float]:
        """What speaks for each unit, beside how well its words fit; 0 for most."""
        return [one + other for one, other in zip(self.shapes(units), self.told(passage, units), strict=True)]

    def shapes(self, units: Sequence[Unit]) -> list[float]:
        """Of each unit, whether it holds the kind of thing that is asked for."""
        return [self._shape(unit.text) for unit in units]

    def told(self, passage: Passage, units: Sequence[Unit]) -> list[float]:
        """Of each unit, whether it defines what a definition is asked of, and what of a follow-up's words it holds."""
        found = [0.0] * len(units)
        if self.focus:
            wanted = dict.fromkeys(content_terms(self.focus), 1.0)
            for i, unit in enumerate(units if wanted else ()):
                found[i] += _FOCUS * Terms(terms(unit.text)).share(wanted)
        if self.defined:
            for i, more in self._defining(passage, units).items():
                found[i] += more
        return found

    def ordered(self, passages: Sequence[Passage]) -> list[Passage]:
        """Of the best few those first that hold what is asked for: code, a formula, a price, a date."""
        kinds = [there for asked, there, _ in _KINDS if asked.search(self.question)]
        if not kinds or not passages:
            return list(passages)
        least = _ABOUT_AS_GOOD * passages[0].score
        near = [passage for passage in passages[:_FIRST] if passage.score >= least]
        near.sort(key=lambda passage: not any(there.search(passage.text) for there in kinds))
        return [*near, *(passage for passage in passages if passage not in near)]

    def _shape(self, text: str) -> float:
        shaped = sum(worth for asked, there, worth in _KINDS if asked.search(self.question) and there.search(text))
        kind = kind_of(self.question)
        if shaped or kind is None:
            return shaped
        worth = _NUMBER if kind.counts else _OTHER
        return worth * (holds_kind(self.question, text) - _NOTHING_IN_PARTICULAR)

    def _defining(self, passage: Passage, units: Sequence[Unit]) -> dict[int, float]:
        assert self.defined is not None
        name = re.escape(self.defined)
        says = re.compile(rf"(?:^|[.!?]\s)\W*{name}\W*(?:\([^)]*\)\s*)?(?:[—–-]\s|это\b|is an?\b)", re.I)
        stated = next((i for i, unit in enumerate(units) if says.search(unit.text) and not unit.is_heading), None)
        if stated is not None:
            return {stated: _DEFINED}
        if not re.search(rf"(?<!\w){name}(?!\w)", passage.title, re.I):
            return {}
        told = [
            i for i, unit in enumerate(units) if not (unit.is_heading or unit.is_tags or unit.text == passage.title)
        ]
        opens = passage.text.find(units[told[0]].text[:40]) < 400 if told else False
        return dict(zip(told, _OPENING, strict=False)) if opens else {}
