"""A line and its translation side by side: what one says and the other does not, or the other way round."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from konspekt.conversion.facts.facts import number_forms
from konspekt.conversion.meaning.english import english_traits
from konspekt.conversion.meaning.russian import russian_traits
from konspekt.conversion.meaning.traits import Traits

Kind = Literal["person", "negation", "modality", "direction", "order", "unit", "compared", "incomplete"]
_TRAITS: dict[str, Callable[[str], Traits]] = {"ru": russian_traits, "en": english_traits}
_SENTENCES = re.compile(r"(?<=[.!?…])\s+(?=[A-ZА-ЯЁ«“\"⟦])")
_SHORT = 8  # words: a shorter line may well become half or twice as long


@dataclass(frozen=True, slots=True)
class Doubt:
    """`advice` is for a model that tries again."""

    kind: Kind
    advice: str


def doubts(given: str, answer: str, source: str, target: str) -> tuple[Doubt, ...]:
    """What the translation of a line may have turned round; nothing for languages other than Russian and English."""
    if source == target or source not in _TRAITS or target not in _TRAITS:
        return ()
    lines = _SENTENCES.split(given), _SENTENCES.split(answer)
    if len(lines[0]) == len(lines[1]) > 1:
        found = [doubt for pair in zip(*lines, strict=True) for doubt in _doubts(*pair, source, target)]
        return tuple({doubt.kind: doubt for doubt in found}.values())
    return _doubts(given, answer, source, target)


def _doubts(given: str, answer: str, source: str, target: str) -> tuple[Doubt, ...]:
    said, told = _TRAITS[source](given), _TRAITS[target](answer)
    russian, english = (said, told) if source == "ru" else (told, said)
    found = [
        _persons(russian, english),
        _particular(russian, english),
        _negation(said, told),
        _modality(said, told),
        _direction(said, told),
        _order(said, told),
        _units(said, told),
        _compared(said, told),
        _whole(said, told, russian_first=source == "ru"),
    ]
    return tuple(doubt for doubt in found if doubt is not None)


def _persons(russian: Traits, english: Traits) -> Doubt | None:
    """Who acts and whom it is done to. Where the Russian names nobody, English may say "you" or "we"."""
    advice = "keep who does it and to whom: I, we and you as in the text"
    if "I" in english.subjects and "I" in russian.named and "I" not in russian.subjects and not russian.open_one:
        return Doubt("person", advice)  # «меня пытались» is not "I tried"
    if "I" in russian.acting and "I" in english.named and "I" not in english.subjects and "we" not in english.named:
        return Doubt("person", advice)  # «я советовала» is not "I was advised"
    if "I" in english.named and not {"I", "we"} & russian.named and not russian.open_one:
        return Doubt("person", advice)
    if "we" in english.named and not {"I", "we"} & russian.named and not russian.open:
        return Doubt("person", advice)
    if "I" in english.named and "we" in russian.named and "we" not in english.named and "I" not in russian.named:
        return Doubt("person", advice)
    addressed = "you" in english.named - russian.named
    if addressed and russian.acting and not {"I", "we"} & english.named:
        return Doubt("person", advice)  # «я обучил» is not "you trained"
    if addressed and {"I", "we"} & russian.named and not russian.open:
        return Doubt("person", advice)
    return _speakers(russian, english, advice)


def _speakers(russian: Traits, english: Traits, advice: str) -> Doubt | None:
    """Whoever does it in the Russian by a verb of their own has become somebody else, or whom it is done to."""
    if "I" in russian.speaking and "I" not in english.named and english.others and not russian.others:
        return Doubt("person", advice)  # «я написала» is not "they wrote"
    if english.one_other and not russian.one_other:
        return Doubt("person", advice)  # «Померила розеткой» is not "she measured"
    if "we" in russian.speaking and not {"we", "I"} & english.subjects:
        if english.others and not russian.others:
            return Doubt("person", advice)
        if "you" in english.subjects and "you" not in russian.named:
            return Doubt("person", advice)  # «мы рассчитывали» is not "you expected"
        if english.it and "we" in english.named:
            return Doubt("person", advice)  # «мы подаём ей» is not "it feeds us"
    return None


def _particular(russian: Traits, english: Traits) -> Doubt | None:
    """What Russian says in a word of its own, and English in several ways."""
    if russian.nobody and not english.nobody:
        return Doubt("negation", "the text speaks of none of them: keep that")
    if russian.one_and_a_half and not english.one_and_a_half:
        return Doubt("unit", "keep the one and a half")
    return None


def _negation(said: Traits, told: Traits) -> Doubt | None:
    if said.without and told.without:  # «не работает без» is not "works without"
        if bool(said.negations) == bool(told.negations):
            return None
    elif bool(said.negations or said.without) == bool(told.negations or told.without):
        return None
    elif said.hinted if told.negations or told.without else told.hinted:
        return None  # «не греется» is "stays cool"
    if said.negations or (said.without and not told.without):
        return Doubt("negation", "the text says that something is not so: keep that")
    return Doubt("negation", "the text does not say “not”: do not add it")


def _modality(said: Traits, told: Traits) -> Doubt | None:
    """What must be is not what is, and what may be is not what must."""
    if said.ordered and told.can and not told.must:
        return Doubt("modality", "the text says what to do, not what may be done")
    if told.sure and not said.sure:
        return Doubt("modality", "the text does not say that it is certain")
    if said.must and not said.can and not told.must and told.can:
        return Doubt("modality", "keep that it must be so")
    if said.can and not said.must and told.must and not told.can:
        return Doubt("modality", "keep that it can be so, it need not")
    if said.unsure and not told.unsure and not said.must:
        return Doubt("modality", "the text is not sure: keep that")
    if told.forbidden and not said.forbidden and not said.negations:
        return Doubt("modality", "the text forbids nothing")
    if told.forbidden and said.can and not said.forbidden:
        return Doubt("modality", "keep what may be done and what may not")
    return None


def _direction(said: Traits, told: Traits) -> Doubt | None:
    """Faster and slower, more and less; a line that has both directions tells nothing."""
    if (said.up and not said.down and told.down and not told.up) or (
        said.down and not said.up and told.up and not told.down
    ):
        return Doubt("direction", "keep which is more and which is less")
    if len(said.turns) == len(told.turns) == 2 and said.turns == told.turns[::-1] != told.turns:
        return Doubt("direction", "keep what goes up and what goes down")
    if (
        len(said.turns) == len(told.turns) >= 3
        and said.turns != told.turns
        and sorted(said.turns) == sorted(told.turns)
    ):
        return Doubt("direction", "keep what goes up and what goes down")
    return None


def _order(said: Traits, told: Traits) -> Doubt | None:
    if (said.earlier and not said.later and told.later and not told.earlier) or (
        said.later and not said.earlier and told.earlier and not told.later
    ):
        return Doubt("order", "keep what comes before and what after")
    return None


def _units(said: Traits, told: Traits) -> Doubt | None:
    """A number that measures something else in the translation than in the text."""
    for number, unit in said.measured:
        there = {other for written, other in told.measured if number_forms(written) & number_forms(number)}
        if there and unit not in there and unit not in {other for one, other in said.measured if one != number}:
            return Doubt("unit", f"keep what {number} measures")
        bare = any(number_forms(one) & number_forms(number) for one in told.numbers) and not there
        if unit == "percent" and bare and "percent" not in {other for _, other in told.measured}:
            return Doubt("unit", f"{number} is a percentage")
    for kind in ("time", "byte"):
        here, there_too = ({unit for unit in one.units if unit.startswith(kind)} for one in (said, told))
        if here and there_too and not here & there_too:
            return Doubt("unit", "keep the units")
    return None


def _compared(said: Traits, told: Traits) -> Doubt | None:
    """«A быстрее, чем B» has its B after “than”; the same model is not another one."""
    if said.same and told.other and not told.same and not said.other:
        return Doubt("compared", "keep that it is the same")
    if said.other and told.same and not said.same and not told.other:
        return Doubt("compared", "keep that it is another one")
    if said.than and told.than and said.than.isascii() and told.than.isascii() and said.than != told.than:
        plain = {word.rstrip("s").replace("-", "") for word in (said.than, told.than)}
        if len(plain) > 1 and not said.than.startswith(told.than) and not told.than.startswith(said.than):
            return Doubt("compared", f"it is compared with {said.than}")
    return None


def _whole(said: Traits, told: Traits, *, russian_first: bool) -> Doubt | None:
    shortest, longest = (0.7, 2.4) if russian_first else (0.45, 1.7)  # English has articles
    if said.words >= _SHORT and not shortest * said.words <= told.words <= longest * said.words:
        return Doubt("incomplete", "translate the whole line, no more and no less")
    if len(said.numbers) > len(told.numbers) + max(told.counts - said.counts, 0):
        return Doubt("incomplete", "keep every number")
    return None
