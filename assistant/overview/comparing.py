"""«Сравни A и B»: each side in the channel's own sentences, with links; what is said of both at once stands apart.

A sentence belongs to a side when it names that side and not the other, or stands in a post whose title does. So
nothing that is said of one side is shown as said of the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from konspekt.answering.answer import Citation, Part
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.answering.words.sentences import split_sentences
from konspekt.assistant.overview.items import Item, bare, citation, passages, telling
from konspekt.assistant.overview.topics.catalogue import COURSE_KINDS
from konspekt.assistant.overview.topics.membership import members
from konspekt.assistant.overview.topics.word_families import Word
from konspekt.assistant.overview.work import Work
from konspekt.indexer.lexical import terms
from konspekt.storage.index.catalogue import Card, texts_of

A_SIDE, BOTH = 3, 2  # sentences
FEWEST_WORDS, LONGEST = 5, 320  # of a sentence that says something; characters
CONSIDERED = 12  # sentences of a side that are measured
ITS_OWN = 0.04  # what a post whose title names the side gains, in cosine
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Said:
    card: Card
    sentence: str
    titled: bool  # the post's title names the side


def compare(work: Work) -> Planned:
    """Both sides, each with its own sentences; a side that is missing is said to be."""
    one, other = work.plan.topics
    cards = {card.id: card for card in work.among}
    families = work.catalogue.families
    words = {topic: families.words(topic.words) for topic in (one, other)}
    held = {topic: members(work.session, topic, families, cards).by_words for topic in (one, other)}
    named = set(held[one]) | set(held[other])
    texts = texts_of(work.session, sorted(named))
    sides = {
        topic: [said for name in held[topic] for said in _of_side(cards[name], texts[name], words[topic], words[rival])]
        for topic, rival in ((one, other), (other, one))
    }
    both = [
        said
        for name in held[one]
        if name in held[other]
        for said in _of_both(cards[name], texts[name], words[one], words[other])
    ]
    question = f"{one.words} {other.words} {work.plan.aspect}".strip()
    written = _Written(work)
    for topic in (one, other):
        heading = work.say("side", named=work.named(topic.words))
        if not held[topic]:
            written.line(work.say("side_missing", named=work.named(topic.words)))
        else:
            asked = f"{topic.words}: {work.plan.aspect or question}"
            said = sides[topic] or _openings([cards[name] for name in held[topic]], texts, words[topic])
            written.block(heading, _best(work, asked, said, A_SIDE))
    written.block(work.say("both"), _best(work, question, both, BOTH))
    return written.planned(refused=not named)


class _Written:
    """Blocks of sentences, with a citation for each post."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._parts: list[Part] = []
        self._numbers: dict[str, int] = {}
        self._citations: list[Citation] = []
        self._items: list[Item] = []

    def line(self, text: str) -> None:
        self._parts.append(Part(text, before="\n\n" if self._parts else ""))

    def block(self, heading: str, said: Sequence[Said]) -> None:
        if not said:
            return
        self.line(heading)
        for one in said:
            if one.card.id not in self._numbers:
                self._numbers[one.card.id] = len(self._numbers) + 1
                item = Item(one.card, one.sentence)
                self._citations.append(citation(self._numbers[one.card.id], item))
                self._items.append(item)
            self._parts.append(Part(one.sentence, (self._numbers[one.card.id],), before="\n• "))

    def planned(self, *, refused: bool) -> Planned:
        reply = Reply(tuple(self._parts), tuple(self._citations), refused=refused)
        return Planned(reply, passages(self._items))


def _of_side(card: Card, text: str, own: Sequence[Word], rival: Sequence[Word]) -> list[Said]:
    """The sentences of a post that speak of one side and not of the other."""
    titled, against = _names(own, card.title), _names(rival, card.title)
    found = []
    for sentence in _sentences(card, text):
        names_own, names_rival = _names(own, sentence), _names(rival, sentence)
        if not names_rival and (names_own or (titled and not against)):
            found.append(Said(card, sentence, titled))
    return found


def _of_both(card: Card, text: str, one: Sequence[Word], other: Sequence[Word]) -> list[Said]:
    return [
        Said(card, sentence, _names(one, card.title) and _names(other, card.title))
        for sentence in _sentences(card, text)
        if _names(one, sentence) and _names(other, sentence)
    ]


def _openings(cards: Sequence[Card], texts: Mapping[str, str], own: Sequence[Word]) -> list[Said]:
    """A side that is named only together with the other, or in a title: how its posts begin."""
    return [
        Said(card, sentence, titled=True)
        for card in cards
        if _names(own, card.title)
        for sentence in _sentences(card, texts[card.id])[:A_SIDE]
    ]


def _sentences(card: Card, text: str) -> list[str]:
    """Those that say something by themselves: «два факта, на которых всё держится:» only leads up to them."""
    title = card.title.strip(" .!?…")
    found = []
    for sentence in split_sentences(text):
        said = bare(sentence.text)
        enough = len(_WORD.findall(said)) >= FEWEST_WORDS and len(said) <= LONGEST
        if enough and telling(sentence.text) and not said.endswith(":") and said.strip(" .!?…") != title:
            found.append(said)
    return found


def _names(words: Sequence[Word], text: str) -> bool:
    held = frozenset(terms(text))
    return bool(words) and all(word.held_by(held, text) for word in words)


def _best(work: Work, question: str, said: Sequence[Said], most: int) -> list[Said]:
    """The most telling sentences, in the order of their posts; each sentence once."""
    unique = list({one.sentence: one for one in said}.values())
    ordered = sorted(unique, key=lambda one: (not one.titled, one.card.kind in COURSE_KINDS))[:CONSIDERED]
    if work.closeness is not None and len(ordered) > most:
        near = work.closeness(question, [one.sentence for one in ordered])
        worth = {one.sentence: score + ITS_OWN * one.titled for one, score in zip(ordered, near, strict=True)}
        ordered.sort(key=lambda one: -worth[one.sentence])
    chosen = {one.sentence for one in ordered[:most]}
    return [one for one in unique if one.sentence in chosen]
