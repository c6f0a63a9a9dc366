"""What every kind of reply works with, and the words by which it says what was counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from konspekt.answering.answer import Part, Turn
from konspekt.answering.planning import Planned
from konspekt.answering.replies import Reply
from konspekt.answering.texts import Language
from konspekt.assistant.overview.items import FEW, LINE_CHARS, LONG_LINE_CHARS, Item, Shown, continued, line_of, shown
from konspekt.assistant.overview.plan import Plan
from konspekt.assistant.overview.texts import named, say
from konspekt.assistant.overview.topics.catalogue import Catalogue
from konspekt.assistant.overview.topics.membership import Members, Nearness, of_plan
from konspekt.assistant.overview.topics.naming import nominative
from konspekt.indexer.passages import Passage
from konspekt.storage.index.catalogue import Card, texts_of

Closeness = Callable[[str, Sequence[str]], Sequence[float]]  # of a question with each of some sentences
ALSO_SHOWN = 4  # other words that were counted


@dataclass(frozen=True, slots=True)
class Work:
    """`among`: the cards that the plan's kind, period and source let through. `page`: items at once; None: all.

    `search`: the best passages of a query, so many. `history`: the talk, oldest first."""

    session: Session
    catalogue: Catalogue
    plan: Plan
    among: Sequence[Card]
    language: Language
    page: int | None
    nearness: Nearness | None = None
    closeness: Closeness | None = None
    search: Callable[[str, int], Sequence[Passage]] | None = None
    history: Sequence[Turn] = ()

    def members(self) -> Members:
        return of_plan(self.session, self.plan, self.catalogue.families, self.among, self.nearness)

    def items(self, found: Members, cards: Sequence[Card] | None = None) -> list[Item]:
        """Newest first; those without a date last, in the order of their source."""
        belonging = [card for card in (self.among if cards is None else cards) if card.id in found]
        dated = [card for card in belonging if card.published_at is not None]
        undated = [card for card in belonging if card.published_at is None]
        limit = LINE_CHARS if len(belonging) > FEW else LONG_LINE_CHARS
        if len(belonging) == 1:
            text = texts_of(self.session, [belonging[0].id]).get(belonging[0].id, "")
            said = continued(text, belonging[0].title, found.by_words.get(belonging[0].id, ""), limit)
            return [self.item(belonging[0], said, limit)]
        return [self.item(card, found.by_words.get(card.id, ""), limit) for card in [*reversed(dated), *undated]]

    def item(self, card: Card, said: str = "", limit: int = LINE_CHARS) -> Item:
        by = self.catalogue.corrected_by.get(card.id)
        newer = self.catalogue.by_id.get(by) if by else None
        note = "" if newer is None else self.say("corrected", title=newer.title)
        return Item(card, line_of(card, said, limit), note)

    # ---------------------------------------------------------------- words

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    def named(self, words: str) -> str:
        return named(nominative(words), self.language)

    def count(self, number: int) -> str:
        return self.say(self.plan.scope, n=number)

    def topics(self) -> str:
        together = self.say(self.plan.joined).join(self.named(topic.words) for topic in self.plan.topics)
        return together + (self.say("without", named=self.named(self.plan.without.words)) if self.plan.without else "")

    def period(self) -> str:
        """The period that was asked about, as it was understood."""
        if not self.plan.dated:
            return ""
        since, until = self.plan.period.since, self.plan.period.until
        values = {
            "first": f"{since:%d.%m.%Y}" if since else "",
            "last": f"{until - timedelta(seconds=1):%d.%m.%Y}" if until else "",
        }
        key = "from_to" if since and until else "from" if since else "to"
        dates = self.say(key, **values)
        if values["first"] == values["last"]:
            dates = values["first"]
        return self.say("period", phrase=self.plan.phrase, dates=dates) if self.plan.phrase else f" ({dates})"

    def also(self) -> str:
        """The other words that were counted with the topic's own."""
        words = [word for topic in self.plan.topics for word in self.catalogue.families.also(topic.words)][:ALSO_SHOWN]
        return self.say("also", words=", ".join(self.named(word) for word in words)) if words else ""

    def span(self, items: Sequence[Item]) -> str:
        """From when to when these are, and how many have no date."""
        dates = sorted(item.card.published_at for item in items if item.card.published_at is not None)
        told = ""
        if dates:
            first, last = f"{dates[0]:%d.%m.%Y}", f"{dates[-1]:%d.%m.%Y}"
            told = self.say("one_day", first=first) if first == last else self.say("span", first=first, last=last)
        without = len(items) - len(dates)
        return told + (self.say("undated", n=without) if without and dates else "")

    def counted(self, items: Sequence[Item]) -> str:
        """«12 постов, в которых есть «квантизация» в любой форме, с … по …»: exactly what was counted."""
        number = len(items)
        span = "" if self.plan.dated else self.span(items)
        if not self.plan.topics:
            return self.say("whole", count=self.count(number), period=self.period()) + span
        told = self.say(
            "holding", n=number, count=self.count(number), named=self.topics(), also=self.also(), period=self.period()
        )
        return told + span

    # ---------------------------------------------------------------- replies

    def listing(
        self, opening: str, items: Sequence[Item], *, numbered: bool = False, closing: Sequence[str] = ()
    ) -> Planned:
        """An opening line, a page of items, and lines below."""
        page = shown(items, self.page, numbered=numbered)
        closing = [*closing, *self.paging(page, len(items))]
        below = [Part(line, before="\n\n" if place == 0 else "\n") for place, line in enumerate(closing)]
        return Planned(Reply((Part(opening), *page.parts, *below), page.citations), page.passages)

    def paging(self, page: Shown, total: int) -> list[str]:
        here = len(page.citations)
        return [self.say("more", shown=here, n=total)] if here < total else []

    def nothing(self, found: Members) -> Planned:
        """No post holds the topic's words: says so, and what is near by meaning."""
        if not self.plan.topics:
            return Planned(Reply((Part(self.say("none_at_all", period=self.period())),), refused=True), ())
        told = self.say("none", named=self.topics(), period=self.period())
        if not found.by_meaning:
            return Planned(Reply((Part(told),), refused=True), ())
        order = {name: place for place, name in enumerate(found.by_meaning)}
        near = sorted((card for card in self.among if card.id in order), key=lambda card: order[card.id])
        listed = self.listing(f"{told} {self.say('near')}", [self.item(card) for card in near])
        return Planned(replace(listed.reply, refused=True), listed.passages)
