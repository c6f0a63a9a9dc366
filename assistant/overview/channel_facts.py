"""Since when the channel is, which polls it had, what its author took back, where its readers talk."""

from __future__ import annotations

import re

from konspekt.answering.answer import Part
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.answering.words.sentences import split_sentences
from konspekt.assistant.overview.about_channel import description, ways_in
from konspekt.assistant.overview.items import Item, bare, shortened, shown
from konspekt.assistant.overview.work import Work
from konspekt.storage.index.catalogue import holding, polls_among, texts_of

CHATS, CHAT_CHARS = 3, 320
_CHAT = re.compile(r"\bчат\w*|\bchats?\b|\bгрупп\w+|\bgroup\b", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w@/.])@\w{4,}|t\.me/\S|https?://\S")


def began(work: Work) -> Planned:
    """The first post that has a date."""
    first = next((card for card in work.among if card.published_at is not None), None)
    if first is None or first.published_at is None:
        return Planned(Reply((Part(work.say("no_beginning")),), refused=True), ())
    return work.listing(work.say("began", date=f"{first.published_at:%d.%m.%Y}"), [work.item(first)])


def polls(work: Work) -> Planned:
    """How many, and what each asked."""
    held = polls_among(work.session, [card.id for card in work.among])
    items = [work.item(card) for card in reversed(work.among) if card.id in held]
    if not items:
        return Planned(Reply((Part(work.say("no_polls")),), refused=True), ())
    return work.listing(work.say("polls", n=len(items)), items)


def corrections(work: Work) -> Planned:
    """The posts that take earlier ones back, each with the one that it corrects; of a topic where either speaks of
    it."""
    found = work.members()
    by_id = work.catalogue.by_id
    pairs = {newer: older for older, newer in work.catalogue.corrected_by.items() if newer in by_id and older in by_id}
    among = {card.id for card in work.catalogue.cards}
    told = [
        Item(by_id[newer], description(by_id[newer]), work.say("corrects", title=by_id[older].title))
        for newer, older in pairs.items()
        if newer in among and (newer in found or older in found)
    ]
    told.sort(key=lambda item: (item.card.published_at is not None, item.card.published_at), reverse=True)
    if not told:
        about = work.say("about_it", named=work.topics()) if work.plan.topics else ""
        return Planned(Reply((Part(work.say("no_corrections", about=about)),), refused=True), ())
    return work.listing(work.say("corrections"), told)


def chat(work: Work) -> Planned:
    """The sentences that name a chat with its address, the newest first; the other ways to write where none does."""
    holders = frozenset[str]().union(*holding(work.session, ("чат", "chat", "group")).values())
    cards = [*work.catalogue.abouts, *(card for card in reversed(work.among) if card.id in holders)]
    texts = texts_of(work.session, [card.id for card in cards])
    items: list[Item] = []
    for card in cards:
        for sentence in split_sentences(texts.get(card.id, "")):
            if _CHAT.search(sentence.text) and _ADDRESS.search(sentence.text):
                items.append(Item(card, shortened(bare(sentence.text), CHAT_CHARS)))
                break
    if items:
        return work.listing(work.say("chat"), items[:CHATS])
    others = ways_in(work)
    if not others:
        return Planned(Reply((Part(work.say("no_chat_at_all")),), refused=True), ())
    page = shown(others, None)
    return Planned(Reply((Part(work.say("no_chat")), *page.parts), page.citations), page.passages)
