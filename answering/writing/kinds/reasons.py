"""A post or section whose title is the question is answered by its first sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms, names
from konspekt.answering.writing.kinds.defining import leads_in
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import base_form, terms

FIRST = (5.0, 4.6)  # log-odds of the first sentences below a title that is the question
WHOLE = 5.0  # and so many more where the title has every word of what the question is about
APART = 6.0  # of a sentence that tells the two things of «чем X отличается от Y» apart
NO_REASON = -6.0  # log-odds of a row of a table where it is asked why
_LONGEST_LINE = 80  # characters of a line that asks
_SAME = 0.6  # of the question's words and of the title's, where both ask the same way
_ALL = 0.99  # of the words of «почему картинка чёрная?», in a title that only names it: «Чёрные картинки в SDXL»
_TWO = 2
_CONTRAST = re.compile(
    r"\b(?:против|в отличие|отлич\w+|тогда как|зато|вместо|а не|разниц\w+|лучше|хуже|быстрее|точнее|"
    r"versus|vs|unlike|whereas|while|instead|rather than|better|worse|faster|differ\w*)\b",
    re.IGNORECASE,
)
_CHOICE = "лучше хороший лучший выбрать выбирать брать взять ставить поставить best better choose pick use"
_ASKS = {
    "why": re.compile(r"\b(?:почему|зачем|отчего|из-за чего|why|what for)\b", re.IGNORECASE),
    "how": re.compile(r"\b(?:как|каким образом|how)\b", re.IGNORECASE),
    "which": re.compile(r"\b(?:как(?:ой|ая|ое|ие|ую)|что лучше|which|what)\b", re.IGNORECASE),
    "where": re.compile(r"\b(?:куда|где|откуда|where)\b", re.IGNORECASE),
    "differs": re.compile(r"\b(?:чем .*отлича\w+|разниц\w+|differ\w*)\b", re.IGNORECASE),
}


# «Отвечу в лекции 2», "more in the next post": the answer is somewhere else
_DEFERS = re.compile(
    r"^\W*(?:\w+\s+){0,3}?(?:отвечу|ответим|расскажу|расскажем|поговорим|обсудим|объясню|покажу|разбер[её]м|верн[её]мся)\b"
    r".{0,40}\b(?:лекци|пост|част|семинар|следующ|позже|потом|завтра|другой раз|отдельн)"
    r"|\b(?:will|i['’]ll|we['’]ll)\b.{0,40}\b(?:next (?:post|lecture|part|time|week)|later|in (?:lecture|part) \d)",
    re.IGNORECASE,
)
_OPENING_WORDS = 3  # a title and a question that begin with so many words alike ask the same
_MUST = dict.fromkeys(("надо", "требоваться", "необходимо", "необходимый", "нужный"), "нужно")
_WORDS = re.compile(r"[^\W_]+")


def defers(text: str) -> bool:
    """Whether a sentence only promises an answer."""
    return bool(_DEFERS.search(text))


def no_reasons(question: str, units: Sequence[Unit]) -> list[bool]:
    """Of each unit, whether it cannot be the answer: a row of a table or code where it is asked why, a promise to
    answer elsewhere and the question that it is given to."""
    why = asks_why(question)
    deferred = [bool(_DEFERS.search(unit.text)) for unit in units]
    behind = [*deferred[1:], False]
    return [
        (why and (unit.is_row or unit.code is not None)) or later or (unit.asks_or_names and next_later)
        for unit, later, next_later in zip(units, deferred, behind, strict=True)
    ]


def _begins_alike(question: str, title: str) -> bool:
    """«Что нужно знать заранее» is asked by «что надо знать, чтобы пойти на курс»: most of a short title opens the
    question, in words that say nothing of a topic."""
    asked, there = _plainly(question), _plainly(title.strip("#* "))
    alike = 0
    for one, other in zip(asked, there, strict=False):
        if one != other:
            break
        alike += 1
    return alike >= _OPENING_WORDS and alike > len(there) / 2 and not content_terms(" ".join(there[alike + 1 :]))


def _plainly(text: str) -> list[str]:
    found = (base_form(word.lower()) for word in _WORDS.findall(text))
    return [_MUST.get(word, word) for word in found]


def same_question(question: str, title: str) -> bool:
    """Whether a title asks what the question asks, in other words or in another order."""
    if _begins_alike(question, title):
        return True
    asked, there = _subject(question), _subject(title)
    if not asked or not there:
        return False
    of_question, of_title = _held_by(title, asked), _held_by(question, there)
    if any(one.search(question) and one.search(title) for one in _ASKS.values()):
        return of_question >= _SAME and of_title >= _SAME / 2
    names_it = asks_why(question) and len(asked) > 1 and "?" not in title
    return names_it and of_question >= _ALL and of_title >= _SAME


def below_the_question(question: str, units: Sequence[Unit]) -> int | None:
    """The place of the sentence below a line that is the very question («Что за Chatbot Arena?»), if there is one."""
    asked = set(content_terms(question))
    for place, unit in enumerate(units[:-1]):
        is_question = unit.text.rstrip("*_ ").endswith("?") and unit.line_before and len(unit.text) <= _LONGEST_LINE
        if not asked or not is_question or set(content_terms(unit.text)) != asked or units[place + 1].asks_or_names:
            continue
        if _opens_alike(question, unit.text) or same_question(question, unit.text):
            return place + 1
    return None


def _opens_alike(one: str, other: str) -> bool:
    return _first_words(one) == _first_words(other)


def _first_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower().replace("ё", "е"))[:2]


def _held_by(text: str, wanted: Sequence[str]) -> float:
    return Terms(frozenset(terms(text))).share(dict.fromkeys(wanted, 1.0))


def told_apart(question: str, title: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit: «Против int8: у FP8 …» where it is asked how int8 differs from FP8, and the first
    sentence below a title of both."""
    both = frozenset(names(question)) if _ASKS["differs"].search(question) else frozenset()
    if len(both) < _TWO:
        return [0.0] * len(units)

    def contrasts(text: str) -> bool:
        return both <= set(terms(text)) and bool(_CONTRAST.search(text))

    found = [APART * (contrasts(one.text) and one.text.strip() != title.strip()) for one in units]
    told = (i for i, one in enumerate(units) if one.text.strip() != title.strip() and not leads_in(one))
    if both <= set(terms(title)) and (first := next(told, None)) is not None:
        found[first] = APART
    return found


def _subject(text: str) -> list[str]:
    """What a question or a title is about, without the words by which a choice is asked for."""
    return [term for term in content_terms(text) if term not in _choosing()] or content_terms(text)


@cache
def _choosing() -> frozenset[str]:
    return frozenset(terms(_CHOICE))


def asks_why(question: str) -> bool:
    return bool(_ASKS["why"].search(question))


def below_their_title(question: str, title: str, units: Sequence[Unit]) -> list[float]:
    """Log-odds for each unit: the first ones below a title or heading that asks the same."""
    found = [0.0] * len(units)
    at: int | None = 0 if same_question(question, title) else None
    whole = WHOLE * (_held_by(title, _subject(question)) >= _ALL)
    for i, unit in enumerate(units):
        if unit.asks_or_names:
            if same_question(question, unit.text):
                wholly = _held_by(unit.text, _subject(question)) >= _ALL
                at, whole = 0, 2 * WHOLE if _begins_alike(question, unit.text) else WHOLE * wholly
            continue
        if (
            at is not None
            and not (unit.is_tags or leads_in(unit) or _DEFERS.search(unit.text))
            and unit.text.strip() != title.strip()
        ):
            if at < len(FIRST):
                found[i] = FIRST[at] + whole
            at += 1
    return found
