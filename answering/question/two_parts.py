"""«Сколько идёт видео и какая у модели лицензия?» asks two things: each is looked for by itself."""

from __future__ import annotations

import re

from konspekt.answering.words.morphology import part_of_speech
from konspekt.answering.words.vocabulary import content_terms, names

_ASKING = (
    r"(?:кто|что|чего|чему|чем|как|какой|какая|какое|какие|каких|каким|какую|каков\w*|где|куда|откуда|когда|почему|зачем|"
    r"сколько|насколько|чей|чья|[а-яё]+ ли|"
    r"(?:в|на|по|за|до|из|с|к|от|для|о|об) (?:как\w+|скольк\w+|ч[её]м)|"
    r"who|what|which|how|where|when|why|whose|(?:do|does|did|can|is|are|will) (?:i|we|you|it|they|there))"
)
_JOINT = re.compile(
    rf"(?:[,;]?\s+(?:а\s+|и\s+)?(?:также|ещё|еще)\s+|[,;]?\s+(?:и|а|and)\s+(?:also\s+)?|[;,]\s+|\?\s+(?:(?:а|и|and)\s+)?)(?={_ASKING}\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(rf"(?:^|\W){_ASKING}\b", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-z][\w.+-]*(?:\s+\d[\w.]*)?")
_COMPARED = re.compile(
    r"^\W*(?:сравни(?:те)?|compare|(?:в\s+)?ч[её]м\s+(?:отличается|разница\s+между)|what is the difference between)\s+"
    r"(?P<one>[\w.+# -]{2,30}?)\s+(?:и|с|со|от|and|with|vs\.?|from)\s+(?P<other>[\w.+# -]{2,30}?)\W*$",
    re.IGNORECASE,
)
_DIFFERS = re.compile(
    r"^\W*(?:а\s+)?(?:в\s+)?ч[её]м\s+(?P<one>[\w.+# -]{2,30}?)\s+отлича\w+\s+(?:от|с)\s+(?P<other>[\w.+# -]{2,30}?)\W*$"
    r"|^\W*how\s+(?:does|do|is|are)\s+(?P<this>[\w.+# -]{2,30}?)\s+(?:differ(?:ent)?)\s+(?:from|to)\s+"
    r"(?P<that>[\w.+# -]{2,30}?)\W*$",
    re.IGNORECASE,
)
_WANTS_TO_KNOW = re.compile(r"(?:поня|узна|\bзна|пров[ео]р|реши|understand|know|check|tell)\w*$", re.IGNORECASE)
_EXPLAINS = re.compile(r"(?:зачем|почему|как|why|how (?!much|many|long|often))\b", re.IGNORECASE)
# «…, чем fp16», «…, где он ведёт семинары» and "…, when they trained it" say more of the question before the comma
_CLAUSE = re.compile(
    r"(?:чем|когда|где|что|чего|кто|как|that|than|where|when|who|which)\s+(?!\S*(?:ть|ти|чь|ться|тись)(?!\w)|to\b)",
    re.IGNORECASE,
)
_TOPICS = 3  # nouns, the last ones: what is said before in a long question leads up to them
_WHOLE = 3  # words of a question that only points: "how much is it"
_POINTS = re.compile(
    r"\b(?:он|она|оно|они|его|её|ее|их|ему|ей|им|нём|нем|ней|них|это|кажд\w+|все|всех|всё|оба|обе|обоих|одн[ау]|один|там|туда|"
    r"с (?:этим|ним|ней|ними)|так\w+)\b",
    re.IGNORECASE,
)
_TOPIC = re.compile(r"\b(?:у|про|о|об|для|в|на|of|in|about|for)\s+([^\W_][\w-]*(?:\s+[A-Z][\w.-]*)*)", re.IGNORECASE)


def two_parts(question: str) -> tuple[str, str] | None:
    """The two questions as they stand; None for a single one."""
    for joint in _JOINT.finditer(question):
        first, second = question[: joint.start()].strip(" ,;"), question[joint.end() :].strip()
        if _WANTS_TO_KNOW.search(first):
            continue  # «…, чтобы понять, влезет ли модель»
        if _ASKS.search(first) and content_terms(first) and (content_terms(second) or _is_whole(second)):
            return _asked(first), _asked(second)
    return None


def is_clause(second: str, question: str) -> bool:
    """Whether the second part only says more of the first, behind a comma: no answer to it answers the question.

    What begins with an infinitive asks: «что такое LoRA, где скачать».
    """
    at = question.find(second.rstrip("? "))
    return question[: max(0, at)].rstrip().endswith(",") and bool(_CLAUSE.match(second))


def _is_whole(second: str) -> bool:
    """ "how much is it" asks by itself; «зачем она нужна» only goes on."""
    return len(second.split()) >= _WHOLE and not _EXPLAINS.match(second)


def compared(question: str) -> tuple[str, str] | None:
    """The names of two compared things: of a comparison that nobody made, one half may be told all the same."""
    match = _COMPARED.match(question) or _DIFFERS.match(question)
    if match is None:
        return None
    one, other = [half for half in match.groups() if half]
    return one.strip(" «»\"'"), other.strip(" «»\"'")


def _asked(text: str) -> str:
    text = text.strip(" ,;.")
    return text if text.endswith("?") else f"{text}?"


def with_topic(second: str, first: str) -> str:
    """What to search for by the second question: one that names nothing takes the first one's topic."""
    if names(second):
        return second
    topic = [match.group() for match in _LATIN.finditer(first) if content_terms(match.group())]
    if not topic:
        found = (match.group(1) for match in _TOPIC.finditer(first))
        topic = [one for one in found if part_of_speech(one.split()[0].lower()) == "NOUN"][:1]  # «у меня» is no topic
    if not topic and (_POINTS.search(second) or not _nouns(second)):  # «когда начинается курс и сколько он стоит?»
        topic = _nouns(first)[-_TOPICS:]
    return f"{second.rstrip('?. ')} ({', '.join(dict.fromkeys(topic))})?" if topic else second


def _nouns(text: str) -> list[str]:
    return [word for word in re.findall(r"[а-яё]+", text.lower()) if part_of_speech(word) == "NOUN"]
