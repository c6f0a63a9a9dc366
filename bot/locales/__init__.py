"""What the bot says, in the reader's language. One module per language, each a plain dictionary with the same keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from konspekt.bilingual import in_language
from konspekt.bot.locales import (
    arena,
    cases,
    en,
    following,
    glossary,
    learning,
    memory,
    overview,
    places,
    rich,
    ru,
    voice,
)

_TEXTS: dict[str, dict[str, str]] = {
    "ru": ru.TEXTS
    | arena.RU
    | cases.RU
    | memory.RU
    | following.RU
    | glossary.RU
    | learning.RU
    | overview.RU
    | rich.RU
    | places.RU
    | voice.RU,
    "en": en.TEXTS
    | arena.EN
    | cases.EN
    | memory.EN
    | following.EN
    | glossary.EN
    | learning.EN
    | overview.EN
    | rich.EN
    | places.EN
    | voice.EN,
}
_READS_RUSSIAN = {"ru", "uk", "be", "kk"}
_PLURAL = re.compile(r"\{(\w+)\|([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Locale:
    """`locale("key", name=value)`. In a text, `{n|вопрос|вопроса|вопросов}` takes the form that fits the number."""

    language: Literal["ru", "en"]

    def __call__(self, key: str, **values: object) -> str:
        return self.fill(_TEXTS[self.language][key], **values)

    def fill(self, text: str, **values: object) -> str:
        """A text kept elsewhere, with its numbers and plurals."""
        values = in_language(values, self.language)
        text = _PLURAL.sub(lambda match: self._form(values[match[1]], match[2].split("|")), text)
        return text.format(**values) if values else text

    def _form(self, number: object, forms: list[str]) -> str:
        count = abs(int(str(number)))
        if self.language == "en":
            return forms[0] if count == 1 else forms[1]
        if count % 10 == 1 and count % 100 != 11:
            return forms[0]
        return forms[1] if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else forms[2]


def locale_for(language_code: str | None, text: str = "") -> Locale:
    """By the language of the user's Telegram; where it is not known, by the letters of what they wrote."""
    if language_code:
        return Locale("ru" if language_code.split("-")[0].lower() in _READS_RUSSIAN else "en")
    cyrillic = sum("а" <= char <= "я" or char == "ё" for char in text.lower())
    return Locale("ru" if cyrillic * 2 >= sum(char.isalpha() for char in text) else "en")
