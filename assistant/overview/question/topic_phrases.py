"""The topic in a question: without what surrounds it, and as two where two are named."""

from __future__ import annotations

import re
from typing import Literal

from konspekt.assistant.overview.plan import Topic
from konspekt.assistant.overview.question.phrases import CHANNEL, POLITE

MOST_WORDS = 7
Joint = Literal["and", "or"]

_SPACE = re.compile(r"\s+")
_EDGES = " ,.;:?!«»\"“”'"
_TRAILING = re.compile(
    rf"(?:[\s,]+(?:{CHANNEL}|пожалуйста|please|вообще|всего|за вс[её] время|со ссылками|с датами|были|было|есть|вышло|"
    r"выходили|опубликовано|написано|так|of all time|have you (?:written|published)|are there|were there|do you have|"
    r"in total))+$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:(?:то,?\s+)?(?:как|что такое)\s+|тем[ауые]\s+|слов[оа]\s+|the\s+(?:topic|subject|word)\s+(?:of\s+)?|"
    r"(?:пост(?:ы|ов)?|posts?)\s+)",
    re.IGNORECASE,
)
_ABOUT = r"(?:(?:про|обо?|о|about|on)\s+)?"
_BOTH = re.compile(rf"^(?:и|both|одновременно)\s+(?P<a>.+?),?\s+(?:и|and)\s+{_ABOUT}(?P<b>.+)$", re.IGNORECASE)
_AND = re.compile(rf"^(?P<a>.+?)\s+(?:и|and|&)\s+{_ABOUT}(?P<b>.+)$", re.IGNORECASE)
_OR = re.compile(rf"^(?P<a>.+?),?\s+(?:или|либо|or)\s+{_ABOUT}(?P<b>.+)$", re.IGNORECASE)
_EXCEPT = re.compile(
    r"^(?P<topic>.+?),?\s+(?:кроме(?: тех,? (?:что|где) (?:про|есть))?|но не (?:про|обо?|о)|except(?: for)?|"
    r"but not(?: about)?)\s+(?P<without>.+)$",
    re.IGNORECASE,
)
# A topic is a name or a phrase, no question of its own
_ASKS = re.compile(
    r"\b(?:почему|зачем|сколько|как(?:ой|ая|ое|ие|им|ую)|когда|кто|что|ч[её]м|чего|чему|ли|why|how much|how many|who|"
    r"when|which|whose)\b",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """One line without what stands at its edges, and without politeness."""
    text = _SPACE.sub(" ", text).strip()
    text = re.sub(r"^[\s?!.,;:…\-–—]+|[\s?!.,;:…]+$", "", text)
    return re.sub(rf"^{POLITE}", "", text, flags=re.IGNORECASE)


def topic(text: str) -> Topic:
    text = text.strip(_EDGES)
    for _ in range(2):
        text = _TRAILING.sub("", text).strip(_EDGES)
        text = _LEADING.sub("", text).strip(_EDGES)
    return Topic(text)


def topics(text: str) -> tuple[tuple[Topic, ...], Joint, Topic]:
    """The topics that a phrase names, how they are joined, and what is left out; no topics where it is no phrase."""
    without = Topic()
    if match := _EXCEPT.match(text):
        text, without = match["topic"], topic(match["without"])
    if _ASKS.search(_LEADING.sub("", text)) or len(text.split()) > 2 * MOST_WORDS:
        return (), "and", without
    text = _TRAILING.sub("", text)
    for pattern in (_OR, _BOTH, _AND):
        if match := pattern.match(text):
            both = (topic(match["a"]), topic(match["b"]))
            if all(map(is_topic, both)):
                return both, "or" if pattern is _OR else "and", without
    one = topic(text)
    return ((one,) if is_topic(one) else ()), "and", without


def is_topic(one: Topic) -> bool:
    return bool(re.search(r"\w", one.words)) and len(one.words.split()) <= MOST_WORDS
