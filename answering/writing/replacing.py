"""Sentences that a later text replaces: the same thing counted, dated or scheduled otherwise.

Where the index knows which post corrects which, single sentences are held against each other: the rest of the older
post still holds. Where it does not, two answers to one question may say it themselves: «Новый срок — 5 октября».
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import GENERIC, content_terms, names
from konspekt.answering.writing.kinds.lists import together
from konspekt.answering.writing.kinds.moments import WHEN
from konspekt.answering.writing.quoting import Excerpt, of_another_date, still_holds
from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import names_sibling, numbered_things
from konspekt.indexer.told_values import gone_numbers, numbers_told, told_values, without_dates

_SCHEDULED = frozenset({"date", "clock", "weekday"})
_AS_MUCH = 0.75  # of the question's terms that the older text holds
_SHARED = 2  # terms of two texts that speak of the same thing
_SAYS_IT_CHANGED = re.compile(
    r"\b(?:теперь|вместо|больше не|уже не|нов(?:ый|ая|ое|ые|ого|ой|ую) (?:срок|дат|дедлайн|цен|врем|распис|день|адрес|"
    r"рекоменд|верси|лимит|квот|порог)\w*|перенос\w*|перенес\w*|сдвин\w*|сдвига\w*|продл\w+|отменя\w+|отмен[её]н\w*|"
    r"поправк\w+|ошиб(?:ся|лась|ка)|неправа?|был[аи]? неправ\w*|обновл\w+|измен(?:ил|ен|яет)\w*|меня(?:ем|ется|ются|ю)|"
    r"повы(?:сил|ша|шен)\w*|подорожал\w*|подешевел\w*|вырос\w*|снизил\w*|upd|now|instead|no longer|moved|postponed|"
    r"extended|rescheduled|cancel\w*|correction|updated?|changed|raised|lowered|"
    r"new (?:deadline|date|price|time|day|schedule|limit|quota|version))\b",
    re.I,
)
_SAYS_IT_HOLDS = re.compile(
    r"\bне (?:меня|измен|перенос|перенес|сдвиг|сдвин|продл)\w+|\b(?:прежн(?:ий|яя|ее)|по-прежнему)\b|"
    r"\bкак и (?:раньше|планир\w+)|\b(?:unchanged|as before|as planned|stays?|remains?|does not change)\b",
    re.I,
)


def replaced(question: str, found: Sequence[Excerpt]) -> list[tuple[Excerpt, Excerpt]]:
    """(older, newer) among excerpts that answer one question, where the newer one says that it has changed."""
    dated = [one for one in found if one.quote.passage.published_at is not None]
    dated.sort(key=lambda one: (one.quote.passage.published_at, one.quote.passage.document_id))
    return [
        (older, newer)
        for place, older in enumerate(dated)
        for newer in dated[place + 1 :]
        if older.quote.passage.document_id != newer.quote.passage.document_id
        and not of_another_date(question, older, newer)
        and not still_holds(question, newer)
        and _of_one_thing(question, older, newer)
        and any(_says_anew(newer.units[i].text, newer, older) for i in newer.chosen)
    ]


def replaces(newer: str, older: str, of_both: Collection[str] = ()) -> bool:
    """Whether a sentence gives another value for what an older one counts, dates or schedules.

    `of_both`: terms that both speak of anyway, by their titles.
    """
    gone = gone_numbers(newer)
    if gone & numbers_told(older):
        return True
    before, now = told_values(older), told_values(newer)
    otherwise = {kind for kind in before.keys() & now.keys() if not before[kind] & now[kind]}
    if not otherwise:
        return False
    words = _words(older) & _words(newer)
    if otherwise <= _SCHEDULED:
        return bool(words or of_both)
    return bool(words - otherwise or of_both)


def without_replaced(excerpt: Excerpt, correction: Excerpt) -> Excerpt:
    """The excerpt without sentences that its correction replaces, but for the best one, and for items of a list that is
    shown: a list with gaps is a wrong answer, and the correction stands below it."""
    if len(excerpt.chosen) < 2:
        return excerpt
    best = max(excerpt.chosen, key=lambda i: excerpt.shares[i]) if excerpt.shares else excerpt.chosen[0]
    later = [unit.text for unit in correction.units]
    listed = together(excerpt.units, excerpt.chosen)
    kept = [
        i
        for i in excerpt.chosen
        if i == best or i in listed or not any(replaces(one, excerpt.units[i].text) for one in later)
    ]
    return replace(excerpt, chosen=tuple(kept))


def replacing(correction: Excerpt, older: Excerpt) -> Excerpt | None:
    """Of a correction what replaces a sentence that is shown of the older post."""
    told = [older.units[i].text for i in older.chosen]
    found = [i for i, unit in enumerate(correction.units) if any(replaces(unit.text, one) for one in told)]
    return replace(correction.choosing(found[:1]), later=True) if found else None


def _says_anew(sentence: str, newer: Excerpt, older: Excerpt) -> bool:
    """Whether a sentence, or the title above it, says that something has changed which the older one tells."""
    title = newer.quote.passage.title
    if _SAYS_IT_HOLDS.search(sentence) or not _SAYS_IT_CHANGED.search(f"{title}\n{sentence}"):
        return False
    of_both = _words(older.quote.passage.title) & _words(title)
    return any(replaces(sentence, older.units[i].text, of_both) for i in older.chosen)


def _said(excerpt: Excerpt) -> str:
    return "\n".join(excerpt.quote.text[start:end] for start, end in excerpt.spans)


def _of_one_thing(question: str, older: Excerpt, newer: Excerpt) -> bool:
    """Both name the same things, as far as they name any, and about as much of what is asked: two models have two
    prices, two homeworks and two clubs two dates."""
    one, other = (_whole(excerpt) for excerpt in (older, newer))
    before, now = (numbered_things(terms(f"{of.quote.passage.title}\n{_said(of)}")) for of in (older, newer))
    if names_sibling(before, now):
        return False
    later = [unit.text for unit in newer.units]
    listed = together(older.units, older.chosen)  # a list speaks of all its items
    gone = [older.units[i].text for i in older.chosen
            if i in listed or any(replaces(said, older.units[i].text) for said in later)]  # fmt: skip
    named = names("\n".join(gone)) | names(older.quote.passage.title)
    if not named <= set(terms(other)):
        return False
    asked = [term for term in content_terms(question) if term not in WHEN and term in set(terms(one))]
    if sum(term in Terms(terms(other)) for term in asked) < _AS_MUCH * len(asked):
        return False
    same = any(numbers & now.get(thing, set()) for thing, numbers in before.items())
    return same or len(_words(one) & _words(other)) >= _SHARED


def _whole(excerpt: Excerpt) -> str:
    return f"{excerpt.quote.passage.title}\n{excerpt.quote.passage.text}"


def _words(text: str) -> set[str]:
    text = without_dates(text)
    return {term for term in terms(text) if len(term) > 1 and term not in GENERIC and not term[0].isdigit()}
