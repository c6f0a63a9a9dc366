"""Where the answer to a follow-up begins: with what answers it, and not with what the reader has just been told."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.words.shown import Shown
from konspekt.answering.words.vocabulary import content_terms, names
from konspekt.answering.writing.kinds.leaning import needs_antecedent
from konspekt.answering.writing.kinds.lists import lists_in
from konspekt.answering.writing.kinds.own_questions.reasons import asks_why
from konspekt.answering.writing.kinds.units import Unit
from konspekt.answering.writing.picking import brings_about, gives_reason

# «Как это лечить?», «что с этим делать», "how do I fix it?"
_ASKS_FOR_CURE = re.compile(
    r"\b(?:как|чем)\s+(?:(?:же|это|его|её|ее|их|с этим|такое|мне)\s+)*"
    r"(?:ис?правит\w*|леч\w+|вылеч\w+|почин\w+|чинит\w*|боро\w+|избав\w+|побед\w+|обойти)|"
    r"\bчто\s+(?:же\s+)?с\s+(?:этим|ним|ней|ними)\s+(?:с?делать)|\b(?:лекарств\w*|лечени[ея])\b|"
    r"\bhow\s+(?:to|do i|do you|do we|can i|is (?:it|this)|are they)\s+"
    r"(?:fix|cure|avoid|get rid|work around|deal with)\w*|"
    r"\bwhat(?:'s| is| are) the (?:fix|cure|remed|workaround)\w*",
    re.IGNORECASE,
)
_CURES = re.compile(
    r"^[^\w«\"]*(?:лечение|лечится|лечат|лекарств[оа]|исправля\w+|исправить|чинится|выход(?= )|помога[ею]т|спаса[ею]т|"
    r"(?:the |a |possible )?(?:fix|fixes|cures?|remed(?:y|ies)|workarounds?|solutions?))\b",
    re.IGNORECASE,
)

_HEAD = re.compile(r"(?<=\w)\s*[,:—–(]\s|(?<=[+\w])\s+\(")  # behind what an item is of
_FEW = 2  # content terms of a follow-up that hardly says of what it asks


def is_bare_why(question: str) -> bool:
    """«А почему?», «why is that?»"""
    return asks_why(question) and not content_terms(question)


def asks_for_cure(question: str) -> bool:
    return bool(_ASKS_FOR_CURE.search(question))


def remedies(units: Sequence[Unit]) -> list[bool]:
    """Of each unit, whether it says what helps, or stands in the list that such a line announces."""
    found = [bool(_CURES.match(unit.text)) and not unit.is_tags for unit in units]
    for one in lists_in(units):
        if found[one.opening] and one.opening < one.items[0][0]:
            for place in one.places:
                found[place] = True
    return found


def cures_first(question: str, units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
    """Where it is asked what helps, without the causes that stand before the remedies."""
    if not asks_for_cure(question):
        return list(chosen)
    cures = remedies(units)
    first = next((i for i in chosen if cures[i]), None)
    return list(chosen) if first is None else [i for i in chosen if i >= first]


def without_told(
    units: Sequence[Unit], chosen: Sequence[int], best: int, shown: Shown, focus: str, *, bare: bool
) -> list[int]:
    """The answer to a follow-up without what stands before the sentence that answers and was just told, even where that
    leans on it: the reader has it before the eyes.

    `focus`: the one thing that is new («а для SDXL?», «я про модель без GQA»): nothing on another one comes first.
    `bare`: nothing is new («а почему?»), and so is nothing that was told.
    """
    if not shown.asked:
        return list(chosen)
    told = [shown.says(unit.text) for unit in units]
    leans = needs_antecedent(units[best].text)
    kept = list(chosen)
    while kept[0] < best:
        first = kept[0]
        needed = leans and first == best - 1 and not told[first]
        if not (shown.again(units[first].text) >= 1.0 or (focus and not needed)) or _announces_what_is_kept(
            units, first, best
        ):
            break
        kept.pop(0)
    return [i for i in kept if not told[i]] or kept if bare else kept


def of_what_was_named(units: Sequence[Unit], shown: Shown) -> list[float]:
    """Of each unit: 1 for the item of a list that begins with what the last answer named, -1 for the others of that
    list: «сколько шагов?» after «для SDXL — DPM-Solver++» is of that one. 0 where the follow-up names something."""
    found = [0.0] * len(units)
    if not shown.answers or names(shown.asked) or len(content_terms(shown.asked)) > _FEW:
        return found
    named = names(shown.answers[0])
    for one in lists_in(units) if named else ():
        heads = [(place, names(_HEAD.split(units[place].text, maxsplit=1)[0])) for place, _ in one.items]
        of_it = [bool(head & named) for _, head in heads]
        if sum(of_it) == 1:
            for (place, _), matched in zip(heads, of_it, strict=True):
                found[place] = 1.0 if matched else -1.0
    return found


def explains(units: Sequence[Unit], chosen: Sequence[int], shown: Shown) -> bool:
    """Whether sentences may answer «а почему?»: one gives a reason, or goes on in the paragraph that was told."""
    return any(
        gives_reason(units[i].text)
        or brings_about(units[i].text)
        or (i > 0 and units[i].start - units[i - 1].end <= 1 and shown.says(units[i - 1].text))
        for i in chosen
    )


def _announces_what_is_kept(units: Sequence[Unit], first: int, best: int) -> bool:
    """Whether a line announces the list that the best sentence is an item of."""
    return any(one.opening == first and best in one.places for one in lists_in(units))
