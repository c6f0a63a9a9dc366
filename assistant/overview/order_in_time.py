"""A topic through time, and which of two came first."""

from __future__ import annotations

from konspekt.answering.answer import Part
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.assistant.overview.items import Item, heading, shown
from konspekt.assistant.overview.plan import Topic
from konspekt.assistant.overview.topics.membership import members, sentence_with
from konspekt.assistant.overview.work import Work
from konspekt.storage.index.catalogue import Card


def timeline(work: Work) -> Planned:
    """Oldest first, each with what it says of the topic, and what was taken back later."""
    found = work.members()
    items = work.items(found)
    if found.only_by_meaning or not items:
        return work.nothing(found)
    dated = [item for item in items if item.card.published_at is not None]
    undated = [item for item in items if item.card.published_at is None]
    ordered = [_with_past(work, item) for item in [*dated[::-1], *undated]]
    if not dated:
        return work.listing(f"{work.counted(items)}. {work.say('no_dates')}", ordered)
    return work.listing(work.say("timeline", count=work.counted(items)), ordered)


def _with_past(work: Work, item: Item) -> Item:
    """A correction says what it corrects."""
    corrected = [name for name, by in work.catalogue.corrected_by.items() if by == item.card.id]
    older = [work.catalogue.by_id[name] for name in corrected if name in work.catalogue.by_id]
    notes = [item.note, *(work.say("corrects", title=card.title) for card in older)]
    return Item(item.card, item.line, "; ".join(note for note in notes if note))


def which_first(work: Work) -> Planned:
    """Two topics by the first post of each: the first with it in the title, else the first that holds it at all."""
    found: list[tuple[Topic, Item, bool]] = []
    cards = {card.id: card for card in work.among}
    missing: list[str] = []
    for topic in work.plan.topics:
        held = members(work.session, topic, work.catalogue.families, cards).by_words
        belonging = [card for card in work.among if card.id in held]
        titled = [card for card in belonging if _in_title(work, topic, card)]
        if not belonging:
            missing.append(work.say("side_missing", named=work.named(topic.words)))
            continue
        first = (titled or belonging)[0]
        found.append((topic, work.item(first, held[first.id]), bool(titled)))
    lines: list[str] = list(missing)
    if len(found) == 2:
        lines.append(_verdict(work, found))
    page = shown([item for _, item, _ in found], None)
    parts: list[Part] = [Part("\n".join(lines))] if lines else []
    for (topic, item, in_title), place in zip(found, range(1, 3), strict=False):
        why = work.say("in_title" if in_title else "in_text", named=work.named(topic.words))
        parts.append(Part(f"{heading(item.card)} — {why}", (place,), before="\n• "))
        if item.line:
            parts.append(Part(item.line, before="\n  "))
    return Planned(Reply(tuple(parts), page.citations, refused=not found), page.passages)


def _in_title(work: Work, topic: Topic, card: Card) -> bool:
    return sentence_with(work.catalogue.families.words(topic.words), card.title, "") is not None


def _verdict(work: Work, found: list[tuple[Topic, Item, bool]]) -> str:
    (one, first, _), (other, second, _) = found
    when, then = first.card.published_at, second.card.published_at
    if when is None or then is None:
        return work.say("undatable")
    (early, early_at), (late, late_at) = sorted([(one, when), (other, then)], key=lambda pair: pair[1])
    key = "same_day" if when.date() == then.date() else "earlier"
    return work.say(
        key,
        first=work.named(early.words),
        first_date=f"{early_at:%d.%m.%Y}",
        second=work.named(late.words),
        second_date=f"{late_at:%d.%m.%Y}",
    )
