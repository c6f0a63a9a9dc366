"""In which order to read: course before posts, what introduces a term before what uses it, older before newer."""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from konspekt.answering.words.vocabulary import GENERIC
from konspekt.assistant.overview.topics.catalogue import Catalogue
from konspekt.indexer.lexical import terms
from konspekt.storage.index.catalogue import Card

_TITLE_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
FIRST_WORDS = re.compile(
    r"для чайников|с нуля|с чего начать|введени|вступлени|начинающ|новичк|за одну минуту|на пальцах|"
    r"основы|знакомство с|простыми словами|что такое|tutorial|beginner|introduction|basics|from scratch|"
    r"\bинтро\b|\bintro\b|\b101\b",
    re.IGNORECASE,
)
SYLLABUS = re.compile(r"программа|syllabus|содержание курса|о курсе|course outline|план курса", re.IGNORECASE)
_VERSION = re.compile(r"\d+$")
SHORTEST_NAME = 4  # a shorter name may be nothing but a letter and its number
SHARE_OF_ALL = 0.4  # a term in so many of the posts introduces nothing


@dataclass(frozen=True, slots=True)
class Step:
    """`introduces`: words of the title that later steps use. `needs`: words that an earlier step introduced."""

    card: Card
    introduces: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    corrects: str | None = None


def in_order(
    posts: Sequence[Card],
    texts: Mapping[str, str],
    catalogue: Catalogue,
    leading: Mapping[str, int] | None = None,
) -> list[Step]:
    """Posts so that a term is introduced before it is used, where that can be; else by `leading`, then by date.

    `leading`: id -> rank of what should come early (less is earlier).
    """
    held = {card.id: _terms(f"{card.title}\n{texts.get(card.id, card.opening)}") for card in posts}
    introducer, words = _introducers(catalogue.cards, held)
    leading, corrected_by = leading or {}, catalogue.corrected_by
    after: dict[str, set[str]] = defaultdict(set)  # id -> ids that should come before it
    needs: dict[str, list[str]] = defaultdict(list)
    used: dict[str, list[str]] = defaultdict(list)
    for term, source in introducer.items():
        for card in posts:
            if card.id != source and term in held[card.id]:
                if leading.get(card.id) != 0:  # an introduction comes first whatever it mentions
                    after[card.id].add(source)
                needs[card.id].append(term)
                used[source].append(term)
    for card in posts:
        if card.reply_to in held and leading.get(card.id) != 0:
            after[card.id].add(card.reply_to)
    for older, newer in corrected_by.items():
        if older in held and newer in held:
            after[newer].add(older)
    order = _sorted(posts, after, leading)
    met: set[str] = set()
    steps = []
    corrects = {newer: older for older, newer in corrected_by.items() if older in held}
    for card in order:
        known = [words[term] for term in needs[card.id] if introducer[term] in met]
        new = [words[term] for term in dict.fromkeys(used[card.id])]
        steps.append(Step(card, tuple(dict.fromkeys(new)), tuple(dict.fromkeys(known)), corrects.get(card.id)))
        met.add(card.id)
    return steps


def _terms(text: str) -> frozenset[str]:
    """With names of versions as the names themselves too: `SageAttention2` uses what SageAttention is."""
    found = set(terms(text))
    return frozenset(found | {_VERSION.sub("", term) for term in found if len(term) > SHORTEST_NAME})


def _introducers(cards: Sequence[Card], held: Mapping[str, frozenset[str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Term -> the post that introduces it, of those in `held`; and the term as it is written in its title.

    Whoever opens a title with a term introduces it («LoRA: две тонкие матрицы»): the first of all the posts there are,
    so that a later post on it is not taken for an introduction where that one is not on the list.
    """
    found: dict[str, str] = {}
    words: dict[str, str] = {}
    for card in cards:
        match = _TITLE_WORD.search(card.title)
        word = match.group() if match else ""
        own = terms(word)
        if own and len(word) > 2 and own[-1] not in GENERIC and not _plain(word) and own[-1] not in found:
            found[own[-1]], words[own[-1]] = card.id, word
    counts = {term: sum(term in of for of in held.values()) for term in found}
    most = max(2.0, SHARE_OF_ALL * len(held))
    return {term: source for term, source in found.items() if source in held and 2 <= counts[term] <= most}, words


def _plain(word: str) -> bool:
    """An ordinary Russian word of a title («картинки», «сколько») names nothing that must be introduced."""
    return bool(re.fullmatch(r"[а-яё-]+", word.lower()))


def _sorted(posts: Sequence[Card], after: Mapping[str, set[str]], leading: Mapping[str, int]) -> list[Card]:
    """Topologically; where terms go round in a circle, the one that would come first anyway."""
    place = {card.id: at for at, card in enumerate(posts)}
    rank = {card.id: (leading.get(card.id, len(posts)), place[card.id]) for card in posts}
    waiting = {card.id: set(after.get(card.id, ())) - {card.id} for card in posts}
    ready = [(rank[name], name) for name, before in waiting.items() if not before]
    heapq.heapify(ready)
    order: list[str] = []
    done: set[str] = set()
    while len(order) < len(posts):
        if not ready:
            stuck = min((name for name in waiting if name not in done), key=lambda name: rank[name])
            heapq.heappush(ready, (rank[stuck], stuck))
        _, name = heapq.heappop(ready)
        if name in done:
            continue
        done.add(name)
        order.append(name)
        for other, before in waiting.items():
            if name in before:
                before.discard(name)
                if not before and other not in done:
                    heapq.heappush(ready, (rank[other], other))
    return [posts[place[name]] for name in order]
