"""Prices: who asks for one, and which texts tell one."""

from __future__ import annotations

import re

PRICE = re.compile(
    r"\bск[ао]л?ь?к\w?\s+(?:\w+\s+){0,2}сто[ия]|\bцен[аыу]\b|стоимост|поч[её]м\b|how much (?:does|is)|price|\bcosts?\b",
    re.IGNORECASE,
)
PRICE_TOLD = re.compile(
    r"бесплатн|\bплатн|\d[\d\s ]*(?:₽|руб|\$|€|долл|евро)|[$€]\s?\d|\bfree\b(?!-)|\bprice|\bcosts?\b|\bценой\b",
    re.IGNORECASE,
)


def asks_for_price(question: str) -> bool:
    """Whether it is asked what something costs."""
    return bool(PRICE.search(question))


def tells_price(text: str) -> bool:
    """Whether a text says what something costs, be it nothing."""
    return bool(PRICE_TOLD.search(text))


def with_other_words(question: str) -> str:
    """What to search for: a price may be told without any word of a question about it («бесплатно»)."""
    return f"{question} Бесплатно, стоимость, free, price" if asks_for_price(question) else question
