"""What a sentence is about: its content terms, its numbers, its names, and how rare each term is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from konspekt.indexer.lexical import terms

_NUMBER = re.compile(r"(?<![\w.,])[-−+]?\d{1,3}(?:[   ]\d{3})+(?:[.,]\d+)?(?![\w])|(?<![\w.,])\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_RUSSIAN = re.compile(r"[а-яё]", re.IGNORECASE)
_UNITS = frozenset({"kb", "mb", "gb", "tb", "кб", "мб", "гб", "тб", "px", "fps"})
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_MARK = re.compile(r"⟦\d{1,2}⟧")

# Words that say nothing about a topic: they make neither a question answerable nor a sentence supported.
GENERIC = frozenset(
    terms(
        """
        пост канал статья автор рассказать рассказывать писать написать говорить сказать узнать знать объяснить понять
        подробнее подробно кратко коротко пример почему зачем сколько куда откуда какой каков именно вообще просто
        новый последний сделать делать делаться получить получиться использовать использоваться являться стать иметь
        работать нужный нужно можно хотеть бывать происходить позволять помогать называться состоять находиться
        интересный важный хороший большой разный другой много несколько также например поэтому
        раз добавлять добавить давать дать получать стать занимать занять требовать требоваться составлять составить
        примерно около весь остаться оставаться понятный правда чё чо скок скока ваще плиз короче чот щас штука
        post channel article author tell write say know explain example work works working use using used make made get
        about more most new latest need want help many much how why different other also via per take give approximately
        own anything something up out
        """
    )
)

_SPELLED = {
    term: str(value)
    for value, words in {
        2: "два двое двойной two double twice",
        3: "три трое three triple",
        4: "четыре четверо four",
        5: "пять five",
        6: "шесть six",
        7: "семь seven",
        8: "восемь eight",
        9: "девять nine",
        10: "десять ten",
        12: "двенадцать twelve",
        20: "двадцать twenty",
        30: "тридцать thirty",
        50: "пятьдесят fifty",
        100: "сто hundred",
    }.items()
    for term in terms(words)
}


class Frequencies(Protocol):
    """How often terms occur in what is indexed."""

    def passages(self) -> int:
        """Passages in the index."""
        ...

    def containing(self, terms: Iterable[str]) -> Mapping[str, int]:
        """Passages that hold each term; a term that none holds may be missing."""
        ...


class NoFrequencies:
    """When nothing is known, every term counts alike."""

    def passages(self) -> int:
        return 0

    def containing(self, terms: Iterable[str]) -> Mapping[str, int]:
        return {}


def content_terms(text: str) -> list[str]:
    """Terms of a text that carry its topic, each once, in order; citation marks are no numbers."""
    found = terms(_MARK.sub(" ", text))
    return list(dict.fromkeys(term for term in found if term not in GENERIC and len(term) > 1))


def numbers(text: str) -> set[str]:
    """Numbers in one spelling: `1,5` is `1.5`, `2 308` is `2308`, `07` is `7`, «четырёх» is `4`. `FP8` is a name."""
    found = {_SPELLED[word] for word in terms(text) if word in _SPELLED}
    if not _RUSSIAN.search(text):
        text = _THOUSANDS.sub("", text)  # 500,000 in English; in Russian a comma is decimal
    for match in _NUMBER.finditer(_MARK.sub(" ", text)):
        digits = re.sub(r"[\s −+-]", "", match.group()).replace(",", ".")
        if digits.count(".") == 1:
            whole, fraction = digits.split(".")
            fraction = fraction.rstrip("0")
            digits = f"{int(whole or 0)}.{fraction}" if fraction else str(int(whole or 0))
        elif digits.isdigit():
            digits = str(int(digits))
        found.add(digits)
    return found


def names(text: str) -> set[str]:
    """Terms of what looks like a name: Latin words in a Russian text, capitals in the middle of a sentence."""
    text = _MARK.sub(" ", text)
    russian = bool(_RUSSIAN.search(text))
    found: set[str] = set()
    for match in _WORD.finditer(text):
        word = match.group()
        latin = word.isascii()
        before = text[: match.start()].rstrip(" «\"“'(*_`")
        opens = not before or before[-1] in ".!?…:\n-—•"
        shouted = len(word) > 1 and any(letter.isupper() for letter in word[1:])
        if (latin and russian and len(word) > 1) or shouted or (word[0].isupper() and not opens):
            found.update(terms("".join(re.findall(r"[A-Za-z'-]", word)) if _mixed(word) else word))
    return {term for term in found if len(term) > 1 and term not in GENERIC and term not in _UNITS}


def _mixed(word: str) -> bool:
    """`KV-кэш`: only its Latin half is a name."""
    return bool(_RUSSIAN.search(word)) and bool(re.search(r"[A-Za-z]", word))


def rarity(wanted: Iterable[str], frequencies: Frequencies) -> dict[str, float]:
    """Weight of each term: its inverse document frequency as BM25 has it, 1.0 for all when nothing is known."""
    listed = list(wanted)
    total = frequencies.passages()
    if not total:
        return dict.fromkeys(listed, 1.0)
    counts = frequencies.containing(listed)
    return {
        term: math.log(1 + (total - min(counts.get(term, 0), total) + 0.5) / (counts.get(term, 0) + 0.5))
        for term in listed
    }


def coverage(wanted: Mapping[str, float], present: Iterable[str]) -> float:
    """Share of the wanted terms' weight that is present, 0 to 1; 1 when nothing is wanted."""
    total = sum(wanted.values())
    if not total:
        return 1.0
    held = set(present)
    return sum(weight for term, weight in wanted.items() if term in held) / total
