"""What a text asks itself: the reason below its own «Почему?», and the problem that it only states before what was done
about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms

_WHY = re.compile(r"\b(?:почему|зачем|отчего|из-за чего|why|how come)\b", re.IGNORECASE)
_BARE_WHY = re.compile(r"\W*(?:(?:а|но|и|so|but|and)\s+)?(?:почему|зачем|отчего|why)(?:\s+так)?\s*\?\W*", re.IGNORECASE)
_BECAUSE = re.compile(
    r"^\W*(?:потому,? что|из-за|всё дело в|все дело в|дело в|причина|оттого|because|since|the reason)\b", re.IGNORECASE
)
_HALF = 0.5  # of what the question is about, in the title, the text's own question and the sentence before that
_SOME = 0.25  # … and without the title

_ASKS_FOR_A_WAY = re.compile(
    r"\bкак\s+(?:(?:мне|нам|же|лучше|правильно|оптимально|можно)\s+)*[а-яё]+(?:ть|ти|чь)(?:ся)?\b|"
    r"\bhow (?:to|do i|can i|do you|should (?:i|we))\b",
    re.IGNORECASE,
)
_ASKS_FOR_TROUBLE = re.compile(r"\b(?:проблем\w*|сложност\w*|трудност\w*|problems?|difficult\w*|hard)\b", re.IGNORECASE)
# «Трудность — как выбирать …», «неясно, что делать, когда …»: the question said again
_STATES_TROUBLE = re.compile(
    r"\b(?:проблем\w+|сложност\w+|трудност\w+|вопрос|problem|challenge|difficulty|question)\b[^.!?\n]{0,40}"
    r"(?:[—–:]|\bв том\b|\bis\b)[^\w.!?]*(?:как|что|how|what)\b|"
    r"\b(?:не (?:объясня|говор|отвеча|поясня)\w+|неясно|не ясно|непонятно|не понятно|"
    r"do(?:es)? not (?:explain|say|tell)|do(?:es)?n['’]t (?:explain|say|tell)|unclear)\b"
    r"[^.!?\n]{0,20}\b(?:что|как|how|what)\b",
    re.IGNORECASE,
)
# «мы выяснили, как выбирать …» is what was done about it
_FOUND_A_WAY = re.compile(
    r"\b(?:вывел|наш[её]?л|показал|придумал|научил|разобрал|выяснил|понял|derived|found|figured out|show|learn)\w*,?\s+"
    r"(?:\w+,?\s+){0,3}?(?:как|how)\b",
    re.IGNORECASE,
)


def reason_given(question: str, title: str, units: Sequence[Unit]) -> int | None:
    """The place of «Потому что …» below a text's own «Почему?», where the question asks the same."""
    wanted = dict.fromkeys(content_terms(question), 1.0)
    if not wanted or not _WHY.search(question):
        return None
    found: dict[int, float] = {}
    for place in range(1, len(units)):
        asks, unit = units[place - 1], units[place]
        if not (asks.text.endswith("?") and _WHY.search(asks.text)) or unit.asks_or_names or unit.is_tags:
            continue
        if _BECAUSE.match(unit.text) or _BARE_WHY.fullmatch(asks.text):
            before = " ".join(one.text for one in units[max(0, place - 2) : place])
            if Terms(terms(before)).share(wanted) >= _SOME:
                found[place] = Terms(terms(f"{title}\n{before}")).share(wanted)
    best = max(found, key=found.__getitem__, default=None)
    return best if best is not None and found[best] >= _HALF else None


def states_trouble(question: str, unit: Unit) -> bool:
    """Whether a way is asked for, and a sentence only says that this is the problem."""
    if not _ASKS_FOR_A_WAY.search(question) or _ASKS_FOR_TROUBLE.search(question):
        return False
    return bool(_STATES_TROUBLE.search(unit.text))


def found_a_way(question: str, unit: Unit) -> bool:
    """Whether a way is asked for, and a sentence says of the same that one was found."""
    if unit.asks_or_names or not (_ASKS_FOR_A_WAY.search(question) and _FOUND_A_WAY.search(unit.text)):
        return False
    return Terms(terms(unit.text)).share(dict.fromkeys(content_terms(question), 1.0)) >= _SOME
