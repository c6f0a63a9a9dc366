"""From a question about the whole channel to a finished reply: recognise, filter, count, word."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from konspekt.answering.answer import Turn
from konspekt.answering.finding import Scope
from konspekt.answering.planning import Planned
from konspekt.answering.texts import Language
from konspekt.assistant.overview.about_channel import about, author, contact, course, popular
from konspekt.assistant.overview.channel_facts import began, chat, corrections, polls
from konspekt.assistant.overview.comparing import compare
from konspekt.assistant.overview.guide import guide
from konspekt.assistant.overview.listing import by_month, count_posts, first_or_last, list_posts, news
from konspekt.assistant.overview.order_in_time import timeline, which_first
from konspekt.assistant.overview.plan import Plan, PlanKind, Topic
from konspekt.assistant.overview.pointing.links import links, place
from konspekt.assistant.overview.pointing.which_post import which_post
from konspekt.assistant.overview.question.recognising import asks_of_the_channel, recognise
from konspekt.assistant.overview.titled import titled
from konspekt.assistant.overview.topics.catalogue import Catalogue, Catalogues
from konspekt.assistant.overview.topics.membership import Nearness
from konspekt.assistant.overview.work import Closeness, Work
from konspekt.indexer.passages import Passage
from konspekt.indexer.query.calendar import Period
from konspekt.indexer.query.understanding import Understood
from konspekt.indexer.searching.scopes import Scope as NamedScope
from konspekt.storage.database import Database
from konspekt.storage.index.catalogue import Card

_REPLIES: Mapping[PlanKind, Callable[[Work], Planned | None]] = {
    "list": list_posts,
    "count": count_posts,
    "months": by_month,
    "timeline": timeline,
    "news": news,
    "first": first_or_last,
    "last": first_or_last,
    "order": which_first,
    "compare": compare,
    "guide": guide,
    "popular": popular,
    "author": author,
    "contact": contact,
    "about": about,
    "course": course,
    "began": began,
    "polls": polls,
    "corrections": corrections,
    "chat": chat,
    "links": links,
    "place": place,
    "which": which_post,
    "titled": titled,
}

_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_WHO_IS = re.compile(
    r"^\W*(?:а |и )?(?:кто (?:такой|такая|такие|это|этот|эта)|who(?: is|'s))[\s—–-]+(?P<name>[^?!.,]{2,40}?)\W*$",
    re.IGNORECASE,
)
# «Кто ведёт канал X?», «кто автор X?»
_WHOSE = re.compile(
    r"^\W*(?:а |и )?(?:кто (?:там )?(?:автор\w*|вед[её]т|пишет|админ\w*|владелец|стоит за)|"
    r"who(?: is|'s)? (?:the )?(?:runs|writes|owns|author of|behind))"
    r"(?: the)?(?: (?:канал\w*|паблик\w*|блог\w*|channel|blog))? "
    r"(?P<name>(?!канал|паблик|блог|курс|channel|blog|course)[^?!]{2,40}?)(?: channel| blog)?\W*$",
    re.IGNORECASE,
)
_WHOLE_CHANNEL = Plan("about", scope="all")
_ANEW = frozenset({"list", "news"})  # where what a reader has seen may be left out, if they ask so
# A question without one of these words names no channel, and nobody has to look
_PLACE = re.compile(r"канал|паблик|курс|блог|мнени|слов|\bу\b|channel|course|blog|according|\bby\b", re.IGNORECASE)


class Channel(Nearness, Protocol):
    """`konspekt.indexer.searching.search.Searcher`, as much of it as is needed here."""

    def scope(self, query: str) -> NamedScope | None: ...
    def understand(self, query: str) -> Understood: ...
    def search(self, query: str, k: int = 8) -> Sequence[Passage]: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


class Overview:
    """`konspekt.answering.planning.Planner` over the whole index. Safe to share between threads."""

    def __init__(
        self,
        database: Database,
        channel: Channel | None = None,
        *,
        closeness: Closeness | None = None,
        exclude: Sequence[str] = (),
        page: int | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`channel` (the searcher) tells what is near by meaning and which channel is named; `closeness` measures
        sentences. Each may be missing. `page`: items of a list at once; None: all, where there is no button.
        """
        self._database = database
        self._channel = channel
        self._closeness = closeness
        self._catalogues = Catalogues(exclude)
        self._page = page
        self._now = now

    def reply(self, question: str, history: Sequence[Turn], scope: Scope, language: Language) -> Planned | None:
        """None for every question that is not about the whole channel. Raises NoIndexError."""
        planned = self._replied(question, history, scope, language)
        if planned is not None and not planned.reply.refused:
            return planned
        if self._channel is not None and (planned is not None or not _CYRILLIC.search(question)):
            meant = self._channel.understand(question).text  # the other keyboard, the other alphabet, a slip
            other = self._replied(meant, history, scope, language) if meant != question else None
            if other is not None and not other.reply.refused:
                return other
        return planned

    def _replied(self, question: str, history: Sequence[Turn], scope: Scope, language: Language) -> Planned | None:
        plan = self.plan(question, history) or self._of_an_author(question)
        if plan is None:
            return None
        planned = self._carried_out(plan, scope, language, history)
        return None if planned is None or _better_searched(plan, planned) else planned

    def plan(self, question: str, history: Sequence[Turn] = ()) -> Plan | None:
        """What is understood of a question; a channel that it names as the place to look in limits the plan to it."""
        now = self._now()
        if _PLACE.search(question) and self._channel is not None:
            named = self._channel.scope(question)
            narrower = recognise(named.rest, now) if named is not None else None
            if named is not None and narrower is not None:
                return replace(narrower, source=named.source)
        if (whose := _WHOSE.match(question)) is not None and self._channel is not None:
            named = self._channel.scope(f"кто пишет в канале {whose['name']}")
            if named is not None:
                return Plan("author", source=named.source)
        plan = recognise(question, now, history) or (_WHOLE_CHANNEL if asks_of_the_channel(question) else None)
        if plan is not None and plan.kind == "contact" and self._channel is not None:  # «как с ним связаться?»
            asked = (turn.text for turn in reversed(history) if turn.role == "user")
            named = next(filter(None, map(self._channel.scope, asked)), None)
            return plan if named is None else replace(plan, source=named.source)
        return plan

    def _of_an_author(self, question: str) -> Plan | None:
        """«Кто такая Вера?», where somebody of that name writes here."""
        asked = _WHO_IS.match(question)
        if asked is None:
            return None
        names = {word.casefold() for word in asked["name"].split()}
        with self._database.read() as session:
            cards = self._catalogues.current(session).cards
        authors = {card.author for card in cards if card.author}
        return Plan("author") if any(names <= {word.casefold() for word in one.split()} for one in authors) else None

    def guide(self, topic: str, language: Language) -> Planned:
        """A reading list; of everything where `topic` is empty. Raises NoIndexError."""
        topics = (Topic(topic.strip()),) if topic.strip() else ()
        told = self._carried_out(Plan("guide", topics, scope="all"), Scope(0, None, None, None), language)
        assert told is not None
        return told

    def _carried_out(
        self, plan: Plan, scope: Scope, language: Language, history: Sequence[Turn] = ()
    ) -> Planned | None:
        with self._database.read() as session:
            catalogue = self._catalogues.current(session)
            plan = _within(plan, scope)
            among = _of_sources(catalogue, plan, scope)
            work = Work(session, catalogue, plan, among, language, self._page, self._channel, self._closeness)
            search = self._channel.search if self._channel is not None else None
            work = replace(work, search=search, history=history)
            return _REPLIES[plan.kind](work)


def _better_searched(plan: Plan, planned: Planned) -> bool:
    """A phrase that no post holds word for word («борьба с пережаренными картинками») may be said in other words, and
    whether there is anything on a topic is no question of its words."""
    if plan.kind == "titled" or plan.aspect == "work":
        return planned.reply.refused
    phrase = len(plan.topics) == 1 and (plan.loosely or len(plan.topics[0].words.split()) > 1)
    return plan.kind in {"list", "timeline"} and phrase and planned.reply.refused and not planned.passages


def _within(plan: Plan, scope: Scope) -> Plan:
    """The plan's period cut to the dates that the caller allows (both inclusive)."""
    since = max((moment for moment in (plan.period.since, scope.since) if moment), default=None)
    last = scope.until + timedelta(microseconds=1) if scope.until else None
    until = min((moment for moment in (plan.period.until, last) if moment), default=None)
    return replace(plan, period=Period(since, until))


def _of_sources(catalogue: Catalogue, plan: Plan, scope: Scope) -> list[Card]:
    wanted, known = set(scope.sources or ()), scope.personal.leave_out if plan.kind in _ANEW else frozenset()
    return [
        card
        for card in catalogue.within(plan)
        if card.id not in known and (not wanted or wanted & {card.source_id, card.source, card.author})
    ]
