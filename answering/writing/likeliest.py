"""An answer in the authors' own sentences, chosen by the share that each has in it (`ranking.py`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from konspekt.answering.judging.asked import lacks_kind, tells_number
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import Frequencies, content_terms, names, numbers, rarity
from konspekt.answering.writing.context import GAP
from konspekt.answering.writing.extractive import Quote, cut, is_bare_title, with_borders
from konspekt.answering.writing.kinds.defining import defines, is_called_so, is_definition, leads_in
from konspekt.answering.writing.kinds.leaning import is_item, needs_antecedent, takes_up, updates
from konspekt.answering.writing.kinds.reasons import defers
from konspekt.answering.writing.kinds.units import Unit
from konspekt.answering.writing.picking import ENOUGH, MOST, from_paragraph, length, picked, with_context
from konspekt.answering.writing.quoting import Excerpt, is_explaining, opens, without_corrected
from konspekt.answering.writing.ranking import Ranked, Ranker
from konspekt.answering.writing.replacing import replaced, replacing, without_replaced
from konspekt.answering.writing.wanted import Wanted
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

MAX_CHARS = 1200  # of the passage below the first answer, which is folded: most posts stand there whole
MAX_FURTHER = 700  # of each other one
_WHOLE = 1.2  # a text a little longer than allowed is still better whole
_MOST_PASSAGES = 3
# Chosen by cross-validation over documents, on strangers' questions (benchmarks/NOTES.md)
_ALSO = 0.15  # of the best sentence's share: another of the same passage says a part of the answer
_ANOTHER = 0.4  # of the best passage's share: another that speaks of as much may be the one that answers
_AS_LIKELY = 0.6  # and so much where it speaks of less that is asked
_SURE = 0.5  # of all that was read: from here on the first one is not in doubt
_TIED = 0.9  # and so much where what is asked of by its name or number decides which stands first
_TRIED = 5
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
_WILL_TELL = re.compile(
    r"\b(?:сегодня|сейчас|в этом посте|в этой статье|в этой заметке|дальше|далее)\s+(?:я\s+|мы\s+)?"
    r"(?:расскаж(?:у|ем)|рассказыва(?:ю|ем)|поговорим|разбер[её]м\w*|рассмотрим|обсудим)\b|"
    r"\b(?:today|in this (?:post|article)),? (?:we|i)(?:'ll| will)\b",
    re.IGNORECASE,
)
_WHAT_IS_TOLD = re.compile(r"(?:как|на ч[её]м|что|какие|какой|почему|зачем|how|what|why)\b[^?]*$", re.IGNORECASE)
_FIRST = 1e-6
_WHOLLY = 0.99  # of the question's words
_BORDER = 0.02  # of the shares: what a quote that begins with a paragraph is worth


def likeliest(question: str, ranked: Sequence[Ranked], weights: Mapping[str, float], wanted: Wanted) -> list[Excerpt]:
    """The passages that likeliest answer, best first, each with the sentences that do; `weights` are the question's
    terms with their rarity. A further one that holds nothing of the kind asked for (a price, say) only distracts."""
    found = [_excerpt(question, one, weights, wanted, place) for place, one in enumerate(ranked)]
    taken = {one.quote.passage.document_id: one for one in found}
    found = [one for one in found if not defers(said(one))] or found
    definer = _definer(wanted, ranked)
    found = _led_by(definer, found) if definer else _newer(question, without_corrected(found, question))
    best = max((one.share for one in found), default=0.0)
    near = sorted((one for one in found if one.share >= _ANOTHER * best), key=lambda one: -one.share)
    if not near:
        return []
    first, *others = near
    for one in others:
        if one.share >= _TIED * best and _lacks(question, first, one) and not _lacks(question, one, first):
            first, others = one, [first, *(other for other in others if other is not one)]
            break
    kept = [first]
    for one in others:
        doubtful = first.share < _SURE or one.share >= _AS_LIKELY * best
        if (
            (doubtful or _held(weights, one) >= _held(weights, first))
            and not _lacks(question, one, first)
            and not lacks_kind(question, said(one))
        ):
            kept.append(one)
    kept += _said_again(weights, kept, list(taken.values()))
    return _with_later(kept[:_MOST_PASSAGES], taken)


def _definer(wanted: Wanted, ranked: Sequence[Ranked]) -> Passage | None:
    """The one post that says what a thing is, where that is asked and no other one does."""
    if wanted.defined is None:
        return None
    surely = [defines(wanted.defined, one.passage.title, one.units, opens=one.passage.opens) for one in ranked]
    told = [one.passage for one, worth in zip(ranked, surely, strict=True) if is_definition(worth)]
    return told[0] if len(told) == 1 else None


def _led_by(definer: Passage, found: Sequence[Excerpt]) -> list[Excerpt]:
    """The definer before all others, without its correction: that takes back something else than what the thing is."""
    best = max(one.share for one in found)
    return [
        replace(one, share=best + _FIRST) if one.quote.passage is definer else one
        for one in found
        if one.quote.passage.document_id != definer.corrected_by
    ]


def _held(weights: Mapping[str, float], one: Excerpt) -> float:
    """How much of the question an excerpt speaks of."""
    return Terms(terms(f"{one.quote.passage.title}\n{said(one)}")).share(weights)


def _lacks(question: str, excerpt: Excerpt, first: Excerpt) -> bool:
    """Whether an excerpt holds fewer of the question's numbers and names than the first one does."""
    wanted = names(question)
    here, there = (f"{of.quote.passage.title}\n{said(of)}" for of in (excerpt, first))
    if any(len(one) > 1 for one in (numbers(question) & numbers(there)) - numbers(here)):
        return True
    own = Terms(terms(here))
    return any(not own.worth(name) for name in wanted & set(terms(there)))


def _newer(question: str, found: Sequence[Excerpt]) -> list[Excerpt]:
    """Without those that another one replaces, which takes their place."""
    pairs = replaced(question, found)
    kept = []
    for one in found:
        if any(older is one for older, _ in pairs):
            continue
        share = max([one.share, *(older.share for older, newer in pairs if newer is one)])
        kept.append(replace(one, share=share))
    return kept


def _said_again(weights: Mapping[str, float], kept: Sequence[Excerpt], read: Sequence[Excerpt]) -> list[Excerpt]:
    """The sentence of a later post that says of the very thing the same number as the answer does: «60 баллов, и проект
    при этом обязателен» adds to «Да, если набрать 60 баллов» what a reader must know."""
    if not kept or not weights:
        return []
    first, shown = kept[0], {one.quote.passage.document_id for one in kept}
    told, moment = numbers(said(first)), first.quote.passage.published_at
    for one in read:
        later = one.quote.passage.published_at
        if one.quote.passage.document_id in shown or moment is None or later is None or later <= moment:
            continue
        for i, unit in enumerate(one.units):
            if (
                told & numbers(unit.text)
                and not unit.asks_or_names
                and Terms(terms(unit.text)).share(weights) >= _WHOLLY
            ):
                return [one.choosing([i])]
    return []


def _with_later(shown: Sequence[Excerpt], read: Mapping[str, Excerpt]) -> list[Excerpt]:
    """Each without what its correction replaces; where that is the very answer, with the sentence that does."""
    documents = {one.quote.passage.document_id for one in shown}
    found: list[Excerpt] = []
    for one in shown:
        correction = read.get(one.quote.passage.corrected_by or "")
        if correction is None:
            found.append(one)
            continue
        kept = without_replaced(one, correction)
        found.append(kept)
        if correction.quote.passage.document_id not in documents and (later := replacing(correction, kept)):
            found.append(later)
    return found


def said(one: Excerpt) -> str:
    """The sentences of an excerpt that answer."""
    return "\n".join(one.quote.text[start:end] for start, end in one.spans)


def first_words(wanted: Wanted, passages: Sequence[Passage], ranker: Ranker, frequencies: Frequencies) -> str:
    """What an answer out of these passages would say first; nothing without passages."""
    question = wanted.question
    weights = rarity(content_terms(question), frequencies)
    found = likeliest(question, ranker.rank(question, wanted.ordered(passages), wanted), weights, wanted)
    return said(found[0]) if found else ""


def _excerpt(question: str, ranked: Ranked, weights: Mapping[str, float], wanted: Wanted, place: int) -> Excerpt:
    passage, units, shares = ranked.passage, ranked.units, ranked.shares
    if len(units) > 1 and is_bare_title(units[0], passage.title):
        units, shares = units[1:], shares[1:]  # the title is shown in the list of sources
    explaining = is_explaining(question)
    told = wanted.chosen(passage, units, ENOUGH)
    chosen = told or picked(
        units, shares, enough=ENOUGH, explaining=explaining, also=_ALSO, near=len(units), tried=_TRIED
    )
    limit = MAX_FURTHER if place else MAX_CHARS
    best = max(chosen, key=shares.__getitem__)
    anew = updates(units[best])
    if anew:
        chosen = [i for i in chosen if i >= best]  # what it says anew stands above it
    chosen = _within(units, chosen, best, limit)
    if not (told or anew):
        chosen = _beginning(question, units, shares, chosen, best)
        chosen = _taken_up(units, in_one_piece(units, shares, chosen), [*weights, *terms(passage.title)])
        chosen = _with_what_is_named(question, units, chosen)
        chosen = _without_loose_ends(units, chosen, best)
    chosen = _without_announcement(units, wanted.whole(units, chosen))
    first, last = _stretch(units, shares, chosen, limit)
    start, end = units[first].start, units[last].end
    text = passage.text[start:end]
    if len(text) > 2 * limit:
        text = cut(text, limit)
    worth = Terms(terms(f"{passage.title}\n{passage.text}")).share(weights)
    quote = Quote(passage, text, worth)
    own = tuple(_moved(unit, start, text) for unit in units[first : last + 1] if unit.start - start < len(text))
    indices = tuple(i - first for i in chosen if i - first < len(own))
    titled = indices[0] == 0 and opens(quote) and needs_antecedent(own[0].text)
    of_own = tuple(shares[first : first + len(own)])
    called = bool(wanted.defined and told) and is_called_so(wanted.defined or "", passage.title, own[indices[0]].text)
    lead = passage.title if called and not titled else ""
    return Excerpt(quote, own, indices, ranked.worth, titled=titled, shares=of_own, share=max(shares), lead=lead)


def _beginning(
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


def _taken_up(units: Sequence[Unit], chosen: Sequence[int], said: Sequence[str]) -> list[int]:
    """With the sentences behind them, in their line, that say more of what they name, where there is room."""
    kept = list(chosen)
    while kept[-1] + 1 < len(units):
        following = kept[-1] + 1
        if not takes_up(units[following], [units[kept[-1]]], said) or length(units, [*kept, following]) > _FULL:
            break
        kept.append(following)
    return kept


def _with_what_is_named(question: str, units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
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


def in_one_piece(units: Sequence[Unit], shares: Sequence[float], chosen: Sequence[int]) -> list[int]:
    """The chosen units with those between them, and with neighbours that may say a part of the answer: a reader is told
    a passage of some lines, and no sentences that stood apart. Where the ones chosen stand too far apart, these alone.
    """
    first, last = chosen[0], chosen[-1]
    between = units[first + 1 : last + 1]
    if units[last].end - units[first].start > MOST or any(one.is_heading or one.is_row for one in between):
        return list(chosen)
    while True:
        nearest = []
        least = _LEADS * max(shares[i] for i in chosen)
        if first and not units[first].asks_or_names and _may_lead(units[first - 1], shares[first - 1], least):
            nearest.append((shares[first - 1], first - 1))
        if last + 1 < len(units) and _comes_along(units[last + 1], shares[last + 1]):
            nearest.append((shares[last + 1], last + 1))
        near = [i for _, i in nearest if units[max(i, last)].end - units[min(i, first)].start <= _AROUND]
        if not near:
            return list(range(first, last + 1))
        best = max(near, key=shares.__getitem__)
        first, last = min(first, best), max(last, best)


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


def _without_loose_ends(units: Sequence[Unit], chosen: Sequence[int], best: int) -> list[int]:
    """Without what an answer cannot end with: hashtags, a heading or a promise of what is not shown, a label."""
    kept = list(chosen)
    while len(kept) > 1 and kept[-1] != best:
        last = units[kept[-1]]
        if not (last.is_tags or last.is_heading or last.promises_more or _is_label(last)):
            break
        kept.pop()
    return kept


def _without_announcement(units: Sequence[Unit], chosen: Sequence[int]) -> list[int]:
    """Without «Сегодня расскажем, как …» before what is told."""
    kept = list(chosen)
    while len(kept) > 1 and _WILL_TELL.search(units[kept[0]].text) and not units[kept[0]].text.endswith(":"):
        kept.pop(0)
        while len(kept) > 1 and _WHAT_IS_TOLD.match(units[kept[0]].text):
            kept.pop(0)
    return kept


def _within(units: Sequence[Unit], chosen: Sequence[int], best: int, limit: int) -> list[int]:
    """Those that stand in one quote with the best."""
    kept = list(chosen)
    while len(kept) > 1 and units[kept[-1]].end - units[kept[0]].start > limit:
        kept.remove(max(kept, key=lambda i: (abs(i - best), i)))
    return kept


def _stretch(units: Sequence[Unit], shares: Sequence[float], chosen: Sequence[int], limit: int) -> tuple[int, int]:
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


def _moved(unit: Unit, start: int, text: str) -> Unit:
    """A unit of a passage as a unit of its quote."""
    return replace(unit, start=unit.start - start, end=min(unit.end - start, len(text.removesuffix(GAP))))
