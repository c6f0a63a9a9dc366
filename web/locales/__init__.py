"""What visitors read, in Russian and English: one table a page, `EN` and `RU` with the same keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

from konspekt.web.locales import asking, common, converting, judging, libraries, numbers, topics
from konspekt.web.parts import Language

TABLES: tuple[ModuleType, ...] = (common, asking, converting, libraries, numbers, topics, judging)
TEXTS: dict[Language, dict[str, str]] = {
    "en": {key: text for table in TABLES for key, text in table.EN.items()},
    "ru": {key: text for table in TABLES for key, text in table.RU.items()},
}


@dataclass(frozen=True, slots=True)
class Locale:
    """A language, called with a key and its values."""

    language: Language

    def __call__(self, key: str, /, **values: object) -> str:
        return TEXTS[self.language][key].format(**values)

    def count(self, key: str, number: int) -> str:
        """`key` holds the forms of a number, `|` between them: one, several (in Russian one, few, many)."""
        forms = TEXTS[self.language][key].split("|")
        return f"{self.number(number)} {forms[_form(number, self.language)]}"

    def number(self, number: float) -> str:
        """Thousands apart, by a space that does not break."""
        return f"{number:,.0f}".replace(",", "\u202f")

    def date(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        return f"{moment:%d.%m.%Y}" if self.language == "ru" else f"{moment:%Y-%m-%d}"


def _form(number: int, language: Language) -> int:
    if language == "en":
        return 0 if number == 1 else 1
    if number % 10 == 1 and number % 100 != 11:
        return 0
    return 1 if 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14 else 2


def locale_for(chosen: str | None, accepted: str | None, default: Language | None = None) -> Locale:
    """What the visitor chose, else what the browser asks for first of the two, else the setting's, else Russian."""
    if chosen == "en":
        return Locale("en")
    if chosen == "ru":
        return Locale("ru")
    ranked: list[tuple[float, int, Language]] = []
    for place, item in enumerate((accepted or "")[:500].split(",")):
        name, _, weight = item.strip().partition(";q=")
        tongue = name.strip().lower().split("-")[0]
        try:
            rank = float(weight) if weight else 1.0
        except ValueError:
            continue
        if tongue == "ru":
            ranked.append((-rank, place, "ru"))
        elif tongue == "en":
            ranked.append((-rank, place, "en"))
    if ranked:
        return Locale(min(ranked)[2])
    return Locale(default or "ru")
