"""«С чего начать»: a reading list from first steps to details, each item with why it stands where it does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from konspekt.answering.planning import Planned
from konspekt.answering.words.sentences import split_sentences
from konspekt.assistant.overview.items import Item
from konspekt.assistant.overview.plan import Topic
from konspekt.assistant.overview.reading_order import FIRST_WORDS, SYLLABUS, Step, in_order
from konspekt.assistant.overview.topics.catalogue import COURSE_KINDS
from konspekt.assistant.overview.topics.membership import MOST_TAGS, Members, is_tags, sentence_with
from konspekt.assistant.overview.topics.word_families import Word
from konspekt.assistant.overview.work import Work
from konspekt.indexer.lexical import terms
from konspekt.storage.index.catalogue import Card, texts_of

LONGEST = 30  # items of a list on a topic
FIRST_POSTS = 8  # posts of a list of the whole channel
SAID_OFTEN = 2  # sentences on the topic that make a post more than a mention
SAID_OFTEN_IN_LONG, LONG = 3, 2000  # of a text with so many characters
SHOWN_TERMS = 3
_NUMBER = re.compile(r"\d+")


def guide(work: Work) -> Planned:
    """A reading list of a topic, or of everything."""
    topic = work.plan.topics[0] if work.plan.topics else None
    found = work.members()
    belonging = [card for card in work.among if card.id in found]
    if not belonging or found.only_by_meaning:
        return work.nothing(found)
    texts = texts_of(work.session, [card.id for card in belonging]) if topic or len(belonging) < 5000 else {}
    chosen = _about(work, topic, belonging, texts) if topic else belonging
    course = sorted((card for card in chosen if card.kind in COURSE_KINDS), key=lesson)
    posts = [card for card in chosen if card.kind not in COURSE_KINDS]
    steps = in_order(posts, texts, work.catalogue, _leading(posts, topic, work))
    if topic is None:
        steps = _first_steps(steps)
    items = [_course_item(work, card, found) for card in course]
    items += [_item(work, step, found) for step in steps]
    opening = work.say("guide", named=work.topics()) if topic else work.say("guide_all")
    return work.listing(opening, items[:LONGEST], numbered=True)


def _about(work: Work, topic: Topic, cards: Sequence[Card], texts: Mapping[str, str]) -> list[Card]:
    """Those that speak of the topic, and not in passing; all of them where that leaves too few."""
    words = work.catalogue.families.words(topic.words)
    telling = [
        card
        for card in cards
        if _often(words, texts.get(card.id, ""))
        or _defines(words, card)
        or (card.kind in COURSE_KINDS and _in_title(words, card))
    ]
    return telling if len(telling) >= SAID_OFTEN else list(cards)


def _often(words: Sequence[Word], text: str) -> bool:
    """In several sentences, or under the topic's own hashtag (of a line with few: more are a table of contents)."""
    count, enough = 0, SAID_OFTEN if len(text) < LONG else SAID_OFTEN_IN_LONG
    for sentence in split_sentences(text):
        held = frozenset(terms(sentence.text))
        if all(word.held_by(held, sentence.text) for word in words):
            count += enough if is_tags(sentence.text) and sentence.text.count("#") <= MOST_TAGS else 1
    return count >= enough


def _in_title(words: Sequence[Word], card: Card) -> bool:
    return sentence_with(words, card.title, "") is not None


def _leading(posts: Sequence[Card], topic: Topic | None, work: Work) -> dict[str, int]:
    """What should come early: introductions, then what explains the topic itself."""
    words = work.catalogue.families.words(topic.words) if topic else []
    ranks: dict[str, int] = {}
    for card in posts:
        opening = f"{card.title}\n{card.opening[:200]}"
        named = bool(words) and _in_title(words, card)
        if FIRST_WORDS.search(card.title) or (named and FIRST_WORDS.search(opening)):
            ranks[card.id] = 0
        elif named and _defines(words, card):
            ranks[card.id] = 1
    return ranks


def _defines(words: Sequence[Word], card: Card) -> bool:
    """«X: …», «X — это …»: the title opens with the topic."""
    opening = re.split(r"[:—–]", card.title)[0]
    short = len(opening) < len(card.title) and len(opening.split()) <= len(words) + 1
    return short and sentence_with(words, opening, "") is not None


def _first_steps(steps: Sequence[Step]) -> list[Step]:
    """Of everything only what others rest on, and what says that it is for beginners."""
    telling = [step for step in steps if step.introduces or FIRST_WORDS.search(step.card.title)]
    return telling[:FIRST_POSTS] or list(steps[:FIRST_POSTS])


def lesson(card: Card) -> tuple[bool, list[int], bool, str]:
    """The syllabus, then lesson by lesson, by the numbers of the file names; a lecture before its recording."""
    name = card.id.rsplit("/", 1)[-1]
    number = [int(digits) for digits in _NUMBER.findall(name)][:1] or [10**6]
    return not SYLLABUS.search(card.title), number, card.published_at is None, card.id


def _course_item(work: Work, card: Card, found: Members) -> Item:
    why = "why_about" if SYLLABUS.search(card.title) else "why_course"
    return Item(card, work.item(card, found.by_words.get(card.id, "")).line, work.say(why))


def _item(work: Work, step: Step, found: Members) -> Item:
    item = work.item(step.card, found.by_words.get(step.card.id, ""))
    return Item(item.card, item.line, "; ".join(note for note in (_why(work, step), item.note) if note))


def _why(work: Work, step: Step) -> str:
    if step.corrects is not None and (older := work.catalogue.by_id.get(step.corrects)):
        return work.say("why_correction", title=older.title)
    if FIRST_WORDS.search(step.card.title):
        return work.say("why_first_words")
    if step.introduces:
        return work.say("why_needed", terms=_quoted(work, step.introduces))
    if step.needs:
        return work.say("why_builds", terms=_quoted(work, step.needs))
    return work.say("why_detail")


def _quoted(work: Work, words: Sequence[str]) -> str:
    return ", ".join(work.named(word) for word in words[:SHOWN_TERMS])
