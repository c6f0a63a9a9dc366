"""What a question about the whole channel asks for, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from konspekt.indexer.query.calendar import Period

PlanKind = Literal[
    "list",  # every post on a topic, of a period, or both
    "count",  # how many, and from when to when
    "months",  # how many in each month
    "timeline",  # oldest first, what each says, what took back what
    "news",  # what a period brought
    "first",  # the first post on a topic
    "last",  # the last one
    "order",  # which of two came first
    "compare",  # two sides, each in the channel's own words
    "guide",  # in which order to read
    "popular",
    "author",
    "contact",  # how to reach them
    "about",  # what the channel is
    "titled",  # what is titled by the topic: where it is, what it is about
    "course",  # which lectures there are
    "links",  # the address of something; without a topic, of what was just shown
    "place",  # where something can be seen or fetched
    "began",  # since when there is the channel, and with which post
    "polls",  # which polls there were
    "corrections",  # what was taken back
    "chat",  # where readers talk
    "which",  # in which post it is, and when that was
]
Scope = Literal["posts", "course", "all"]


@dataclass(frozen=True, slots=True)
class Topic:
    """`words` as they were asked. Without words a topic is everything."""

    words: str = ""

    def __bool__(self) -> bool:
        return bool(self.words)


ALWAYS = Period()
EVERYTHING = Topic()


@dataclass(frozen=True, slots=True)
class Plan:
    """`topics`: one, or two of which `joined` says how they go together. `without`: what must not be in a post.

    `aspect`: what two sides are compared by. `phrase`: the words that named the period. `loosely`: whether there is
    anything at all is asked, so that search may know better where the words find nothing.
    """

    kind: PlanKind
    topics: tuple[Topic, ...] = ()
    joined: Literal["and", "or"] = "and"
    without: Topic = EVERYTHING
    period: Period = ALWAYS
    phrase: str = ""
    scope: Scope = "posts"
    aspect: str = ""
    loosely: bool = False
    source: str | None = None  # the channel or the author that the question names

    @property
    def dated(self) -> bool:
        return self.period.since is not None or self.period.until is not None
