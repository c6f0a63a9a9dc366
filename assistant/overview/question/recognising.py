"""Which questions are about the whole channel. A pattern must match the whole question, as for small talk.

«Сколько постов про LoRA?» is; «сколько шагов нужно LCM?» and «что нового в DiT?» are questions about the material and
match nothing here. When in doubt it is no plan: search answers such a question too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from konspekt.answering.answer import Turn
from konspekt.answering.question.intents import intent_of
from konspekt.answering.question.talk import asks
from konspekt.assistant.overview.plan import Plan
from konspekt.assistant.overview.question.patterns import patterns
from konspekt.assistant.overview.question.phrases import ABOUT
from konspekt.assistant.overview.question.topic_phrases import MOST_WORDS, plain, topics
from konspekt.indexer.query.dates import find_period

LONGEST = 160  # characters of a question
_TAKE_PERIOD = frozenset({"list", "count", "months", "timeline", "news", "first", "last", "popular"})
# Nothing of these is asked anew by «а про X?»
_STAY = frozenset({"compare", "order", "popular", "author", "contact", "about", "course", "titled"})
_LEANS = re.compile(r"^\W*(?:а|и|ну а|and|what about|how about)\b\W*", re.IGNORECASE)
_AND_ABOUT = re.compile(rf"^(?:сколько\s+|how many\s+)?(?:{ABOUT}\s+)(?P<topic>\S.*)$", re.IGNORECASE)


def recognise(question: str, now: datetime, history: Sequence[Turn] = ()) -> Plan | None:
    """The plan of a question about the whole channel; None for every other one. `now` is timezone-aware.

    `history`: «а про видео?» after «сколько постов про LoRA?» asks the same of another topic.
    """
    if len(question) > LONGEST or "://" in question:
        return None
    return _recognised(question, now) or _continued(question, now, history)


def asks_of_the_channel(question: str) -> bool:
    """«Я тут впервые, о чём этот канал?»: what the channel is, behind words that ask nothing."""
    *before, last = [clause for clause in re.split(r"[,.!;\n]+", question) if clause.strip()] or [""]
    return intent_of(last) == "about" and not any(map(asks, before))


def _recognised(question: str, now: datetime) -> Plan | None:
    dated = find_period(question, now)
    if dated is not None:
        plan = _planned(plain(dated.rest), dated=True)
        if plan is not None and plan.kind in _TAKE_PERIOD:
            return replace(plan, period=dated.period, phrase=dated.phrase)
    return _planned(plain(question), dated=False)


def _planned(text: str, *, dated: bool) -> Plan | None:
    for pattern in patterns():
        if pattern.dated and not dated:
            continue
        match = pattern.whole.match(text)
        if match is not None and (plan := pattern.read(match)) is not None:
            return plan
    return None


def _continued(question: str, now: datetime, history: Sequence[Turn]) -> Plan | None:
    """The last question's plan with another topic, or of another period."""
    asked = [turn.text for turn in history if turn.role == "user"]
    leaning = _LEANS.match(question)
    if not asked or leaning is None or len(question.split()) > MOST_WORDS:
        return None
    before = _recognised(asked[-1], now)
    if before is None or before.kind in _STAY:
        return None
    rest = question[leaning.end() :]
    if (dated := find_period(rest, now)) is not None and not plain(dated.rest):
        return replace(before, period=dated.period, phrase=dated.phrase) if before.kind in _TAKE_PERIOD else None
    match = _AND_ABOUT.match(plain(rest))
    if match is None:
        return None
    found, joined, without = topics(match["topic"])
    return replace(before, topics=found, joined=joined, without=without) if found else None
