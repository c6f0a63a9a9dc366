"""What there is, each post once: adverts and excluded posts left out, copies folded into the post that they copy."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy.orm import Session

from konspekt.assistant.overview.plan import Plan, Scope
from konspekt.assistant.overview.topics.word_families import Families
from konspekt.indexer.errors import NoIndexError
from konspekt.indexer.messages import say
from konspekt.indexer.searching.ranking import alike, shingles
from konspekt.storage.index.catalogue import (
    Card,
    all_corrections,
    cards,
    generation_number,
    ids_with_phrases,
)
from konspekt.storage.index.vocabulary import term_counts

COURSE_KINDS = frozenset({"course", "subtitles"})


@dataclass(frozen=True)
class Catalogue:
    """`cards` oldest first, those without a date last. `copies`: id -> ids of the copies that it stands for.

    `corrected_by`: id -> id of the newest post that corrects it. `names`: (name, what to filter by).
    """

    cards: tuple[Card, ...]
    families: Families
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    corrected_by: Mapping[str, str] = field(default_factory=dict)
    abouts: tuple[Card, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Card]:
        return {card.id: card for card in self.cards}

    def within(self, plan: Plan) -> list[Card]:
        """The cards that the plan's kind, period and source let through."""
        return [
            card
            for card in self.cards
            if of_scope(card, plan.scope)
            and (not plan.dated or card.published_at in plan.period)
            and (plan.source is None or plan.source in {card.source_id, card.source, card.author})
        ]


def of_scope(card: Card, scope: Scope) -> bool:
    if scope == "all":
        return True
    return (card.kind in COURSE_KINDS) == (scope == "course")


class Catalogues:
    """The catalogue of the current index, read once for each. Safe to share between threads."""

    def __init__(self, exclude: Sequence[str] = ()) -> None:
        """`exclude`: posts that hold one of these phrases are not there."""
        self._exclude = tuple(phrase.casefold() for phrase in exclude)
        self._lock = threading.Lock()
        self._kept: tuple[int, Catalogue] | None = None

    def current(self, session: Session) -> Catalogue:
        """Raises NoIndexError."""
        number = generation_number(session)
        if number is None:
            raise NoIndexError(say("nothing_indexed"))
        with self._lock:
            if self._kept is None or self._kept[0] != number:
                self._kept = (number, self._read(session))
            return self._kept[1]

    def _read(self, session: Session) -> Catalogue:
        left_out = ids_with_phrases(session, self._exclude)
        there = [card for card in cards(session) if not card.hidden and card.id not in left_out]
        kept, copies = without_copies([card for card in there if not card.about])
        abouts = tuple(card for card in there if card.about)
        return Catalogue(tuple(kept), Families(term_counts(session)), copies, all_corrections(session), abouts)


def without_copies(found: Iterable[Card]) -> tuple[list[Card], dict[str, tuple[str, ...]]]:
    """Each text once, in the order given: the first that is no forward stands for its forwards and cross-posts."""
    listed = list(found)
    groups: dict[str, list[Card]] = defaultdict(list)
    for card in listed:
        groups[card.fold_hash].append(card)
    stands = {group[0].id: group for group in (_original_first(cards) for cards in groups.values())}
    openings: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for identifier, group in stands.items():
        openings[tuple(group[0].opening.casefold().split()[:6])].append(identifier)
    for same in openings.values():
        _fold_alike(same, stands)
    copies = {
        identifier: tuple(card.id for card in group if card.id != identifier) for identifier, group in stands.items()
    }
    return [card for card in listed if card.id in stands], {key: ids for key, ids in copies.items() if ids}


def _fold_alike(same: Sequence[str], stands: dict[str, list[Card]]) -> None:
    """Of posts that begin alike, one that says the same as an earlier one goes into it."""
    kept: list[tuple[str, frozenset[tuple[str, ...]]]] = []
    for identifier in same:
        words = shingles(stands[identifier][0].opening)
        twin = next((one for one, said in kept if alike(words, said)), None)
        if twin is None:
            kept.append((identifier, words))
        else:
            stands[twin] += stands.pop(identifier)


def _original_first(group: list[Card]) -> list[Card]:
    return sorted(group, key=lambda card: card.forwarded)
