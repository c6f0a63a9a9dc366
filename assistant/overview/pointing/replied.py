"""Addresses in a reply: posts with their own, then those that stand in posts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from konspekt.answering.answer import Citation, Part
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.assistant.overview.items import Item, heading, line_of, passages, shortened
from konspekt.assistant.overview.pointing.addresses import Address, place_of
from konspekt.assistant.overview.work import Work
from konspekt.storage.index.catalogue import Card

ADDRESSES = 6  # that are shown
SAID_CHARS = 200


@dataclass(frozen=True, slots=True)
class Linked:
    card: Card
    address: Address


def own_address(card: Card) -> str | None:
    """Its address, where it is not that of a whole channel."""
    return None if card.url is None or channel_of(card.url) == card.url.rstrip("/") else card.url


def channel_of(url: str) -> str | None:
    """The address of the public Telegram channel that a post's address lies in."""
    match = re.match(r"https?://t\.me/(?:s/)?(?!c/)\w+", url)
    return match.group() if match else None


def replied(work: Work, posts: Sequence[Card], linked: Iterable[Linked]) -> Planned:
    """Each post with its own address, or how it begins; then the other addresses, each with what is said of it."""
    own = {place_of(url) for card in posts if (url := own_address(card))}
    each: dict[str, Linked] = {}
    for one in linked:
        if one.address.place not in own:
            each.setdefault(one.address.place, one)
    shown = list(each.values())[:ADDRESSES]
    cards = list(dict.fromkeys([*posts, *(one.card for one in shown)]))
    parts = [Part(work.say("links" if own or shown else "no_links"))]
    for card in posts:
        parts.append(Part(heading(card), (cards.index(card) + 1,), before="\n• "))
        if line := own_address(card) or line_of(card):
            parts.append(Part(line, before="\n  "))
    for one in shown:
        label, url = one.address.label, one.address.url
        parts.append(Part(f"{label} — {url}" if label else url, (cards.index(one.card) + 1,), before="\n• "))
        if len(one.address.said.split()) > len(label.split()) + 1:
            parts.append(Part(shortened(one.address.said, SAID_CHARS), before="\n  "))
    items = [Item(card, next((one.address.said for one in shown if one.card == card), line_of(card))) for card in cards]
    citations = tuple(
        Citation(n, item.card.id, item.card.title, item.card.url, item.card.published_at, item.line or item.card.title)
        for n, item in enumerate(items, 1)
    )
    return Planned(Reply(tuple(parts), citations), passages(items))
