"""An answer in the authors' own sentences, chosen by the share that each has in it (`ranking.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from konspekt.answering.judging.asked import lacks_kind
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import Frequencies, content_terms, names, numbers, rarity
from konspekt.answering.writing.context import GAP
from konspekt.answering.writing.extractive import Quote, cut, is_bare_title
from konspekt.answering.writing.going_on import cures_first, without_told
from konspekt.answering.writing.kinds.clauses import clause_on
from konspekt.answering.writing.kinds.defining import defines, is_called_so, is_definition
from konspekt.answering.writing.kinds.leaning import needs_antecedent, updates
from konspekt.answering.writing.kinds.means import names_only_its_kind
from konspekt.answering.writing.kinds.own_questions.reasons import defers
from konspekt.answering.writing.kinds.units import Unit
from konspekt.answering.writing.picking import ENOUGH, picked
from konspekt.answering.writing.quoting import Excerpt, is_explaining, opens, without_corrected
from konspekt.answering.writing.ranking import Ranked, Ranker
from konspekt.answering.writing.replacing import replaced, replacing, without_replaced
from konspekt.answering.writing.stretch import (
    answers_best,
    beginning,
    in_one_piece,
    stretch,
    taken_up,
    with_what_is_counted,
    with_what_is_named,
    within,
    without_announcement,
    without_loose_ends,
    without_torn_beginning,
)
from konspekt.answering.writing.wanted import Wanted
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

MAX_CHARS = 1200  # of the passage below the first answer, which is folded: most posts stand there whole
MAX_FURTHER = 700  # of each other one
_MOST_PASSAGES = 3
# Chosen by cross-validation over documents, on strangers' questions (benchmarks/NOTES.md)
_ALSO = 0.15  # of the best sentence's share: another of the same passage says a part of the answer
_ANOTHER = 0.4  # of the best passage's share: another that speaks of as much may be the one that answers
_AS_LIKELY = 0.6  # and so much where it speaks of less that is asked
_SURE = 0.5  # of all that was read: from here on the first one is not in doubt
_TIED = 0.9  # and so much where what is asked of by its name or number decides which stands first
_TRIED = 5
_FIRST = 1e-6
_WHOLLY = 0.99  # of the question's words


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
    best = answers_best(question, units, shares, chosen)
    anew = updates(units[best])
    if anew:
        chosen = [i for i in chosen if i >= best]  # what it says anew stands above it
    chosen = within(units, chosen, best, limit)
    if not (told or anew):
        chosen = beginning(question, units, shares, chosen, best)
        chosen = taken_up(units, in_one_piece(units, shares, chosen, question), [*weights, *terms(passage.title)])
        chosen = with_what_is_counted(units, chosen, best, explaining)
        chosen = with_what_is_named(question, units, chosen)
        chosen = without_torn_beginning(units, chosen, best)
        chosen = without_told(units, chosen, best, wanted.shown, wanted.focus, bare=wanted.asks_only_why)
        chosen = without_loose_ends(units, chosen, best)
    chosen = without_announcement(units, wanted.whole(units, chosen))
    chosen = cures_first(wanted.shown.asked or question, units, chosen)
    first, last = stretch(units, shares, chosen, limit)
    start, end = units[first].start, units[last].end
    text = passage.text[start:end]
    if len(text) > 2 * limit:
        text = cut(text, limit)
    worth = Terms(terms(f"{passage.title}\n{passage.text}")).share(weights)
    quote = Quote(passage, text, worth)
    own = tuple(_moved(unit, start, text) for unit in units[first : last + 1] if unit.start - start < len(text))
    indices = tuple(i - first for i in chosen if i - first < len(own))
    own, indices = _narrowed(own, indices, wanted)
    titled = indices[0] == 0 and opens(quote) and needs_antecedent(own[0].text)
    of_own = tuple(shares[first : first + len(own)])
    called = bool(wanted.defined and told) and is_called_so(wanted.defined or "", passage.title, own[indices[0]].text)
    named = not told and names_only_its_kind(question, passage.title, own[indices[0]].text)
    lead = passage.title if (called or named) and not titled else ""
    return Excerpt(quote, own, indices, ranked.worth, titled=titled, shares=of_own, share=max(shares), lead=lead)


def _narrowed(
    own: tuple[Unit, ...], indices: tuple[int, ...], wanted: Wanted
) -> tuple[tuple[Unit, ...], tuple[int, ...]]:
    """A sentence that was told already, and tells of another thing as well («стиль — 16; персонаж — 32»), is told
    again by its clause on what is newly asked."""
    newly = content_terms(wanted.focus or wanted.shown.asked)
    if not wanted.shown.asked or len(indices) != 1 or not wanted.shown.says(own[indices[0]].text):
        return own, indices
    clause = clause_on(own[indices[0]], newly)
    if clause is None:
        return own, indices
    return (*own[: indices[0]], clause, *own[indices[0] + 1 :]), indices


def _moved(unit: Unit, start: int, text: str) -> Unit:
    """A unit of a passage as a unit of its quote."""
    return replace(unit, start=unit.start - start, end=min(unit.end - start, len(text.removesuffix(GAP))))
