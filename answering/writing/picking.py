"""The sentences of a quote that answer, with what a reader needs to understand them.

A sentence never loses what it speaks of: one that opens with a pronoun, or has no subject of its own, comes with the
one before it. It never loses its other half either: «Но …» behind it comes along. A line that announces something comes
with what it announces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from konspekt.answering.words.morphology import morphology, part_of_speech
from konspekt.answering.writing.units import Unit

ENOUGH = 340  # characters of an answer out of one passage: four or five lines on a phone
MOST = 620  # with what must come along
_ALSO = 0.72  # of the best sentence's score: a neighbour that says about as much
_BACK = 2  # sentences that an antecedent may be away

_POINTS_BACK = re.compile(
    r"^\W*(?:он|она|оно|они|его|её|ее|их|ему|ей|им|это|этот|эта|эти|этого|этой|этом|этим|такой|такая|такое|такие|так|там|"
    r"тут|здесь|тогда|поэтому|потому|отсюда|оттого|тем|то есть|т\.е|значит|зато|но|однако|а|и|или|же|при этом|причём|"
    r"причем|кроме того|ещё|еще|тоже|также|второй|вторая|второе|третий|третье|первый|первая|первое|последний|обе|оба|"
    r"it|its|they|them|their|this|that|these|those|he|she|his|her|here|there|then|so|such|but|however|and|or|also|both|"
    r"therefore|thus|hence|instead|otherwise|the (?:first|second|third|former|latter|same|other))\b",
    re.IGNORECASE,
)
_CONTRASTS = re.compile(
    r"^\W*(?:но|однако|зато|а вот|а|только|правда|впрочем|хотя|наоборот|напротив|исключение|кроме|"
    r"but|however|yet|although|though|only|except|on the other hand|instead|conversely|unlike|by contrast)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^\s*(?:[-*•–—]|\d{1,2}[.)])\s+")


def picked(
    units: Sequence[Unit], scores: Sequence[float], *, enough: int = ENOUGH, explaining: bool = False
) -> list[int]:
    """Indices of the units that make the answer, in the order of the text; at least one, out of at least one.

    `explaining`: the question asks why or how. The sentence nearest to it then often only says it again, and the ones
    behind it explain, so these come along as far as there is room.
    """
    ranked = sorted(range(len(units)), key=lambda i: (units[i].is_tags, units[i].asks_or_names, -scores[i], i))
    best = ranked[0]
    chosen = with_context(units, [best])
    for i in ranked[1:4]:
        near = min(abs(i - j) for j in chosen) <= 2
        if scores[i] < _ALSO * scores[best] or not near or i in chosen or units[i].is_tags or units[i].asks_or_names:
            continue
        wider = with_context(units, [*chosen, i])
        if _length(units, wider) <= enough:
            chosen = wider
    return _explained(units, chosen, enough) if explaining else chosen


def _explained(units: Sequence[Unit], chosen: Sequence[int], enough: int) -> list[int]:
    kept = list(chosen)
    for following in range(kept[-1] + 1, len(units)):
        if units[following].is_heading or units[following].is_tags or _length(units, [*kept, following]) > enough:
            break
        kept.append(following)
    return kept


def with_context(units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
    """The units with what each speaks of before it, and what contrasts with it or was announced after it."""
    kept = set(chosen)
    for i in sorted(chosen):
        back = i
        while back > 0 and i - back < _BACK and needs_antecedent(units[back].text):
            if units[back - 1].is_tags or units[back - 1].is_heading:
                break
            back -= 1
            if _length(units, sorted(kept | {back})) > MOST:
                break
            kept.add(back)
        ahead = i
        if units[i].promises_more or units[i].text.endswith(("…", ":")):
            while ahead + 1 < len(units) and _continues(units, i, ahead + 1):
                if _length(units, sorted(kept | {ahead + 1})) > MOST:
                    break
                ahead += 1
                kept.add(ahead)
        if ahead + 1 < len(units) and _contrasts(units[ahead + 1]):
            wider = sorted(kept | {ahead + 1})
            kept = set(wider) if _length(units, wider) <= MOST else kept
    return sorted(kept)


def _contrasts(unit: Unit) -> bool:
    return bool(_CONTRASTS.match(unit.text)) and not unit.is_tags


def needs_antecedent(sentence: str) -> bool:
    """Whether a sentence cannot be understood without the one before it: it points back, or has no subject."""
    bare = _ITEM.sub("", sentence)
    return bool(_POINTS_BACK.match(bare)) or (bool(re.search(r"[а-яё]", bare, re.I)) and not _has_subject(bare))


def _has_subject(sentence: str) -> bool:
    """A noun in the nominative, or a name in Latin letters."""
    if re.search(r"[A-Za-z]{2,}", sentence):
        return True
    return any(_may_be_subject(word) for word in re.findall(r"[а-яё]+(?:-[а-яё]+)*", sentence.lower()))


@lru_cache(maxsize=50_000)
def _may_be_subject(word: str) -> bool:
    parses: Sequence[Any] = morphology().parse(word)
    return part_of_speech(word) in {"NOUN", "NPRO"} and any("nomn" in parse.tag for parse in parses)


def _continues(units: Sequence[Unit], start: int, place: int) -> bool:
    """Whether this unit belongs to what unit `start` announced: the next one, and all items of a list."""
    return place == start + 1 or (bool(_ITEM.match(units[place].text)) and bool(_ITEM.match(units[place - 1].text)))


def _length(units: Sequence[Unit], chosen: Sequence[int]) -> int:
    return sum(units[i].end - units[i].start for i in chosen)


def stretches(units: Sequence[Unit], chosen: Sequence[int]) -> list[tuple[int, int]]:
    """The chosen units as stretches of their text, neighbours together."""
    found: list[tuple[int, int]] = []
    for place, i in enumerate(chosen):
        if place and chosen[place - 1] == i - 1:
            found[-1] = (found[-1][0], units[i].end)
        else:
            found.append((units[i].start, units[i].end))
    return found


def numbered(units: Sequence[Unit]) -> Mapping[int, int]:
    """Numbers for the units that a model may point at (no hashtags, no bare headings), to their indices."""
    pointed = [i for i, unit in enumerate(units) if not unit.is_tags and not unit.is_heading]
    return dict(enumerate(pointed, start=1))
