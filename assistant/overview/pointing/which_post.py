"""«В каком посте было про X», «когда был пост про X»: by name, date and link, with the sentence that tells it."""

from __future__ import annotations

from dataclasses import replace

from konspekt.answering.answer import Part
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.answering.words.sentences import split_sentences
from konspekt.assistant.overview.items import Item, bare, shown, telling
from konspekt.assistant.overview.pointing.near import ranked, topic_words
from konspekt.assistant.overview.topics.word_families import Word
from konspekt.assistant.overview.work import Work
from konspekt.indexer.lexical import terms
from konspekt.storage.index.catalogue import Card, texts_of

POSTS = 3


def which_post(work: Work) -> Planned | None:
    """None: nothing holds the words, or is near; it may be said in others."""
    topic = work.plan.topics[0].words
    words = topic_words(work, topic)
    cards = ranked(work, topic)
    if not cards:
        nothing = work.nothing(work.members())
        return nothing if nothing.passages or len(words) <= 1 else None
    first = cards[:POSTS]
    texts = texts_of(work.session, [card.id for card in first])
    items = [_item(work, card, words, texts.get(card.id, "")) for card in first]
    page = shown(items, None)
    opening = Part(work.say("which_one" if len(items) == 1 else "which_several"))
    rest = len(cards) - len(items)
    below = [Part(work.say("which_rest", count=work.count(rest), topic=topic), before="\n\n")] if rest else []
    others = [work.item(card) for card in cards if card not in first]
    found = shown([*items, *others], None).passages
    return Planned(Reply((opening, *page.parts, *below), page.citations), found)


def _item(work: Work, card: Card, words: list[Word], text: str) -> Item:
    """With the sentence that holds the words, whole: the nearest to the question where several do."""
    held = [bare(one.text) for one in split_sentences(text) if _says(words, one.text, card.title)]
    if len(held) > 1 and work.closeness is not None:
        near = work.closeness(work.plan.topics[0].words, held)
        held = [max(zip(held, near, strict=True), key=lambda pair: pair[1])[0]]
    item = work.item(card)
    return replace(item, line=held[0]) if held else item


def _says(words: list[Word], sentence: str, title: str) -> bool:
    held = frozenset(terms(sentence))
    own = all(word.held_by(held, sentence) for word in words)
    return own and telling(sentence) and sentence.strip("#* .!?…") not in title
