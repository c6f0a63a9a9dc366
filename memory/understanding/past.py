"""Questions about what was said: «что ты мне зимой говорил про LoRA?», "which post did you recommend?".

Told by who spoke (ты, я, мы) and a verb of speaking in the past, never by the topic: «что автор говорил про LoRA» is a
question to the channel. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from konspekt.answering.words.vocabulary import content_terms
from konspekt.memory.understanding.dates import When, lowered, when
from konspekt.memory.understanding.past_words import (
    ASKS,
    CALLS,
    CLAUSE,
    FRAMES,
    NO_TOPIC,
    NOUNS,
    OF_OTHERS,
    OTHERS,
    SAYS_THAT,
    SMALL_WORDS,
    Kind,
)

Frame = tuple[Kind, re.Match[str]]

_TURNS_TO = (  # «…, а какой там ранг?»: what is really asked
    re.compile(rf",\s*(?:а|но|и|так|тогда|but|and|so)\s+.*?{ASKS.pattern}"),
    re.compile(rf",\s*{ASKS.pattern}(?!\s+(?:мне|нам)\b)"),
)


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """A question about the talk. `topic`: what it was about, without the words of the question; may be empty.

    `reference`: not itself about the talk, but it leans on something said then («ты говорил про LoRA; а сколько…»);
    `question` is then what is really asked.
    """

    kind: Kind
    topic: str
    when: When | None
    question: str = ""


def past_question(text: str, now: datetime) -> PastQuestion | None:
    """None for a question to the channel."""
    low = lowered(text)
    frame = _frame(low)
    if frame is None:
        return None
    kind, match = frame
    asks = ASKS.search(low[: match.end()])
    clauses = _clauses(text)
    held = next((i for i, (start, end) in enumerate(clauses) if start <= match.start() < end), 0)
    clause = text[slice(*clauses[held])]
    later = [text[a:b] for a, b in clauses[held + 1 :] if ASKS.search(low[a:b]) or "?" in text[a:b]]
    if later and not content_terms(NO_TOPIC.sub(" ", lowered(" ".join(later)))):
        later, asks = [], asks or ASKS.search(low)  # «…: напомни»
    if later and (asks is None or CALLS.fullmatch(asks[0]) or "?" not in clause):
        return _reference(clause, " ".join(later), now)
    if asks is None:
        rest = low[match.end() :]
        turned = _TURNS_TO[0].search(rest) or _TURNS_TO[1].search(rest)
        if turned and not SAYS_THAT.match(rest[turned.start() :]):
            cut = match.end() + turned.start()
            return _reference(text[:cut], text[cut:].lstrip(" ,"), now)
        if "?" not in text and match.re is not NOUNS:
            return None  # a statement
    time = when(text, now)
    return PastQuestion(kind, _topic(text, match, time), time)


def _frame(low: str) -> Frame | None:
    for kind, pattern in FRAMES:
        for match in pattern.finditer(low):
            if not OTHERS.search(low[: match.start()]) and not OF_OTHERS.match(low[match.end() :]):
                return kind, match
    match_of_noun = NOUNS.search(low)
    if match_of_noun is not None:
        before = low[: match_of_noun.start()]
        if not before.strip() or ASKS.search(before):
            return "asked", match_of_noun
    return None


def _reference(clause: str, question: str, now: datetime) -> PastQuestion:
    frame = _frame(lowered(clause))
    time = when(clause, now)
    topic = _topic(clause, frame[1], time) if frame is not None else clause
    return PastQuestion("reference", topic, time, question.strip())


def _topic(text: str, match: re.Match[str], time: When | None) -> str:
    text = _cut(text, [*(time.spans if time is not None else ()), *_frame_words(match)])
    text = _cut(text, [found.span() for pattern in (NO_TOPIC, ASKS) for found in pattern.finditer(lowered(text))])
    topic = re.sub(r"\s+", " ", SMALL_WORDS.sub(" ", text)).strip(" ,.?!:;—–-«»\"'")
    return topic if content_terms(topic) else ""


def _frame_words(match: re.Match[str]) -> list[tuple[int, int]]:
    """The person and the verb of the frame, not what stands between: «ты мне про LoRA рассказывал»."""
    words = [found.span() for found in re.finditer(r"[\w'-]+", match[0])]
    start = match.start()
    return [(start + words[i][0], start + words[i][1]) for i in (0, -1)] if words else []


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    """Without these stretches, which may overlap."""
    gone = {place for start, end in spans for place in range(start, end)}
    return "".join(" " if place in gone else char for place, char in enumerate(text))


def _clauses(text: str) -> list[tuple[int, int]]:
    found, at = [], 0
    for match in CLAUSE.finditer(text):
        found.append((at, match.start()))
        at = match.end()
    return [*found, (at, len(text))]
