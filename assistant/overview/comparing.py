"""«Сравни A и B»: what is said of both at once, then each side in the channel's own sentences, with links.

A sentence belongs to a side when it names that side and not the other, or stands in a post whose title does. So
nothing that is said of one side is shown as said of the other. Of each side only the posts speak that are most about
it: those that are titled by it, else those that compare both, else those that name it in their title, else all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from konspekt.answering.answer import Citation, Part
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.answering.writing.kinds.defining import definitions
from konspekt.answering.writing.kinds.leaning import needs_antecedent
from konspekt.answering.writing.kinds.units import Unit, units_of
from konspekt.assistant.overview.items import Item, bare, citation, passages, telling
from konspekt.assistant.overview.topics.catalogue import COURSE_KINDS
from konspekt.assistant.overview.topics.membership import members
from konspekt.assistant.overview.topics.word_families import Word
from konspekt.assistant.overview.work import Work
from konspekt.indexer.lexical import terms
from konspekt.storage.index.catalogue import Card, texts_of

A_SIDE, BOTH = 3, 2  # sentences
WHOLE = 600  # characters of a post that compares both: it is told as it goes on
FEWEST_WORDS, LONGEST = 5, 320  # of a sentence that says something; characters
CONSIDERED = 12  # sentences of a side that are measured
ITS_OWN = 0.04  # what a post whose title names the side gains, in cosine
SURELY = 0.05  # and what a sentence gains that surely says what the side is
OFTEN = 2  # sentences that name both: the post compares them
_WORD = re.compile(r"[^\W\d_]{2,}")
_HEAD_OF_TITLE = re.compile(r"[:—–(?!.]|\s-\s")
_SEVERAL = re.compile(r"\b(?:и|или|против|vs|versus|and|or)\b|/", re.IGNORECASE)  # a title of several things
_BESIDE_IT = 1  # words that a title has beside the side that it names: «алгоритм GPTQ»


@dataclass(frozen=True, slots=True)
class Said:
    """`place` among the sentences of its post. `about`: 0 for a post that is titled by the side, to 3 for any other.
    `sure`: 0 to 1, that it says what the side is. `before`: the sentence that it leans on."""

    card: Card
    sentence: str
    place: int
    about: int
    sure: float = 0.0
    before: Said | None = None

    @property
    def titled(self) -> bool:
        return self.about in {0, 2}


def compare(work: Work) -> Planned:
    """Both at once, then both sides, each with its own sentences; a side that is missing is said to be."""
    one, other = work.plan.topics
    cards = {card.id: card for card in work.among}
    families = work.catalogue.families
    words = {topic: families.words(topic.words) for topic in (one, other)}
    held = {topic: members(work.session, topic, families, cards).by_words for topic in (one, other)}
    named = set(held[one]) | set(held[other])
    texts = texts_of(work.session, sorted(named))
    both: list[Said] = []
    comparing: set[str] = set()
    for name in (name for name in held[one] if name in held[other]):
        of_both = _of_both(cards[name], texts[name], words[one], words[other])
        both += of_both
        if len(of_both) >= OFTEN:
            comparing.add(name)
    question = f"{one.words} {other.words} {work.plan.aspect}".strip()
    written = _Written(work)
    whole = _told_whole(both)
    written.block(work.say("both"), whole or _best(work, question, both, BOTH))
    told = {one.sentence for one in whole}
    for topic, rival in ((one, other), (other, one)):
        heading = work.say("side", named=work.named(topic.words))
        if not held[topic]:
            written.line(work.say("side_missing", named=work.named(topic.words)))
            continue
        said = [
            said
            for name in held[topic]
            for said in _of_side(cards[name], texts[name], topic.words, words[topic], words[rival], name in comparing)
        ]
        said = [one for one in said if one.sentence not in told]
        closest = min((one.about for one in said), default=0)
        said = [one for one in said if one.about == closest]
        said = said or _openings([cards[name] for name in held[topic]], texts, words[topic])
        asked = f"{topic.words}: {work.plan.aspect or question}"
        written.block(heading, _best(work, asked, said, A_SIDE))
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
        for row in _in_a_row(said):
            first = row[0]
            if first.card.id not in self._numbers:
                self._numbers[first.card.id] = len(self._numbers) + 1
                item = Item(first.card, first.sentence)
                self._citations.append(citation(self._numbers[first.card.id], item))
                self._items.append(item)
            text = " ".join(one.sentence for one in row)
            self._parts.append(Part(text, (self._numbers[first.card.id],), before="\n• "))

    def planned(self, *, refused: bool) -> Planned:
        reply = Reply(tuple(self._parts), tuple(self._citations), refused=refused)
        return Planned(reply, passages(self._items))


def _of_side(  # noqa: PLR0917 - a post, and the two sides
    card: Card, text: str, name: str, own: Sequence[Word], rival: Sequence[Word], compares: bool
) -> list[Said]:
    """The sentences of a post that speak of one side and not of the other."""
    head = _head(card.title)
    titled = _names(own, card.title) and not _names(rival, card.title) and not _SEVERAL.search(head)
    about = 2 if titled else 3
    if titled and _names(own, head) and len(head.split()) <= len(name.split()) + _BESIDE_IT:
        about = 0
    elif compares:
        about = 1
    units = units_of(text)
    surely = definitions(name, card.title, units)
    found: list[Said] = []
    for place, sentence in _sentences(card, units):
        if _names(rival, sentence) or not (titled or _names(own, sentence)):
            continue
        before = found[-1] if found and found[-1].place == place - 1 else None
        if not needs_antecedent(units[place].text):
            before = None
        elif before is None or before.before is not None:
            continue
        found.append(Said(card, sentence, place, about, surely[place], before))
    return found


def _of_both(card: Card, text: str, one: Sequence[Word], other: Sequence[Word]) -> list[Said]:
    """The sentences that name both, each with the one that it leans on; of a post that is titled by both, all from the
    first that names either."""
    units = units_of(text)
    if _names(one, card.title) and _names(other, card.title):
        told = _sentences(card, units, 1)
        first = next((i for i, (_, said) in enumerate(told) if _names(one, said) or _names(other, said)), len(told))
        return [Said(card, said, place, 0) for place, said in told[first:]]
    sentences = _sentences(card, units)
    said_at = dict(sentences)
    found = []
    for place, sentence in sentences:
        if not (_names(one, sentence) and _names(other, sentence)):
            continue
        before = None
        if needs_antecedent(units[place].text):
            if place - 1 not in said_at or needs_antecedent(units[place - 1].text):
                continue
            before = Said(card, said_at[place - 1], place - 1, 1)
        found.append(Said(card, sentence, place, 1, before=before))
    return found


def _told_whole(both: Sequence[Said]) -> list[Said]:
    """What the first post that is titled by both says, as far as there is room."""
    titled = [one for one in both if one.about == 0]
    told: list[Said] = []
    for one in titled:
        if one.card != titled[0].card or sum(len(before.sentence) for before in told) + len(one.sentence) > WHOLE:
            break
        told.append(one)
    return told


def _openings(cards: Sequence[Card], texts: Mapping[str, str], own: Sequence[Word]) -> list[Said]:
    """A side that is named only together with the other, or in a title: how its posts begin."""
    return [
        Said(card, sentence, place, 2)
        for card in cards
        if _names(own, card.title)
        for place, sentence in _sentences(card, units_of(texts[card.id]))[:A_SIDE]
    ]


def _sentences(card: Card, units: Sequence[Unit], fewest: int = FEWEST_WORDS) -> list[tuple[int, str]]:
    """Those that say something by themselves, with their places: «два факта, на которых всё держится:» only leads up to
    them."""
    title = card.title.strip(" .!?…")
    found = []
    for place, unit in enumerate(units):
        said = bare(unit.text)
        enough = len(_WORD.findall(said)) >= fewest and len(said) <= LONGEST
        says = telling(unit.text) and not unit.asks_or_names and not said.endswith(":")
        if enough and says and said.strip(" .!?…") != title:
            found.append((place, said))
    return found


def _head(title: str) -> str:
    """«GPTQ» of «GPTQ: округляй и извиняйся»."""
    return _HEAD_OF_TITLE.split(title)[0]


def _names(words: Sequence[Word], text: str) -> bool:
    held = frozenset(terms(text))
    return bool(words) and all(word.held_by(held, text) for word in words)


def _best(work: Work, question: str, said: Sequence[Said], most: int) -> list[Said]:
    """The most telling sentences, in the order of their posts, each once and with what it leans on."""
    unique = list({one.sentence: one for one in said}.values())
    ordered = sorted(unique, key=lambda one: (not one.titled, one.card.kind in COURSE_KINDS, -one.sure))[:CONSIDERED]
    if work.closeness is not None and len(ordered) > most:
        near = work.closeness(question, [one.sentence for one in ordered])
        worth = {
            one.sentence: score + ITS_OWN * one.titled + SURELY * one.sure
            for one, score in zip(ordered, near, strict=True)
        }
        ordered.sort(key=lambda one: -worth[one.sentence])
    chosen: dict[tuple[str, int], Said] = {}
    for one in ordered:
        with_it = {(each.card.id, each.place): each for each in (one.before, one) if each is not None}
        if len(chosen | with_it) <= most:
            chosen |= with_it
    posts = list(dict.fromkeys(one.card.id for one in unique))
    return sorted(chosen.values(), key=lambda one: (posts.index(one.card.id), one.place))


def _in_a_row(said: Sequence[Said]) -> list[list[Said]]:
    """Neighbouring sentences of a post together."""
    rows = [[one] for one in said[:1]]
    for before, one in pairwise(said):
        if before.card.id == one.card.id and before.place == one.place - 1:
            rows[-1].append(one)
        else:
            rows.append([one])
    return rows
