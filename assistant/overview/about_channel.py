"""Who writes, which lectures there are, what is popular: what is known of the channel, and what is not."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from konspekt.answering.answer import Part
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.assistant.overview.guide import lesson
from konspekt.assistant.overview.items import Item, line_of, shown
from konspekt.assistant.overview.work import Work
from konspekt.storage.index.catalogue import texts_of
from konspekt.storage.index.popularity import NOTHING_KNOWN, Popularity, popularity_of

AUTHORS, TAGS, OF_ONESELF = 5, 8, 2
MOST_POPULAR = 10
_TAG = re.compile(r"(?<!\w)#([^\W\d]\w+)")
_INTRODUCES = re.compile(
    r"обо мне|знакомств|о себе|зачем этот канал|об авторе|меня зовут|about me|my name is|who am i|"
    r"(?:^|[.!?\n]\s*)я —? ?[А-ЯЁ][а-яё]+,",
    re.IGNORECASE | re.MULTILINE,
)


def author(work: Work) -> Planned:
    """Who wrote how much, and where they say who they are."""
    cards = [card for card in work.catalogue.cards if work.plan.source in {None, card.source_id, card.source}]
    counts = Counter(card.author for card in cards if card.author)
    told = ", ".join(f"{name} ({work.say('all', n=number)})" for name, number in counts.most_common(AUTHORS))
    opening = work.say("author", authors=told) if told else work.say("no_author")
    titled = [card for card in cards if _INTRODUCES.search(card.title)]
    openings = [card for card in cards if card not in titled and _INTRODUCES.search(card.opening)]
    telling = [*work.catalogue.abouts, *titled, *openings][: max(OF_ONESELF, len(work.catalogue.abouts) + 1)]
    items = [Item(card, line_of(card)) for card in telling]
    page = shown(items, None)
    below = [Part(work.say("of_oneself"), before="\n\n")] if items else []
    return Planned(
        Reply((Part(opening), *below, *page.parts), page.citations, refused=not told and not items), page.passages
    )


def course(work: Work) -> Planned:
    """Lectures, seminars and handouts, in their order."""
    items = [work.item(card) for card in sorted(work.among, key=lesson)]
    if not items:
        return Planned(Reply((Part(work.say("no_course")),), refused=True), ())
    return work.listing(work.say("course_list", count=work.count(len(items))), items)


def _seen(work: Work, numbers: Popularity) -> str:
    reactions, views = ("—" if one is None else str(one) for one in (numbers.reactions, numbers.views))
    return work.say("seen", reactions=reactions, views=views)


def popular(work: Work) -> Planned:
    """The posts with the most reactions, then views, of the period. Where no number is known: says so, and what is
    written about most, by the authors' own hashtags."""
    known = popularity_of(work.session, [card.id for card in work.among])
    counted = [card for card in reversed(work.among) if known.get(card.id, NOTHING_KNOWN).order > (0, 0)]
    if counted:
        ranked = sorted(counted, key=lambda card: known[card.id].order, reverse=True)[:MOST_POPULAR]
        items = [replace(work.item(card), note=_seen(work, known[card.id])) for card in ranked]
        return work.listing(work.say("most_popular", period=work.period()), items)
    texts = texts_of(work.session, [card.id for card in work.among])
    tags = Counter(tag.lower() for text in texts.values() for tag in set(_TAG.findall(text)))
    told = ", ".join(f"#{tag} — {work.count(number)}" for tag, number in tags.most_common(TAGS) if number > 1)
    parts = [Part(work.say("popular"))]
    if told:
        parts.append(Part(work.say("popular_tags", tags=told), before="\n\n"))
    return Planned(Reply(tuple(parts)), ())
