"""The sentences of a quote that answer, with what a reader needs to understand them.

A sentence never loses what it speaks of: one that opens with a pronoun, or has no subject of its own, comes with the
one before it. It never loses its other half either: «Но …» behind it comes along. A line that announces something comes
with what it announces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from konspekt.answering.writing.kinds.leaning import BACK, contrasts, goes_on, is_item, needs_antecedent
from konspekt.answering.writing.kinds.units import Unit

ENOUGH = 340  # characters of an answer out of one passage: four or five lines on a phone
MOST = 620  # with what must come along
_ALSO = 0.72  # of the best sentence's score: a neighbour that says about as much
_NEIGHBOUR = 2  # sentences that such a neighbour may be away

_REASON = re.compile(
    r"\b(?:потому|поэтому|так что|чтобы|иначе|из-за|виноват\w*|причин\w+|because|since|so that|otherwise|due to)\b",
    re.I,
)
_BRINGS_ABOUT = re.compile(
    r"\b(?:дела[ею]т|привод[ия]т к|вед[её]т к|вызыва[ею]т|виноват\w*|makes?|leads? to|causes?)\b", re.I
)
_CONCLUDES = re.compile(r"^\W*(?:отсюда|итого|в итоге|вывод|hence|thus|so the rule)\b", re.I)
_OF_ITS_OWN = re.compile(r"\W*\w[^.!?:—–\n]{0,40}(?::|\s[—–-])\s")
_ITEM = re.compile(r"^\s*(?:[-*•–—]|\d{1,2}[.)])\s+")
# A sentence that says what a work did or found
_DONE = re.compile(
    r"\b(?:авторы|смогли|удалось|предл(?:ожил|агае)\w*|придумал\w*|показал\w*|сделали|решили|научил\w*|выпустил\w*|"
    r"представил\w*|добил\w*|нашли|выяснил\w*|оказ(?:алось|ывается)|иде[яи]|суть|"
    r"propos\w+|introduc\w+|we (?:show|find|present|release)|the idea|turns out)\b",
    re.I,
)


def picked(
    units: Sequence[Unit],
    scores: Sequence[float],
    *,
    enough: int = ENOUGH,
    explaining: bool = False,
    also: float = _ALSO,
    near: int = _NEIGHBOUR,
    tried: int = 3,
) -> list[int]:
    """Indices of the units that make the answer, in the order of the text; at least one, out of at least one.

    Beside the best come up to `tried` others that have `also` of its score, at most `near` units away.

    `explaining`: the question asks why or how. The sentence nearest to it then often only says it again, and the ones
    behind it explain, so these come along as far as there is room.
    """
    if (under := _under_a_heading(units, scores)) is not None:
        return explained(units, with_context(units, [under]), enough)
    ranked = sorted(range(len(units)), key=lambda i: (units[i].is_tags, units[i].asks_or_names, -scores[i], i))
    best = ranked[0]
    chosen = with_context(units, [best])
    for i in ranked[1 : tried + 1]:
        if units[i].is_tags or units[i].asks_or_names or i in chosen or scores[i] < also * scores[best]:
            continue
        if min(abs(i - j) for j in chosen) > near or _heading_between(units, i, best):
            continue
        wider = with_context(units, [*chosen, i])
        if length(units, wider) <= enough:
            chosen = wider
    chosen = _with_what_goes_on(units, chosen, best, enough)
    if not explaining or any(gives_reason(units[i].text) for i in chosen):
        return chosen
    return explained(units, chosen, enough, most=1)


def _with_what_goes_on(units: Sequence[Unit], chosen: Sequence[int], best: int, enough: int) -> list[int]:
    """With the sentence behind the best one that says more of what that one only names, where there is room."""
    following = best + 1
    if following >= len(units) or following in chosen or not goes_on(units[following]):
        return list(chosen)
    wider = sorted({*chosen, following})
    return wider if length(units, wider) <= enough else list(chosen)


def gives_reason(text: str) -> bool:
    """Whether a sentence says by a word of its own why something is so, or what for."""
    return bool(_REASON.search(text))


def brings_about(text: str) -> bool:
    """Whether a sentence says what makes something so: «η = 0 делает процесс детерминированным»."""
    return bool(_BRINGS_ABOUT.search(text))


def concludes(text: str) -> bool:
    """Whether a sentence only says what follows from the ones before it: «Отсюда правило: …»."""
    return bool(_CONCLUDES.match(text))


def opening(units: Sequence[Unit], enough: int = ENOUGH) -> list[int]:
    """The first sentences of a text, at least one."""
    first = next((i for i, unit in enumerate(units) if not (unit.is_tags or unit.is_heading)), 0)
    return explained(units, with_context(units, [first]), enough)


def gist(units: Sequence[Unit], enough: int = ENOUGH) -> list[int]:
    """What a text is about: its first sentences, and where these only lead up to it, what it says was done or found."""
    opened = opening(units, enough)
    if any(_DONE.search(units[i].text) for i in opened):
        return opened
    kept = with_context(units, opened[:1])
    for i, unit in enumerate(units):
        if i <= kept[0] or not _DONE.search(unit.text) or unit.asks_or_names or unit.is_tags or unit.code:
            continue
        wider = with_context(units, [*kept, i])
        if length(units, wider) <= MOST:
            return explained(units, wider, MOST, most=1) if wider[-1] == i else wider
    return opened


def beside(units: Sequence[Unit], chosen: Sequence[int], enough: int = ENOUGH) -> list[int]:
    """With the sentence before them in their paragraph, or else the one behind, where there is room."""
    first, last = chosen[0], chosen[-1]
    for place, near in ((first - 1, first), (last + 1, last)):
        if not 0 <= place < len(units) or units[place].asks_or_names or units[place].is_tags:
            continue
        one, other = sorted((place, near))
        if units[other].line_before and _OF_ITS_OWN.match(units[near].text):
            continue  # «InstaFlow - …» above «UfoGen - …»: each line tells of another thing
        wider = with_context(units, [*chosen, place])
        if units[other].start - units[one].end <= 1 and length(units, wider) <= enough:
            return wider
    return list(chosen)


def from_paragraph(units: Sequence[Unit], chosen: Sequence[int], enough: int = ENOUGH) -> list[int]:
    """With what stands before them in their paragraph, where there is room for all of it."""
    first = chosen[0]
    while first and units[first].start - units[first - 1].end <= 1 and not (
        units[first - 1].asks_or_names or units[first - 1].is_tags
    ):  # fmt: skip
        first -= 1
    wider = sorted({*range(first, chosen[0]), *chosen})
    return wider if length(units, wider) <= enough else list(chosen)


def joined(units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
    """With the sentences between them, where that is a passage of a few lines and no heading stands within."""
    whole = list(range(chosen[0], chosen[-1] + 1))
    apart = any(units[i].is_heading or units[i].is_tags or units[i].code for i in whole[1:])
    return list(chosen) if apart or length(units, whole) > MOST else whole


def _under_a_heading(units: Sequence[Unit], scores: Sequence[float]) -> int | None:
    """What stands right below a heading, or a question, that fits better than any sentence: it is the very question."""
    best = max(range(len(units)), key=lambda i: (scores[i], -i))
    if not units[best].asks_or_names or units[best].is_head or best + 1 >= len(units) or units[best + 1].asks_or_names:
        return None
    return best + 1


def _heading_between(units: Sequence[Unit], one: int, other: int) -> bool:
    """A heading, or a question that stands for one: what stands below another is of something else."""
    between = range(min(one, other) + 1, max(one, other) + 1)
    return any(units[i].is_heading or _stands_for_one(units, i) for i in between)


def _stands_for_one(units: Sequence[Unit], place: int) -> bool:
    alone = units[place].line_before and (place + 1 == len(units) or units[place + 1].line_before)
    return alone and units[place].asks_or_names


def explained(units: Sequence[Unit], chosen: Sequence[int], enough: int, most: int = 9) -> list[int]:
    """With what follows, as far as there is room: the rest of the paragraph or list, and `most` paragraphs more."""
    kept = list(chosen)
    for following in range(kept[-1] + 1, len(units)):
        unit = units[following]
        if unit.asks_or_names or unit.is_tags or length(units, [*kept, following]) > enough:
            break
        if unit.start - units[following - 1].end > 1 and not is_item(unit):
            most -= 1
            if most < 0:
                break
        kept.append(following)
    return kept


def with_context(units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
    """The units with what each speaks of before it, and what contrasts with it or was announced after it."""
    kept = set(chosen)
    for i in sorted(chosen):
        back = i
        while back > 0 and i - back < BACK and needs_antecedent(units[back].text) and not units[back].is_heading:
            if units[back - 1].is_tags or units[back - 1].is_row:
                break
            back -= 1
            if length(units, sorted(kept | {back})) > MOST:
                break
            kept.add(back)
        ahead = i
        if units[i].promises_more or units[i].text.endswith(("…", ":")):
            while ahead + 1 < len(units) and _continues(units, i, ahead + 1):
                if length(units, sorted(kept | {ahead + 1})) > MOST:
                    break
                ahead += 1
                kept.add(ahead)
        if ahead + 1 < len(units) and contrasts(units[ahead + 1]):
            wider = sorted(kept | {ahead + 1})
            kept = set(wider) if length(units, wider) <= MOST else kept
    return sorted(kept)


def _continues(units: Sequence[Unit], start: int, place: int) -> bool:
    """Whether this unit belongs to what unit `start` announced: the next one, and all items of a list."""
    return place == start + 1 or (bool(_ITEM.match(units[place].text)) and bool(_ITEM.match(units[place - 1].text)))


def length(units: Sequence[Unit], chosen: Sequence[int]) -> int:
    """Characters of the chosen units."""
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
