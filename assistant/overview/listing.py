"""Lists, counts and news: the posts of a topic, of a period, or of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from konspekt.answering.answer import Part
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.assistant.overview.items import Item, shown
from konspekt.assistant.overview.plan import Plan
from konspekt.assistant.overview.topics.catalogue import of_scope
from konspekt.assistant.overview.topics.membership import Members, of_plan, sentence_with
from konspekt.assistant.overview.work import Work

EXAMPLES = 5  # posts below a count
NEWEST = 3
LISTED_MONTHS = 36


def list_posts(work: Work) -> Planned:
    """Every post of the topic, newest first, on pages; what else there is of it is said below.

    Where it is asked whether there is anything, first those that are titled by it: others may only mention it.
    """
    found = work.members()
    items = work.items(found)
    if work.plan.loosely:
        items = sorted(items, key=lambda item: not _is_titled(work, item))
    if found.only_by_meaning or not items:
        return work.nothing(found)
    return work.listing(f"{work.counted(items)}:", items, closing=[*_copies(work, items), *_beside(work), *_each(work)])


def count_posts(work: Work) -> Planned:
    """The number, what it counts, and the newest few."""
    found = work.members()
    items = work.items(found)
    if found.only_by_meaning or not items:
        return work.nothing(found)
    told = [f"{work.counted(items)}.", *_copies(work, items), *_beside(work), *_each(work)]
    few = EXAMPLES if work.plan.topics else NEWEST
    page = shown(items, few)
    opening = "\n".join(told)
    newest = "latest" if items[0].card.published_at else "examples"
    heading = [] if len(items) <= few else [Part(work.say(newest), before="\n\n")]
    return Planned(Reply((Part(opening), *heading, *page.parts), page.citations), page.passages)


def news(work: Work) -> Planned:
    """What a period brought, newest first; where it brought nothing, the newest there is."""
    found = work.members()
    items = [item for item in work.items(found) if item.card.published_at is not None or not work.plan.dated]
    if items:
        opening = work.say("news_on" if work.plan.topics else "news", count=_brought(work, items), period=work.period())
        return work.listing(opening, items, closing=_copies(work, items))
    if work.plan.topics:
        return work.nothing(found)
    newest = [card for card in reversed(work.catalogue.cards) if card.published_at and of_scope(card, work.plan.scope)]
    if not newest:
        return Planned(Reply((Part(work.say("newest_unknown")),), refused=True), ())
    told = work.say("nothing_new", period=work.period())
    listed = work.listing(told, [work.item(card) for card in newest[:NEWEST]])
    return Planned(replace(listed.reply, refused=True), listed.passages)


def by_month(work: Work) -> Planned:
    """How many posts in each month that had any."""
    found = work.members()
    items = work.items(found)
    if not items:
        return work.nothing(found)
    counts = Counter(f"{item.card.published_at:%m.%Y}" for item in reversed(items) if item.card.published_at)
    if not counts:
        return Planned(Reply((Part(f"{work.counted(items)}. {work.say('no_dates')}"),)), ())
    month, most = max(counts.items(), key=lambda pair: pair[1])
    lines = [Part(f"{name} — {number}", before="\n• ") for name, number in list(counts.items())[-LISTED_MONTHS:]]
    page = shown(items, NEWEST)
    parts = (
        Part(work.say("months", count=work.counted(items))),
        *lines,
        Part(work.say("busiest", month=month, n=most), before="\n\n"),
        Part(work.say("latest"), before="\n\n"),
        *page.parts,
    )
    return Planned(Reply(parts, page.citations), page.passages)


def first_or_last(work: Work) -> Planned:
    """The first or the last post of a topic; all others are behind "more"."""
    found = work.members()
    items = work.items(found)
    if found.only_by_meaning or not items:
        return work.nothing(found)
    dated = [item for item in items if item.card.published_at is not None]
    if not dated:
        return work.listing(f"{work.counted(items)}. {work.say('no_dates')}", items)
    ordered = dated[::-1] if work.plan.kind == "first" else dated
    page = shown(ordered, 1)
    opening = work.say(work.plan.kind, named=work.topics())
    told = [Part(work.say("in_all", count=work.counted(items)), before="\n\n")]
    return Planned(Reply((Part(opening), *page.parts, *told), page.citations), page.passages)


# ---------------------------------------------------------------- what is said below


def _is_titled(work: Work, item: Item) -> bool:
    families = work.catalogue.families
    names = [name for topic in work.plan.topics for name in (topic.words, *families.phrases(topic.words))]
    return any(sentence_with(words, item.card.title, "") is not None for words in map(families.words, names) if words)


def _brought(work: Work, items: Sequence[Item]) -> str:
    return work.counted(items) if work.plan.topics else work.count(len(items))


def _copies(work: Work, items: Sequence[Item]) -> list[str]:
    folded = sum(len(work.catalogue.copies.get(item.card.id, ())) for item in items)
    return [work.say("copies", n=folded)] if folded else []


def _beside(work: Work) -> list[str]:
    """How much the course has on the topic, where only posts were asked for."""
    if work.plan.scope != "posts" or not work.plan.topics or work.plan.dated:
        return []
    other: Plan = replace(work.plan, scope="course")
    there = work.catalogue.within(other)
    found = of_plan(work.session, other, work.catalogue.families, there)
    number = len(found.by_words)
    if not number:
        return []
    topic = work.say(work.plan.joined).join(one.words for one in work.plan.topics)
    return [work.say("course_too", count=work.say("all", n=number), topic=topic)]


def _each(work: Work) -> list[str]:
    """Of two topics together: how many each has by itself."""
    if len(work.plan.topics) < 2:
        return []
    told = []
    for topic in work.plan.topics:
        alone: Members = of_plan(work.session, replace(work.plan, topics=(topic,)), work.catalogue.families, work.among)
        told.append(f"{work.named(topic.words)} — {len(alone.by_words)}")
    return [work.say("each", counts=", ".join(told))]
