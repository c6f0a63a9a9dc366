"""Whole questions about the channel, from `questions.txt`, and the plan that each stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from konspekt.answering.words.morphology import part_of_speech
from konspekt.assistant.overview.plan import Plan, PlanKind, Scope, Topic
from konspekt.assistant.overview.question import phrases
from konspekt.assistant.overview.question.topic_phrases import is_topic, topic, topics
from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import numbered_things

Reading = Callable[[re.Match[str]], Plan | None]

_SECTION = re.compile(r"\[(?P<name>[\w ]+)(?P<dated>, dated)?\]")
_PERSONAL = re.compile(r"\b(?:мо[йяеёию]\w?|мои[хм]|мен[яе]|тво\w+|my|mine|your|yours)\b", re.IGNORECASE)
_LECTURE = re.compile(r"лекци|lecture", re.IGNORECASE)
_POINTS = re.compile(  # «чё там у тебя», «есть что-нибудь об этом?»
    r"(?:тебя|вас|нас|меня|тебе|вам|нам|мне|н[её]го|не[ёе]|н[её]м|ней|них|это(?:го|м|й)?|тебя нового|вас нового|"
    r"this|that|it|them|him|her|you|me|us)(?: \w+)?",
    re.IGNORECASE,
)
_ALL_KINDS = re.compile(r"материал|material|вс[её]|everything", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pattern:
    """`dated`: only where the question also names a period, which has been taken out of it by then."""

    whole: re.Pattern[str]
    read: Reading
    dated: bool = False


@cache
def patterns() -> tuple[Pattern, ...]:
    """In the order of the file: the first that fits takes a question."""
    return tuple(_patterns())


def _patterns() -> Iterator[Pattern]:
    classes = {name: value for name, value in vars(phrases).items() if name.isupper()}
    text = resources.files("konspekt.assistant.overview.question").joinpath("questions.txt").read_text("utf-8")
    read, dated = _READINGS["list"], False
    for line in text.splitlines():
        if section := _SECTION.fullmatch(line):
            read, dated = _READINGS[section["name"]], bool(section["dated"])
        elif line and not line.startswith("#"):
            for name, value in classes.items():
                line = line.replace(f"<{name}>", value)  # noqa: PLW2901 - one class after another
            yield Pattern(re.compile(rf"(?:{line})$", re.IGNORECASE), read, dated)


# ---------------------------------------------------------------- from a match to a plan


def _scope(match: re.Match[str]) -> Scope:
    return "all" if _ALL_KINDS.match(match.groupdict().get("what") or "") else "posts"


def _of(kind: PlanKind, *, needs_topic: bool = False) -> Reading:
    def read(match: re.Match[str]) -> Plan | None:
        plan = Plan(kind, scope=_scope(match))
        given = match.groupdict().get("topic")
        if not given:
            return None if needs_topic else plan
        found, joined, without = topics(given)
        return replace(plan, topics=found, joined=joined, without=without) if found else None

    return read


def _anything(match: re.Match[str]) -> Plan | None:
    """Whether there is anything on a topic, in posts or in a course."""
    plan = _of("list", needs_topic=True)(match)
    return (
        None
        if plan is None or any(_POINTS.fullmatch(one.words) for one in plan.topics)
        else replace(plan, scope="all", loosely=True)
    )


def _whole_topic(kind: PlanKind) -> Reading:
    """One topic as it was said, «и» and all: what is looked for is one thing. None where it asks something itself."""

    def read(match: re.Match[str]) -> Plan | None:
        given = match.groupdict().get("topic") or ""
        one = topic(given)
        if given and ("?" in given or not (topics(given)[0] and is_topic(one))):
            return None
        lecture = kind == "which" and _LECTURE.search(match.group()[: match.start("topic")])
        return Plan(kind, (one,) if one else (), scope="course" if lecture else "all")

    return read


def _named_first(match: re.Match[str]) -> Plan | None:
    """«SageAttention ссылка»; no «у меня битая ссылка», which is told and not asked for."""
    plan = _whole_topic("links")(match)
    words = plan.topics[0].words.lower().split() if plan is not None else []
    told = _PERSONAL.search(match["topic"]) or (words and part_of_speech(words[-1]) in {"ADJF", "ADJS", "PRTF", "VERB"})
    return replace(plan, aspect="behind") if plan is not None and not told else None


def _sides(kind: PlanKind) -> Reading:
    def read(match: re.Match[str]) -> Plan | None:
        one, other = topic(match["a"]), topic(match["b"])
        aspect = (match.groupdict().get("aspect") or "").strip()
        if not (is_topic(one) and is_topic(other)) or one == other or _PERSONAL.search(match.group()):
            return None
        return Plan(kind, (one, other), aspect=aspect, scope="all")

    return read


def _guide(match: re.Match[str]) -> Plan | None:
    given = match.groupdict().get("topic")
    if not given:
        return Plan("guide", scope="all")
    one = topic(given)
    return Plan("guide", (one,), scope="all") if is_topic(one) else None


def _titled(match: re.Match[str]) -> Plan | None:
    """Which part of the course, or where what is; `aspect` tells these apart."""
    found = match.groupdict()
    part = found.get("part") or found.get("part2")
    if part is None:
        return Plan("titled", (Topic(str(found["place"])),), scope="all", aspect="where")
    return Plan("titled", (Topic(part),), scope="all") if numbered_things(terms(part)) else None


_READINGS: Mapping[str, Reading] = {
    "list": _of("list", needs_topic=True),
    "anything": _anything,
    "count": _of("count"),
    "months": _of("months"),
    "timeline": _of("timeline", needs_topic=True),
    "news": _of("news"),
    "news about": _of("news", needs_topic=True),
    "first": _of("first", needs_topic=True),
    "last": _of("last", needs_topic=True),
    "order": _sides("order"),
    "compare": _sides("compare"),
    "guide": _guide,
    "popular": lambda _: Plan("popular"),
    "author": lambda _: Plan("author"),
    "author of it": lambda match: Plan("author", aspect="work" if match.groupdict().get("work") else "it"),
    "contact": lambda _: Plan("contact", scope="all"),
    "titled": _titled,
    "course": lambda _: Plan("course", scope="course"),
    "began": lambda _: Plan("began"),
    "polls": lambda _: Plan("polls"),
    "corrections": _of("corrections"),
    "chat": lambda _: Plan("chat", scope="all"),
    "links": _whole_topic("links"),
    "links behind": _named_first,
    "place": _whole_topic("place"),
    "which": _whole_topic("which"),
}
