"""What a question wants beside its words: a definition, code, a formula, a price, the words of a follow-up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.answering.judging.asked import holds_kind, kind_of
from konspekt.answering.judging.beside import lacking_codes
from konspekt.answering.words.introductions import introduces_himself
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.prices import PRICE, PRICE_TOLD
from konspekt.answering.words.shown import NOTHING_SHOWN, Shown
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.going_on import asks_for_cure, is_bare_why, remedies
from konspekt.answering.writing.kinds.amounts import of_the_size
from konspekt.answering.writing.kinds.belonging import (
    UNASKED_CODE,
    Thing,
    asks_for_code,
    is_program,
    is_there,
    thing_asked_for,
    whole_code,
    worth_of,
)
from konspekt.answering.writing.kinds.defining import TOLD, defines, definitions
from konspekt.answering.writing.kinds.leaning import answered_below
from konspekt.answering.writing.kinds.lists import announced, announces, opens_an_item, steps_of, to_do, whole_lists
from konspekt.answering.writing.kinds.means import names_means, says_it_is
from konspekt.answering.writing.kinds.own_questions.posed import found_a_way, reason_given
from konspekt.answering.writing.kinds.own_questions.reasons import (
    FIRST,
    NO_REASON,
    WHOLE,
    below_the_question,
    below_their_title,
    no_reasons,
    told_apart,
)
from konspekt.answering.writing.kinds.own_questions.sections import asked_section
from konspekt.answering.writing.kinds.rows import pieces_told, tells, worth_of_rows
from konspekt.answering.writing.kinds.superlatives import fastest, leading
from konspekt.answering.writing.kinds.units import Unit, units_of
from konspekt.answering.writing.kinds.without import ruled_out
from konspekt.answering.writing.picking import MOST, beside, explained, from_paragraph, joined, length, with_context
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

# Beside a reader's score of 0 to 3 for a sentence.
_FOCUS, _KIND = 0.8, 0.6
# For a number with its unit; for a licence, a place, …, which fewer sentences hold by chance.
_NUMBER, _OTHER = 0.4, 0.7
_NOTHING_IN_PARTICULAR = 0.5  # what `holds_kind` makes of most
_DEFINED = 7.0  # log-odds of a sentence that surely says what a thing is
_PARTLY_DEFINED = 0.6  # how surely it must
_INTRODUCED = 9.0  # log-odds of a sentence in which the one who is asked of gives his name
_CURED = 6.0  # log-odds of a sentence that says what helps, where that is asked
_BARE = 120  # characters: a definition as short as that comes with the sentence beside it
_SURELY_DEFINED = 0.82  # … to be an answer whatever else speaks against it
_AS_WELL = 0.9  # of the best one's sureness: another sentence says a part of what it is
_FIRST, _ABOUT_AS_GOOD = 5, 0.5  # passages, and the share of the best one's score, among which a kind decides
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
_PLACE = "place_to"  # of `asked.toml`
_KINDS = (
    (PRICE, PRICE_TOLD, _KIND),
    (_DATE_ASKED, _DATE_THERE, _KIND),
)


def tells_date(text: str) -> bool:
    """Whether a text names a day or an hour."""
    return bool(_DATE_THERE.search(text))


@dataclass(frozen=True, slots=True)
class Wanted:
    """`defined`: the name of which the question asks what it is. `focus`: the words of a follow-up. `shown`: what the
    reader has before the eyes."""

    question: str
    defined: str | None = None
    focus: str = ""
    shown: Shown = NOTHING_SHOWN

    @property
    def asks_only_why(self) -> bool:
        """Whether a follow-up is «а почему?», without a word of its own."""
        return is_bare_why(self.shown.asked)

    def worth(self, passage: Passage, units: Sequence[Unit]) -> list[float]:
        """What speaks for each unit, beside how well its words fit; 0 for most."""
        return [one + other for one, other in zip(self.shapes(units), self.told(passage, units), strict=True)]

    def shapes(self, units: Sequence[Unit]) -> list[float]:
        """Of each unit, whether it holds the kind of thing that is asked for."""
        return [self._shape(unit.text) for unit in units]

    def told(self, passage: Passage, units: Sequence[Unit]) -> list[float]:
        """Log-odds for each unit: what all of its `reasons` make together."""
        return [sum(row) for row in zip(*self.reasons(passage, units).values(), strict=True)]

    def reasons(self, passage: Passage, units: Sequence[Unit]) -> dict[str, list[float]]:
        """By name, log-odds for each unit: that it defines what a definition is asked of, is the code or formula that
        is asked for, stands below a title that is the question, holds a follow-up's words, …"""
        none = [0.0] * len(units)
        focused, defined, thing_told, row_told = none, none, none, none
        if self.focus and (wanted := dict.fromkeys(content_terms(self.focus), 1.0)):
            focused = [_FOCUS * Terms(terms(unit.text)).share(wanted) for unit in units]
        if self.defined:
            surely = definitions(self.defined, passage.title, units, opens=passage.opens)
            defined = [_DEFINED * one if one >= _PARTLY_DEFINED else 0.0 for one in surely]
        if thing := self.thing:
            thing_told = worth_of(thing, passage.title, units)
        for asked in filter(None, (self.focus, self.question)):
            if any(worth := worth_of_rows(asked, passage.title, units)):
                row_told = worth
                break
        wants_code = asks_for_code(self.question)
        return {
            "below_its_title": self._below_what_asks_it(passage, units),
            "focus": focused,
            "defined": defined,
            "apart": told_apart(self.question, passage.title, units),
            "thing": [
                one + _INTRODUCED * introduces_himself(self.question, unit.text)
                for one, unit in zip(thing_told, units, strict=True)
            ],
            "announced": [
                one + cure
                for one, cure in zip(
                    announced(self.question, passage.title, units), self._cures(passage, units), strict=True
                )
            ],
            "row": [
                sum(row)
                for row in zip(
                    row_told,
                    of_the_size(self.question, units),
                    pieces_told(self.question, passage.title, units),
                    fastest(self.question, units),
                    leading(self.question, units),
                    strict=True,
                )
            ],
            "row_no_reason": [
                NO_REASON * one + out
                for one, out in zip(
                    no_reasons(self.question, units), ruled_out(self.question, passage.title, units), strict=True
                )
            ],
            "code_unasked": [UNASKED_CODE * (not wants_code and is_program(unit)) for unit in units],
        }

    def _below_what_asks_it(self, passage: Passage, units: Sequence[Unit]) -> list[float]:
        """Log-odds for each unit: the first ones below a title, a heading or a line that asks the same."""
        found = below_their_title(self.question, passage.title, units)
        if (section := asked_section(self.question, passage.title, units)) is not None:
            for i, worth in zip(range(section, len(units)), FIRST, strict=False):
                found[i] = max(found[i], worth + WHOLE)
        if (reason := reason_given(self.question, passage.title, units)) is not None:
            found[reason] = max(found[reason], FIRST[0] + WHOLE)
        tells = ((found_a_way, FIRST[0]), (says_it_is, FIRST[0]), (names_means, FIRST[0] + WHOLE))
        return [
            max(one, *(worth * told(self.question, unit) for told, worth in tells))
            for one, unit in zip(found, units, strict=True)
        ]

    def _cures(self, passage: Passage, units: Sequence[Unit]) -> list[float]:
        """Log-odds of what helps, where that is asked, by how much of the question its text speaks of."""
        if not asks_for_cure(self.shown.asked or self.question):
            return [0.0] * len(units)
        wanted = dict.fromkeys(content_terms(self.question), 1.0)
        there = Terms(terms(f"{passage.title}\n{passage.text}")).share(wanted) if wanted else 1.0
        return [_CURED * there * one for one in remedies(units)]

    @property
    def thing(self) -> Thing | None:
        """Code, a formula or people that are asked for, by a follow-up's own words where these say of what."""
        return thing_asked_for(self.focus) or thing_asked_for(self.question)

    def chosen(self, passage: Passage, units: Sequence[Unit], enough: int) -> list[int]:
        """The units that define what a definition is asked of, the surest and those that say a part of it, or that are
        the code, formula or people asked for; none where nothing of that is asked for or found."""
        if thing := self.thing:
            worth = worth_of(thing, passage.title, units)
            best = max(worth, default=0.0)
            return with_context(units, [worth.index(best)]) if best > 0 else []
        if any(pieces := pieces_told(self.question, passage.title, units)):
            return with_context(units, [i for i, worth in enumerate(pieces) if worth])
        if (below := below_the_question(self.question, units)) is not None:
            return explained(units, with_context(units, [below]), enough)
        if (section := asked_section(self.question, passage.title, units)) is not None:
            return explained(units, [i for i in with_context(units, [section]) if i >= section], enough)
        if (reason := reason_given(self.question, passage.title, units)) is not None:
            return explained(units, [reason], enough)
        if self.defined and (steps := steps_of(self.question, units)):
            return steps
        surely = definitions(self.defined, passage.title, units, opens=passage.opens) if self.defined else []
        best = max(surely, default=0.0)
        if best < _PARTLY_DEFINED:
            return []
        first = surely.index(best)
        chosen = with_context(units, [first])
        if best < TOLD:
            chosen = from_paragraph(units, chosen, enough)
        for i in sorted(range(len(units)), key=lambda i: (-surely[i], i)):
            wider = with_context(units, [*chosen, i])
            room = enough if i > first + 1 else MOST  # one sentence alone hardly ever says what a thing is
            apart = any(one.asks_or_names for one in units[i + 1 : first])  # what stands above «Что за X?»
            if surely[i] >= _AS_WELL * best and length(units, wider) <= room and not apart:
                chosen = wider
        chosen = joined(units, chosen)
        return beside(units, chosen, enough) if length(units, chosen) < _BARE else chosen

    def whole(self, units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
        """The chosen units with the whole of a list that is asked for, the answer of an exercise, and what announces a
        formula or code."""
        kept = whole_lists(self.question, units, [*chosen, *to_do(self.question, units, chosen)])
        kept = whole_code(units, kept)
        kept += answered_below(units, kept[-1])
        led = (i for i in kept if i and announces(units[i - 1]) and not opens_an_item(units, i))
        return sorted({*kept, *(i - 1 for i in led)})

    def ordered(self, passages: Sequence[Passage]) -> list[Passage]:
        """Of the best few those first that hold what is asked for: a row of a table, code, a formula, people, a price,
        a date, a place to turn to."""
        kinds = [there for asked, there, _ in _KINDS if asked.search(self.question)]
        kind = kind_of(self.question)
        if kind is not None and kind.name == _PLACE:
            kinds.append(kind.holds)
        thing = self.thing
        if not (kinds or thing) or not passages:
            return sorted(passages, key=lambda passage: not self._in_a_row(passage))
        least = _ABOUT_AS_GOOD * passages[0].score
        near = [passage for passage in passages[:_FIRST] if passage.score >= least]
        near.sort(key=lambda passage: not any(there.search(passage.text) for there in kinds))
        found = [*near, *(passage for passage in passages if passage not in near)]
        if thing is not None:
            found.sort(key=lambda passage: not is_there(thing, passage.title, units_of(passage.text)))
        return sorted(found, key=lambda passage: not self._in_a_row(passage))

    def _in_a_row(self, passage: Passage) -> bool:
        """Whether a row of a table tells all that is asked. Of most passages it is clear without cutting them."""
        return "|" in passage.text and tells(self.question, passage.title, units_of(passage.text))

    def states(self, passages: Sequence[Passage]) -> bool:
        """Whether the passages hold the very thing that is asked for: a definition in so many words, code or a formula
        that belongs to what it is asked of, the people who did it, the row of a table."""
        thing = self.thing
        for one in passages:
            if lacking_codes(self.question, f"{one.title}\n{one.text}"):  # SageAttention3 is not SageAttention
                continue
            units = units_of(one.text)
            if self.defined and defines(self.defined, one.title, units, opens=one.opens) >= _SURELY_DEFINED:
                return True
            if thing is not None and is_there(thing, one.title, units):
                return True
            if tells(self.question, one.title, units):
                return True
        return False

    def _shape(self, text: str) -> float:
        shaped = sum(worth for asked, there, worth in _KINDS if asked.search(self.question) and there.search(text))
        kind = kind_of(self.question)
        if shaped or kind is None:
            return shaped
        worth = _NUMBER if kind.counts else _OTHER
        return worth * (holds_kind(self.question, text) - _NOTHING_IN_PARTICULAR)
