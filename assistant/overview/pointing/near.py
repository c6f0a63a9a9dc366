"""The documents that speak of a topic, the ones that are about it first."""

from __future__ import annotations

from collections.abc import Sequence

from konspekt.assistant.overview.plan import Topic
from konspekt.assistant.overview.topics.membership import by_words, members
from konspekt.assistant.overview.topics.word_families import Word
from konspekt.assistant.overview.work import Work
from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import numbered_things
from konspekt.storage.index.catalogue import Card

FOUND = 20  # documents that search is asked for


def topic_words(work: Work, topic: str) -> list[Word]:
    """A topic's words; «третьей лекции» is one, and «Лекция 3» holds it."""
    numbered = [term for term in terms(topic) if numbered_things([term])]
    if not numbered:
        return work.catalogue.families.words(topic)
    said = topic.split()
    without = [" ".join(said[:place] + said[place + 1 :]) for place in range(len(said))]
    others = [word for word, rest in zip(said, without, strict=True) if set(numbered) <= set(terms(rest))]
    return [*(work.catalogue.families.words(" ".join(others))), *(Word(one, frozenset({(one,)})) for one in numbered)]


def holds(words: Sequence[Word], text: str) -> bool:
    held = frozenset(terms(text))
    return bool(words) and all(word.held_by(held, text) for word in words)


def ranked(work: Work, topic: str) -> list[Card]:
    """Those whose title opens with it, those whose title names it, then the others that hold its words; each in the
    order in which search finds them, then the newest."""
    cards = cards_of(work)
    words = topic_words(work, topic)
    held = members(work.session, Topic(topic), work.catalogue.families, cards).by_words
    if words != work.catalogue.families.words(topic):
        held = by_words(work.session, words, cards)
    order = {name: place for place, name in enumerate(found(work, topic))}
    newest = [card.id for card in reversed(work.among) if card.id in held]
    names = [*newest, *(name for name in held if name not in set(newest))]
    titled = {name: _titled(words, cards[name].title) for name in names}
    return [cards[name] for name in sorted(names, key=lambda name: (titled[name], order.get(name, len(order))))]


def _titled(words: Sequence[Word], title: str) -> int:
    """0 for a title that opens with the topic («AWQ: берегите один процент»), 1 for one that names it, else 2."""
    if not holds(words, title):
        return 2
    opening = " ".join(title.split()[: len(words)])
    return 0 if holds(words, opening) else 1


def found(work: Work, topic: str) -> list[str]:
    """Ids of the documents that search finds, best first."""
    return [one.document_id for one in work.search(topic, FOUND)] if work.search is not None else []


def cards_of(work: Work) -> dict[str, Card]:
    """By id, with what channels say of themselves."""
    return {card.id: card for card in [*work.among, *work.catalogue.abouts]}
