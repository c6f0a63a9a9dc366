"""Questions about what does not last: prices, dates, schedules, versions. Their answers say of when they are."""

from __future__ import annotations

import re

_CHANGING = re.compile(
    r"\b(?:ск[ао]л?ь?к\w?\s+(?:\w+\s+){0,2}сто[ия]\w*|поч[её]м\b|цен[аыуе]\w*|стоимост\w*|тариф\w*|скидк\w*|"
    r"платн\w*|бесплатн\w*|когда|"
    r"во сколько(?! раз)|до как\w+ (?:числа|дня|времени)|какого числа|по каким дням|в какой день|дат[аеуы]\b|"
    r"срок\w*|дедлайн\w*|расписани\w*|сдавать|сдать|сдач\w+|начал[оа]\b|старт\w*|верси[яиюей]\w*|квот\w*|лимит\w*|"
    r"how much (?:is|are|does|do)|price\w*|cost\w*|fee|discount\w*|free of charge|when|what (?:day|time|date)|dates?|"
    r"deadlines?|due|schedule|version\w*|quota)\b",
    re.IGNORECASE,
)
# «когда» of a condition or of history: «когда стоит брать AWQ», «when does it help» ask for no date.
_CONDITION = re.compile(
    r"\b(?:когда|when)\s+(?:лучше|стоит|нужно|надо|можно|использовать|брать|выбирать|применять|имеет смысл|полез\w+|"
    r"(?:should|do|does|to)\b)|(?:вычислени\w+|шаг\w*)\s+сто[ия]\w*",
    re.IGNORECASE,
)
_A_QUESTION = 3  # words; «а второй?» is none by itself
_WHAT_IF = re.compile(r"\W*(?:(?:а|и|ну|но|and|but|so)\s+)?(?:что\s+|what\s+)?(?:если|if)\b", re.IGNORECASE)
_DATE = re.compile(
    r"\b(?:когда|во сколько(?! раз)|до как\w+ (?:числа|дня|времени)|какого числа|по каким дням|"
    r"в как(?:ой|ие) д(?:ень|ни)|как\w+ дн[яе]\w* недели|дат[аеуы]|срок\w{0,2}|дедлайн\w*|"
    r"when|what (?:day|time|date)|deadlines?|due)\b",
    re.IGNORECASE,
)
# «Почему картинка горит, когда я ставлю 20» tells of a case; «что сдавать и когда?» asks.
_OF_A_CASE = re.compile(
    r"\b((?:почему|зачем|как|что|why|how|what)\b.*?)(?<!\bи)(?<!\bа)(?<!\band)\s(?:когда|when)\s(?=\w+\s)",
    re.IGNORECASE,
)


def asked_now(question: str) -> str:
    """Without the talk that a follow-up was completed by: the question before it, or words in brackets."""
    *_, last = (part for part in re.split(r"[?!]\s+", question.rstrip("?! ")) if part.strip())
    last = last if len(last.split()) >= _A_QUESTION else question
    return last.partition("(")[0] if _WHAT_IF.match(last) else last


def asks_what_if(question: str) -> bool:
    """Whether it is asked what happens in some case."""
    return bool(_WHAT_IF.match(asked_now(question)))


def asks_for_date(question: str) -> bool:
    """Whether a day or a time is asked for. «А если опоздаю на день?» asks what then happens."""
    question = _OF_A_CASE.sub(r"\1 ", asked_now(question))
    return bool(_DATE.search(question)) and not _CONDITION.search(question)


def asks_for_changing(question: str) -> bool:
    """Whether the answer may have changed since it was written down."""
    question = _OF_A_CASE.sub(r"\1 ", question)
    return bool(_CHANGING.search(question)) and not _CONDITION.search(question)
