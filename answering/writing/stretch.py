"""What a stretch of sentences that answer begins with, takes along and ends with: a reader is told a passage of some
lines that stands on its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.judging.asked import tells_number
from konspekt.answering.writing.extractive import with_borders
from konspekt.answering.writing.kinds.defining import leads_in
from konspekt.answering.writing.kinds.leaning import counts_back, is_item, is_torn_example, needs_antecedent, takes_up
from konspekt.answering.writing.kinds.lists import asks_for_several, opens_an_item
from konspekt.answering.writing.kinds.units import Unit
from konspekt.answering.writing.picking import MOST, from_paragraph, length, with_context
from konspekt.indexer.lexical import terms

_WHOLE = 1.2  # a text a little longer than allowed is still better whole
_FULL = 300  # characters of an answer that needs no more
_AROUND = 500  # characters of an answer with the sentences around those that answer
_SOMETHING = 0.01  # share of a sentence that may come along behind its neighbour
_LEADS = 0.25  # and of the best sentence's share before it: what stands first is read as the answer
_WHAT = re.compile(r"\b(?:что за|какой|какая|какое|what)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w-])[A-Z][a-zA-Z]*[A-Z0-9][\w-]*|(?<=[а-яё,] )[A-Z][a-z]{2,}")  # of what the answer names
_SOON = 6  # sentences behind it
_FEWEST_WORDS = 3  # of a line that tells something
_WORD = re.compile(r"[^\W\d_]{2,}")
_TOLD = re.compile(r"\d|[=$]|[.!?…»)][*_]*$")  # a number, a formula, or the end of a sentence
_BORDER = 0.02  # of the shares: what a quote that begins with a paragraph is worth
_WHAT_IS_TOLD = re.compile(r"(?:как|на ч[её]м|что|какие|какой|почему|зачем|how|what|why)\b[^?]*$", re.IGNORECASE)
_WILL_TELL = re.compile(
    r"\b(?:сегодня|сейчас|в этом посте|в этой статье|в этой заметке|дальше|далее)\s+(?:я\s+|мы\s+)?"
    r"(?:расскаж(?:у|ем)|рассказыва(?:ю|ем)|поговорим|разбер[её]м\w*|рассмотрим|обсудим)\b|"
    r"\b(?:today|in this (?:post|article)),? (?:we|i)(?:'ll| will)\b",
    re.IGNORECASE,
)


def answers_best(question: str, units: Sequence[Unit], shares: Sequence[float], chosen: Sequence[int]) -> int:
    """Of the chosen ones the likeliest; where a number is asked for, the likeliest of those near it that tell one."""
    best = max(chosen, key=shares.__getitem__)
    telling = [i for i in chosen if shares[i] >= _LEADS * shares[best] and tells_number(question, units[i].text)]
    return max(telling, key=shares.__getitem__, default=best)


def beginning(
    question: str, units: Sequence[Unit], shares: Sequence[float], chosen: Sequence[int], best: int
) -> list[int]:
    """Without what stands before the best sentence and is much less likely, or tells no number where one is asked for
    and the best one does, unless that leans on it: what stands first is read as the answer. One that leans comes with
    its paragraph from the beginning, where there is room."""
    least = _LEADS * shares[best]
    counts = tells_number(question, units[best].text)

    def leads(i: int) -> bool:
        return shares[i] >= least and not leads_in(units[i]) and counts <= tells_number(question, units[i].text)

    kept = with_context(units, [i for i in chosen if i >= best or leads(i)])
    return from_paragraph(units, kept, _AROUND) if needs_antecedent(units[best].text) else kept


def taken_up(units: Sequence[Unit], chosen: Sequence[int], said: Sequence[str]) -> list[int]:
    """With the sentences behind them, in their line, that say more of what they name, where there is room."""
    kept = list(chosen)
    while kept[-1] + 1 < len(units):
        following = kept[-1] + 1
        if not takes_up(units[following], [units[kept[-1]]], said) or length(units, [*kept, following]) > _FULL:
            break
        kept.append(following)
    return kept


def with_what_is_counted(units: Sequence[Unit], chosen: Sequence[int], best: int, explaining: bool) -> list[int]:
    """With what a sentence among them counts («сначала первое, потом второе», «Два следствия.»): the paragraph that it
    stands in, or the one before where it begins its own. As they are where there is no room for that, and where a
    consequence is asked for and not what it follows from (`explaining`: the question asks why or how)."""
    counting = next((i for i in chosen if i and counts_back(units[i])), None)
    if counting is None or (counting < best and not explaining):
        return list(chosen)
    before = counting - 1 if _begins_a_paragraph(units, counting) else counting
    if units[before].asks_or_names or units[before].is_tags:
        return list(chosen)
    return from_paragraph(units, sorted({before, *chosen}), _AROUND)


def without_torn_beginning(units: Sequence[Unit], chosen: Sequence[int], best: int) -> list[int]:
    """Without the end of a sentence («например, на беты») whose beginning is not shown, before what answers."""
    kept = list(chosen)
    while kept[0] < best and is_torn_example(units[kept[0]]):
        kept.pop(0)
    return kept


def with_what_is_named(question: str, units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
    """Where it is asked what something is, and the answer gives its name, with the sentence that says what that is."""
    if not _WHAT.search(question):
        return list(chosen)
    asked = set(terms(question))
    told = " ".join(units[i].text for i in chosen)
    for name in dict.fromkeys(_NAME.findall(told)):
        if set(terms(name)) & asked:
            continue
        is_told = re.compile(rf"\W*{re.escape(name)}\s+(?:[—–-]|это\b|is\b)")
        soon = range(chosen[0], min(len(units), chosen[-1] + _SOON))
        found = next((i for i in soon if is_told.match(units[i].text)), None)
        if found is not None and found not in chosen:
            return sorted({*(i for i in chosen if i < found), found})
    return list(chosen)


def in_one_piece(
    units: Sequence[Unit], shares: Sequence[float], chosen: Sequence[int], question: str = ""
) -> list[int]:
    """The chosen units with those between them, and with neighbours that may say a part of the answer: a reader is told
    a passage of some lines, and no sentences that stood apart. Where the ones chosen stand too far apart, these alone.
    Nothing without the number that is asked for comes before the one that tells it.
    """
    first, last = chosen[0], chosen[-1]
    counts = tells_number(question, units[first].text)
    between = units[first + 1 : last + 1]
    if units[last].end - units[first].start > MOST or any(one.is_heading or one.is_row for one in between):
        return list(chosen)
    while True:
        nearest = []
        if _is_one_item(units, first, last) and not asks_for_several(question):
            return list(range(first, last + 1))  # the next one speaks of something else
        least = _LEADS * max(shares[i] for i in chosen)
        leads = first and not units[first].asks_or_names and _may_lead(units[first - 1], shares[first - 1], least)
        if leads and counts <= tells_number(question, units[first - 1].text):
            nearest.append((shares[first - 1], first - 1))
        if last + 1 < len(units) and _comes_along(units[last + 1], shares[last + 1]):
            nearest.append((shares[last + 1], last + 1))
        near = [i for _, i in nearest if units[max(i, last)].end - units[min(i, first)].start <= _AROUND]
        if not near:
            return list(range(first, last + 1))
        best = max(near, key=shares.__getitem__)
        first, last = min(first, best), max(last, best)


def _is_one_item(units: Sequence[Unit], first: int, last: int) -> bool:
    """Whether these are one whole item of a list, with another one above or below it."""
    if not opens_an_item(units, first) or any(opens_an_item(units, i) for i in range(first + 1, last + 1)):
        return False
    ends = last + 1 == len(units) or units[last + 1].line_before
    below = last + 1 < len(units) and opens_an_item(units, last + 1)
    return ends and (below or (first > 0 and opens_an_item(units, first - 1)))


def _comes_along(unit: Unit, share: float) -> bool:
    says_nothing = unit.is_tags or unit.is_heading or unit.promises_more or _is_label(unit)
    return share >= _SOMETHING and not says_nothing and not unit.is_row  # a row is no half of a sentence


def _may_lead(unit: Unit, share: float, least: float) -> bool:
    """What an answer begins with says more of it than what may follow, and leans on nothing that is not shown."""
    return share >= least and _comes_along(unit, share) and not needs_antecedent(unit.text)


def _is_label(unit: Unit) -> bool:
    """A line of a word or two that only names what stands behind a link («❱❱ Код»): no sentence, no item of a list."""
    if not unit.line_before or unit.is_row or unit.code is not None or is_item(unit):
        return False
    text = unit.text.rstrip()
    return len(_WORD.findall(text)) < _FEWEST_WORDS and not _TOLD.search(text)


def without_loose_ends(units: Sequence[Unit], chosen: Sequence[int], best: int) -> list[int]:
    """Without what an answer cannot end with: hashtags, a heading or a promise of what is not shown, a label."""
    kept = list(chosen)
    while len(kept) > 1 and kept[-1] != best:
        last = units[kept[-1]]
        if not (last.is_tags or last.is_heading or last.promises_more or _is_label(last)):
            break
        kept.pop()
    return kept


def without_announcement(units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
    """Without «Сегодня расскажем, как …» before what is told."""
    kept = list(chosen)
    while len(kept) > 1 and _WILL_TELL.search(units[kept[0]].text) and not units[kept[0]].text.endswith(":"):
        kept.pop(0)
        while len(kept) > 1 and _WHAT_IS_TOLD.match(units[kept[0]].text):
            kept.pop(0)
    return kept


def within(units: Sequence[Unit], chosen: Sequence[int], best: int, limit: int) -> list[int]:
    """Those that stand in one quote with the best."""
    kept = list(chosen)
    while len(kept) > 1 and units[kept[-1]].end - units[kept[0]].start > limit:
        kept.remove(max(kept, key=lambda i: (abs(i - best), i)))
    return kept


def stretch(units: Sequence[Unit], shares: Sequence[float], chosen: Sequence[int], limit: int) -> tuple[int, int]:
    """First and last unit of the stretch around the chosen ones that holds most of the shares."""
    end = len(units) - 1
    while end > chosen[-1] and (units[end].is_tags or units[end].promises_more):
        end -= 1
    if units[end].end - units[0].start <= limit * _WHOLE:
        return 0, end
    best, found = -1.0, (chosen[0], chosen[-1])
    for first in range(chosen[0] + 1):
        last = chosen[-1]
        if units[last].end - units[first].start > limit or units[first].is_tags:
            continue
        while last < end and units[last + 1].end - units[first].start <= limit:
            last += 1
        while last > chosen[-1] and (units[last].is_tags or units[last].promises_more):
            last -= 1
        held = sum(shares[first : last + 1]) + _BORDER * _begins_a_paragraph(units, first)
        if held > best:
            best, found = held, (first, last)
    return with_borders(units, *found, limit * 2)


def _begins_a_paragraph(units: Sequence[Unit], place: int) -> bool:
    return place == 0 or units[place].start - units[place - 1].end > 1
