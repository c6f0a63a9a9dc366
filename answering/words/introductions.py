"""Who somebody who writes here is, and where he works: told in the first person, «Меня зовут …», «работаю в …»."""

from __future__ import annotations

import re

from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.lexical import terms

_KEEPS = re.compile(
    r"\b(?:кто|как зовут(?: того, кто)?|чей|чья)\s+(?:\w+\s+)?"
    r"(?:вед[её]т|пишет|автор\w*|препод\w*|лектор\w*|админ\w*|канал\w*|чита\w+)|"
    r"\bwho\s+(?:runs|writes|teaches|is the (?:author|lecturer|teacher))\b",
    re.IGNORECASE,
)
_I_AM = re.compile(
    r"(?:(?:^|[.!?]\s+)(?:Я|Мы|I am|I'm)\W{1,3}|[Мм]еня зовут\s+|[Mm]y name is\s+)"
    r"(?P<name>[A-ZА-ЯЁ][a-zа-яё]+(?:\s+[A-ZА-ЯЁ][a-zа-яё]+)?)",
    re.MULTILINE,
)
# What somebody does for a living, or who it is: whoever gives that name of his own tells it
_WORKS = (
    r"(?:(?:где|кем)\s+(?:(?:сейчас|теперь)\s+)?работа\w+|чем\s+(?:(?:сейчас|теперь)\s+)?занима\w+|"
    r"(?:делает|занимается)\s+по\s+работе|работает\s+где|where\s+does\b.*\bwork|what\s+does\b.*\bdo\b)"
)
_ASKS_WORK = re.compile(rf"\b{_WORKS}", re.IGNORECASE)
_ASKS_OF = re.compile(rf"\b(?:{_WORKS}|кто\s+так(?:ой|ая)|who\s+is)\b", re.IGNORECASE)
_THE_AUTHOR = re.compile(
    r"\b(?:автор\w*|админ\w*|ведущ\w+|author|admin)(?:\s+(?:этого|of|the|this))*"
    r"(?:\s+(?:канала|курса|блога|channel|course|blog)(?:\s+(?:по|о|об|про|on|about)\s+\w+)?)?"
    r"(?=\W*$|\s+(?:сейчас|делает|занимается|работает|по работе|work|do)\b)",
    re.IGNORECASE,
)
_OF_WORK = re.compile(
    r"работа|занима\w+|позици|должност|руковод|инженер|исследовател|\b(?:лид|техлид|lead|engineer|scientist|work\w*)\b",
    re.IGNORECASE,
)
_OF_A_LIVING = frozenset(terms("работа работать заниматься делать сейчас теперь жизнь now work job living"))
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


def introduces_himself(question: str, text: str) -> bool:
    """Whether it is asked who keeps the channel or teaches, and a sentence says «Я Анна Ким – …» or "My name is …"; or
    what such a one does, and it says that as well."""
    if _KEEPS.search(question) and _I_AM.search(text):
        return True
    return is_of_himself(question, text) and bool(not _ASKS_WORK.search(question) or _OF_WORK.search(text))


def is_of_himself(question: str, text: str) -> bool:
    """Whether it is asked who somebody is or what he does, and he introduces himself there: by the name that is asked
    of, or as the author. Of a namesake other posts may speak."""
    found = _I_AM.search(text)
    if found is None or not _ASKS_OF.search(question):
        return False
    asked = set(content_terms(question)) - _OF_A_LIVING
    return bool(_THE_AUTHOR.search(question)) or (bool(asked) and asked <= set(terms(found["name"])))
