"""A post or section whose title is the question is answered by its first sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.kinds.defining import leads_in
from konspekt.answering.writing.kinds.own_questions.posed import states_trouble
from konspekt.answering.writing.kinds.own_questions.sections import opposed
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import base_form, terms

FIRST = (5.0, 4.6)  # log-odds of the first sentences below a title that is the question
WHOLE = 5.0  # and so many more where the title has every word of what the question is about
APART = 6.0  # of a sentence that tells the two things of «чем X отличается от Y» apart
_ALIKE = 1.5  # of that, what a sentence loses on what they have in common
NO_REASON = -6.0  # log-odds of a row of a table where it is asked why
_LONGEST_LINE = 80  # characters of a line that asks
_SAME = 0.6  # of the question's words and of the title's, where both ask the same way
_ALL = 0.99  # of the words of «почему картинка чёрная?», in a title that only names it: «Чёрные картинки в SDXL»
_WHOLE_HEAD = 0.9  # of the words before a title's colon, other endings counted
_CONTRAST = re.compile(
    r"\b(?:против|в отличие|отлич\w+|тогда как|зато|вместо|а не|разниц\w+|лучше|хуже|быстрее|точнее|"
    r"versus|vs|unlike|whereas|while|instead|rather than|better|worse|faster|differ\w*)\b",
    re.IGNORECASE,
)
# «в первой работе …, а в этой …»: two versions told apart
_THEN_AND_NOW = re.compile(
    r"\b(?:в (?:перв|оригинал|прошл|предыдущ|стар|исходн)\w+|раньше|прежде|"
    r"originally|the (?:first|original|previous))\b"
    r".*[,;—–]\s*(?:а|но|теперь|now|while|but)\b",
    re.IGNORECASE,
)
_IN_COMMON = re.compile(r"\bкак и\b|\bтак же,? как\b|\b(?:just|same) (?:like|as)\b|\blike the\b", re.IGNORECASE)
_EXERCISE = re.compile(
    r"^\W*(?:повторите|посчитайте|сравните|попробуйте|проверьте|возьмите|запустите|try|compute|compare|repeat|run)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\b[а-яё]{3,}(?:ее|ей|[шжщч]е)\b|\b(?:more|less|\w{3,}er)\b.*\bthan\b", re.IGNORECASE)
_DIFFER = r"(?:отлича\w+|лучше|хуже)(?:\s+от)?"
_THING = r"[\w.+#/ -]{2,40}?"
_COMPARING = tuple(
    re.compile(one, re.IGNORECASE)
    for one in (
        rf"\bч[её]м\s+(?P<one>{_THING})\s+{_DIFFER}\s+(?P<other>{_THING})\s*[?!.()]*\s*$",
        rf"\b(?:отлича\w+|разниц\w+(?:\s+между)?|сравни(?:те)?)\s+(?P<one>{_THING})\s+(?:от|и|с|со)\s+"
        rf"(?P<other>{_THING})\s*[?!.]*\s*$",
        rf"\b(?:что|кого|какой|какая|which is)\s+[а-яёa-z]+(?:ее|ей|[шжщч]е|er)\s+(?:[а-яё]+(?:ть|ти)\s+)?"
        rf"(?P<one>{_THING})[,:]?\s+(?:или|or)\s+(?P<other>{_THING})\s*[?!.]*\s*$",
        rf"\bdifference between\s+(?P<one>{_THING})\s+and\s+(?P<other>{_THING})\s*[?!.]*\s*$",
        rf"\bhow\s+(?:does|do|is)\s+(?P<one>{_THING})\s+differ\w*\s+from\s+(?P<other>{_THING})\s*[?!.]*\s*$",
    )
)
_HEAD = 4  # words of a sentence that say what it is of
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
_ASKS_WHY_NOT = re.compile(
    r"\b(?:почему|зачем|отчего)\b.*\b(?:нельзя|не (?:надо|стоит|нужно|следует|совету\w+|рекоменду\w+|имеет смысла))\b|"
    r"\bwhy\b.*\b(?:not|never|(?:should|can|do|does|must)n['’]?t)\b",
    re.IGNORECASE,
)
_ADVISES_NOT = re.compile(
    r"\b(?:нельзя|не (?:надо|стоит|нужно|следует|советую|рекоменду\w+|вижу смысла|имеет смысла)|нет смысла|"
    r"бессмысленно|never|(?:do|should|must)(?: not|n['’]t)|no (?:point|sense) in|avoid)\b",
    re.IGNORECASE,
)
_OPENING_WORDS = 3  # a title and a question that begin with so many words alike ask the same
_MUST = dict.fromkeys(("надо", "требоваться", "необходимо", "необходимый", "нужный"), "нужно")
_WORDS = re.compile(r"[^\W_]+")


def defers(text: str) -> bool:
    """Whether a sentence only promises an answer."""
    return bool(_DEFERS.search(text))


def advises_against(question: str, unit: Unit) -> bool:
    """Whether it is asked why one should not, and a sentence says that one should not: «больше 40 шагов ставить не
    стоит». The reason, where there is one, stands beside it."""
    asks = bool(_ASKS_WHY_NOT.search(question))
    return asks and not unit.asks_or_names and bool(_ADVISES_NOT.search(unit.text))


def no_reasons(question: str, units: Sequence[Unit]) -> list[bool]:
    """Of each unit, whether it cannot be the answer: a row of a table or code where it is asked why, a promise to
    answer elsewhere and the question that it is given to, a problem stated where a way out is asked for."""
    why = asks_why(question)
    deferred = [bool(_DEFERS.search(unit.text)) for unit in units]
    behind = [*deferred[1:], False]
    return [
        (why and (unit.is_row or unit.code is not None))
        or later
        or (unit.asks_or_names and next_later)
        or states_trouble(question, unit)
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
    if not asked or not there or opposed(question, title):
        return False
    of_question, of_title = _held_by(title, asked), _held_by(question, there)
    if any(one.search(question) and one.search(title) for one in _ASKS.values()):
        return of_question >= _SAME and of_title >= _SAME / 2
    names_it = asks_why(question) and len(asked) > 1 and "?" not in title
    # «Повороты Адамара: размазать выброс» for «зачем поворачивать матрицей Адамара»
    head = _subject(title.partition(":")[0])
    heads = len(head) > 1 and _held_by(question, head) >= _WHOLE_HEAD and of_question >= _SAME
    return names_it and (heads or (of_question >= _ALL and of_title >= _SAME))


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
    """Log-odds for each unit, where it is asked how two things differ: «Против int8: у FP8 …» gains,
    and two sentences in a row on one each, one on then and now («в первой работе …, а теперь …»), the first sentence
    below a title of both. What both have in common loses, and an exercise on them."""
    found = [0.0] * len(units)
    sides = _sides(question)
    if sides is None:
        return found
    told = [i for i, one in enumerate(units) if one.text.strip() != title.strip() and not leads_in(one)]
    if told and tells_which(question, title):  # what stands below says why
        found[told[0]] = 2 * APART
    if not _ASKS["differs"].search(question):
        return found
    versions = len({re.sub(r"[\W\d_]", "", "".join(side)) for side in sides}) == 1  # QuIP and QuIP#
    of_title = [_is_of(side, title) for side in sides]
    held = [tuple(_is_of(side, one.text) for side in sides) for one in units]
    for i, unit in enumerate(units):
        text = unit.text
        if i not in told:
            found[i] = -APART * (unit.text.strip() != title.strip())  # «Сейчас расскажем про второй»
            continue
        trains = _EXERCISE.match(text) or (i and _EXERCISE.match(units[i - 1].text) and not unit.line_before)
        if trains or (_IN_COMMON.search(text) and (all(held[i]) or any(of_title))):
            found[i] = -_ALIKE * APART
        elif (all(held[i]) and _CONTRAST.search(text)) or (versions and any(of_title) and _THEN_AND_NOW.search(text)):
            found[i] = APART
        behind = i + 1
        if behind in told and units[behind].start - unit.end <= 1 and not (found[i] or units[behind].asks_or_names):
            heads = tuple(_is_of(side, _head(units[at].text)) for at in (i, behind) for side in sides)
            if heads in {(True, False, False, True), (False, True, True, False)}:
                found[i] = found[behind] = APART
    if all(of_title) and set(sides[0]) != set(sides[1]) and told and not found[told[0]]:
        found[told[0]] = APART
    return found


def _sides(question: str) -> tuple[list[str], list[str]] | None:
    """The terms of the two things that a question compares."""
    match = next(filter(None, (one.search(question) for one in _COMPARING)), None)
    if match is None:
        return None
    one, other = (content_terms(match[side]) for side in ("one", "other"))
    return (one, other) if one and other else None


def _is_of(side: Sequence[str], text: str) -> bool:
    """Whether a text names one of the compared things."""
    return Terms(terms(text)).share(dict.fromkeys(side, 1.0)) >= _SAME / 2


def _head(text: str) -> str:
    return " ".join(text.split()[:_HEAD])


def tells_which(question: str, title: str) -> bool:
    """Whether a title says of two things which is more so: «Почему диффузию квантовать труднее, чем LLM»."""
    sides = _sides(question)
    return sides is not None and bool(_MORE.search(title)) and all(_is_of(side, title) for side in sides)


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
    decided = tells_which(question, title)
    at: int | None = 0 if decided or same_question(question, title) else None
    whole = WHOLE * (decided or _held_by(title, _subject(question)) >= _ALL)
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
