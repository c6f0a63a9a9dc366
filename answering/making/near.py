"""Near misses by construction: another attribute of a thing that the material speaks of, and nowhere states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Language = Literal["ru", "en"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """Questions by language, and the words without which a text does not state the answer."""

    asked: Mapping[Language, tuple[str, ...]]
    told_by: re.Pattern[str]


def _attribute(told_by: str, ru: tuple[str, ...], en: tuple[str, ...]) -> Attribute:
    return Attribute({"ru": ru, "en": en}, re.compile(told_by, re.IGNORECASE))


ATTRIBUTES: Mapping[str, Attribute] = {
    "licence": _attribute(
        r"лиценз|licen[cs]e|apache|\bMIT\b|open.?source",
        ("Под какой лицензией вышел {name}?", "Можно ли использовать {name} в коммерции?"),
        ("What licence is {name} under?", "Can I use {name} commercially?"),
    ),
    "price": _attribute(
        r"рубл|₽|\$|€|долл|евро|бесплатн|стои[тм]|цен[аы]\b|price|cost|free\b",
        ("Сколько стоит {name}?", "Почём сейчас {name}?"),
        ("How much does {name} cost?", "What is the price of {name}?"),
    ),
    "year": _attribute(
        r"\b(?:19|20)\d\d\b",
        ("В каком году появился {name}?",),
        ("In which year did {name} come out?",),
    ),
    "people": _attribute(
        r"[А-ЯЁ][а-яё]+ и др|et al|автор|author|придума|предлож|разработ|команд|\([A-Z][a-z]+",
        ("Кто придумал {name}?", "Какая компания сделала {name}?"),
        ("Who came up with {name}?", "Which company made {name}?"),
    ),
    "training": _attribute(
        r"GPU|видеокарт|A100|H100|карт[аеуы]?\b|часов|hours|дней",
        ("На скольких видеокартах обучали {name}?",),
        ("How many GPUs was {name} trained on?",),
    ),
    "phone": _attribute(
        r"телефон|смартфон|android|iphone|ios|mobile|phone",
        ("Работает ли {name} на телефоне?",),
        ("Does {name} run on a phone?",),
    ),
}


@dataclass(frozen=True, slots=True)
class NearMiss:
    question: str
    name: str
    attribute: str
    language: Language


def near_misses(names: Iterable[str], texts: Sequence[str], language: Language) -> Iterator[NearMiss]:
    """Questions about each name that no text which has the name can answer, as far as words tell."""
    for name in names:
        spelled = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        about = [text for text in texts if spelled.search(text)]
        for attribute, one in ATTRIBUTES.items():
            if not any(one.told_by.search(text) for text in about):
                for asked in one.asked[language]:
                    yield NearMiss(asked.format(name=name), name, attribute, language)
