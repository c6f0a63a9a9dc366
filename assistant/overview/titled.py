"""Where something is («где лежит конспект про attention», «ссылка на запись третьей лекции»), and what a numbered part
of the course is about: the documents that are titled so, with their links and how they begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from konspekt.answering.answer import Part
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.assistant.overview.items import Item
from konspekt.assistant.overview.pointing.replied import own_address
from konspekt.assistant.overview.topics.catalogue import COURSE_KINDS
from konspekt.assistant.overview.work import Work
from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import names_it, numbered_things
from konspekt.storage.index.catalogue import Card

MOST = 5
_HEAD = 2  # terms of a title that begins with its number
# Whatever the author wrote
_ANY = "конспект материал пост статья лекция курс канал notes materials post article lecture course channel"


def titled(work: Work) -> Planned:
    """What every word of the topic stands in the title of, the course first; refused where nothing is titled so."""
    (topic,) = work.plan.topics
    where = bool(work.plan.aspect)
    cards = [card for card in work.among if not card.hidden]
    if where:
        words = content_terms(topic.words)
        own = [term for term in words if term not in _whatever()]
        found = _titled_by(cards, topic.words, words) or _titled_by(cards, topic.words, own)
        if not own and not numbered_things(terms(topic.words)):
            found = []  # «где лекция?» may well ask for a room
    else:
        asked = numbered_things(terms(topic.words))
        found = [card for card in cards if names_it(asked, numbered_things(terms(card.title)[:_HEAD]))]
    found.sort(key=lambda card: (card.kind not in COURSE_KINDS, -_own(card, topic.words)))
    if not found:
        return Planned(Reply((Part(work.say("none_at_all", period="")),), refused=True), ())
    shown = replace(work, page=MOST)
    return shown.listing(
        work.say("titled_where" if where else "titled"), [_item(work, card, where=where) for card in found[:MOST]]
    )


def _item(work: Work, card: Card, *, where: bool) -> Item:
    """Where it is asked for, its own address is its line."""
    item = work.item(card)
    url = own_address(card) if where else None
    return replace(item, line=url) if url else item


def _titled_by(cards: Sequence[Card], words: str, wanted: Sequence[str]) -> list[Card]:
    """Those whose title has all of the wanted terms, and the number that the words name."""
    asked = numbered_things(terms(words))
    found = []
    for card in cards:
        of_title = terms(card.title)
        there = Terms(of_title)
        if all(term in there for term in wanted) and (not asked or names_it(asked, numbered_things(of_title))):
            found.append(card)
    return found if wanted or asked else []


def _own(card: Card, words: str) -> float:
    """How much of the title is the topic."""
    return len(set(content_terms(words)) & set(terms(card.title))) / (len(terms(card.title)) or 1)


@cache
def _whatever() -> frozenset[str]:
    return frozenset(terms(_ANY))
