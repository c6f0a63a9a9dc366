"""Prices: who asks for one, and which texts tell one."""

from __future__ import annotations

import re

from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.lexical import terms

_NO_MONEY = r"\w*\s+(?:балл|очк|пункт|шаг|токен|бит|врем|памят)"  # «сколько стоит баллов» is no price
PRICE = re.compile(
    rf"\bск[ао]л?ь?к\w?\s+(?:\w+\s+){{0,2}}сто[ия](?!{_NO_MONEY})|"
    r"\bцен[аыу]\b|стоимост|поч[её]м\b|how much (?:does|is)|price|\bcosts?\b|"
    r"^\W*(?:(?:а|и|ну)\s+)?(?:\w+\s+){1,3}(?:бес)?платн(?:ый|ая|ое|ые|о)\W*$|\b(?:бес)?платн(?:ый|ая|ое|ые|о)\s+ли\b|"
    r"^\W*(?:а\s+)?(?:бес)?платн(?:ый|ая|ое|ые)\s+\w+\W*$|\bis\s+(?:\w+\s+){1,2}(?:free|paid)\W*$|\bhave to pay\b",
    re.IGNORECASE,
)
PRICE_TOLD = re.compile(
    r"бесплатн|\bплатн|\d[\d\s ]*(?:₽|руб|\$|€|долл|евро)|[$€]\s?\d|\bfree\b(?!-)|\bprice|\bcosts?\b|\bценой\b",
    re.IGNORECASE,
)

PRICE_SAID = re.compile(
    r"\bбесплатно\b|\bплатн(?:о|ый|ая|ое)\b|(?:стоит|стоимость|цена|price|costs?)\b[^.!?]{0,30}\d|\d[\d\s ]*(?:₽|руб)|"
    r"\bfor free\b|\bfree of charge\b|\bis free\b",
    re.IGNORECASE,
)
_ASKING = frozenset(
    terms(
        "платный бесплатный бесплатно платно сколько почём стоит стоить цена стоимость платить денег "
        "точно правда действительно реально "
        "how much does is cost price free paid pay have"
    )
)


# What is sold in channels, for English questions about Russian posts.
_SOLD = {
    "course": "курс",
    "lecture": "лекция",
    "subscription": "подписка",
    "channel": "канал",
    "certificate": "сертификат",
    "book": "книга",
}
_IN_RUSSIAN = {
    english: russian for one, other in _SOLD.items() for english, russian in zip(terms(one), terms(other), strict=True)
}


def asks_for_price(question: str) -> bool:
    """Whether it is asked what something costs."""
    return bool(PRICE.search(question))


def tells_price(text: str) -> bool:
    """Whether a text says what something costs, be it nothing."""
    return bool(PRICE_TOLD.search(text))


def tells_price_of(question: str, title: str, text: str) -> bool:
    """Whether a text says what the very thing that is asked about costs.

    In one sentence with it, or in so many words («бесплатно», not «бесплатную карту») under a title that names it.
    """
    if not asks_for_price(question):
        return False
    asked = set(content_terms(question)) - _ASKING
    return any(_told_of(subject, title, text) for subject in (asked, {_IN_RUSSIAN.get(one, one) for one in asked}))


def _told_of(subject: set[str], title: str, text: str) -> bool:
    if not subject:
        return False
    titled = subject <= set(terms(title))
    return any(
        (titled and PRICE_SAID.search(sentence.text))
        or (PRICE_TOLD.search(sentence.text) and subject <= set(terms(sentence.text)))
        for sentence in split_sentences(text)
    )


def with_other_words(question: str) -> str:
    """What to search for: a price may be told without any word of a question about it («бесплатно»)."""
    return f"{question} Бесплатно, стоимость, free, price" if asks_for_price(question) else question
