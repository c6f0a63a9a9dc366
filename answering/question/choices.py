"""A question that may mean one of two or three things: what they are, to ask back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.judging.asked import holds_kind, kind_of
from konspekt.answering.words.changing import asks_for_changing
from konspekt.answering.words.lateness import asks_of_lateness, speaks_of_lateness
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

_CONSIDERED, _MOST = 5, 3
_ABOUT_AS_GOOD = 0.5  # of the best passage's score
_SHARED = 0.5  # of a title's terms
_NUMBER, _WORD = re.compile(r"\d+"), re.compile(r"[^\W\d_]{5,}")
_ALL_OF_THEM = re.compile(
    r"\b(?:все|всех|всем|каждо\w+|кажд\w+|обе|оба|обеих|обоих|остальн\w+|последн\w+|ближайш\w+|следующ\w+|перв\w+|втор\w+|"
    r"трет\w+|сейчас|теперь|all|each|both|every|other|last|latest|next|first|second|third|now|current\w*)\b",
    re.IGNORECASE,
)


def choices(question: str, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The two or three passages between which the question does not decide; empty where it does.

    Only of questions about prices, dates and the like, and only among titles of one pattern («Домашнее задание 1»,
    «Домашнее задание 2») that differ in what the question does not mention: two other posts of one topic are no choice.
    """
    if not passages or not asks_for_changing(question) or _ALL_OF_THEM.search(question) or _NUMBER.search(question):
        return ()
    asked = Terms([*content_terms(question), *_WORD.findall(question.lower())])  # «домашка» is jargon to search
    near = [one for one in passages[:_CONSIDERED] if one.score >= _ABOUT_AS_GOOD * passages[0].score]
    for first in near[:2]:
        kin = tuple(one for one in near if one is first or _of_one_pattern(first, one, asked))
        if 1 < len(kin) <= _MOST and not _told_by_one(question, kin):
            return tuple(sorted(kin, key=lambda one: one.title))
    return ()


def _told_by_one(question: str, kin: Sequence[Passage]) -> bool:
    """Whether only one of them tells what is asked for: where homework is handed in, what being late costs. It is then
    the rule for all."""
    if asks_of_lateness(question):
        return sum(speaks_of_lateness(one.text) for one in kin) == 1
    kind = kind_of(question)
    if kind is None or kind.name == "date":
        return False
    return sum(holds_kind(question, one.text) == 1.0 for one in kin) == 1


def _of_one_pattern(one: Passage, other: Passage, asked: Terms) -> bool:
    if one.corrected_by == other.document_id or other.corrected_by == one.document_id:
        return False  # the newer has won already
    first, second = set(terms(one.title)), set(terms(other.title))
    shared, apart = first & second, first ^ second
    if not shared or not (first - second) or not (second - first):
        return False
    words = [terms(_NUMBER.sub(" ", title)) for title in (one.title, other.title)]
    if words[0][:1] != words[1][:1] or len(shared) < _SHARED * max(len(set(of)) for of in words):
        return False
    return any(term in asked for term in shared) and not any(asked.worth(term) == 1.0 for term in apart)


def with_choice(question: str, title: str) -> str:
    """The question, of the chosen one."""
    return f"{question.strip().rstrip('?!. ')}: {title.strip().rstrip('?!. ')}?"
