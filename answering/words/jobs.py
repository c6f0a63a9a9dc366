"""Where somebody who writes here works, which is told in the first person: «в свободное время работаю в …»."""

from __future__ import annotations

import re

from konspekt.answering.words.sentences import split_sentences

_WHO = r"(?:автор\w*|он|она|ведущ\w+|админ\w*|лектор\w*|препод\w*)"
_ASKS = re.compile(
    rf"\b(?:где|кем|в (?:какой|каком|чьей) (?:\w+ )?(?:компани\w+|фирм\w+|стартап\w*|организаци\w+|лаборатори\w+))\s+"
    rf"(?:\w+\s+){{0,2}}?(?:{_WHO}\s+(?:\w+\s+){{0,2}}?работа(?:ет|л|ла)\b|работа(?:ет|л|ла)\s+(?:\w+\s+)?{_WHO}\b)|"
    r"\bместо работы\s+автор\w*|"
    r"\b(?:where|who|what company)\s+(?:does|do)\s+(?:the\s+)?(?:author|he|she|admin|lecturer|teacher)\s+work\b",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:работаю|тружусь)\s+(?!над|с\b|со\b)(?:\w+\s+){0,3}?(?:в|во|на|как|у)\s|"
    r"(?:^|[.!?]\s+)Я\s+[А-ЯЁ][а-яё]+[^.!?]{0,60}\s(?:в|из)\s+(?:\w+\s+)?(?:стартап|компани|лаборатори|институт|(?-i:[A-Z]))|"
    r"\bI (?:am (?:currently )?|currently )?work(?:ing)? (?:at|for|as|in)\b",
    re.IGNORECASE | re.MULTILINE,
)


def asks_for_job(question: str) -> bool:
    """Whether it is asked where an author works: what they say of that themselves is no private matter."""
    return bool(_ASKS.search(question))


def tells_job(question: str, text: str) -> bool:
    """Whether that is asked, and a sentence says it."""
    return asks_for_job(question) and any(_TELLS.search(one.text) for one in split_sentences(text))
