"""The same question as readers type it: in slang, with a slip of the finger, in Latin letters, in the wrong layout."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Literal

from konspekt.indexer.query.keyboard import typed_in_english

Style = Literal["plain", "slang", "typo", "translit", "layout"]
_SLANG_RU = (
    (r"^что такое ", ("че такое ", "чё за ", "поясни за ")),
    (r"^сколько ", ("скока ", "скок ")),
    (r"^почему ", ("а почему ", "чего это ")),
    (r"^кто ", ("а кто ", "чел, кто ")),
    (r"^какая ", ("а какая вообще ",)),
    (r"^под какой ", ("а под какой вообще ",)),
    (r"^в каком году ", ("а когда вообще ",)),
    (r"^можно ли использовать ", ("а можно ли юзать ",)),
    (r"^работает ли ", ("а заведётся ли ",)),
)
_SLANG_EN = (
    (r"^what is ", ("whats ", "wtf is ")),
    (r"^how many ", ("how many again, ",)),
    (r"^why is it that ", ("how come ",)),
)
_LATIN: Mapping[str, str] = {
    **dict(zip("абвгдезийклмнопрстуфхыэ", "abvgdeziyklmnoprstufhye", strict=True)),
    **{"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ю": "yu", "я": "ya", "ь": "", "ъ": "", "ё": "yo"},
}
_RUSSIAN = re.compile(r"[а-яё]", re.IGNORECASE)
_LONG_WORD = re.compile(r"[а-яё]{6,}|[a-z]{6,}")


def disguised(question: str, style: Style, chance: random.Random) -> str | None:
    """None where the style does not fit: an English question is not typed in Latin letters by mistake."""
    return _WAYS[style](question, chance)


def _plain(question: str, chance: random.Random) -> str | None:
    return question


def _slang(question: str, chance: random.Random) -> str | None:
    text = question.rstrip("?")
    text = text[0].lower() + text[1:]
    for opening, said in _SLANG_RU if _RUSSIAN.search(text) else _SLANG_EN:
        if re.search(opening, text):
            return re.sub(opening, chance.choice(said), text, count=1)
    return None


def _typo(question: str, chance: random.Random) -> str | None:
    """Two neighbouring letters swapped, or one left out, inside a long word; in lower case, without the mark."""
    text = question.lower().rstrip("?")
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return None
    word = chance.choice(words)
    places = [i for i in range(word.start() + 1, word.end() - 2) if text[i] != text[i + 1]]
    if not places:
        return None
    place = chance.choice(places)
    swapped = text[place + 1] + text[place] if chance.random() < 0.5 else text[place + 1]
    return text[:place] + swapped + text[place + 2 :]


def _translit(question: str, chance: random.Random) -> str | None:
    if not _RUSSIAN.search(question):
        return None
    return "".join(_LATIN.get(letter, letter) for letter in question.lower().rstrip("?"))


def _layout(question: str, chance: random.Random) -> str | None:
    """Russian words typed with the English layout on; a name is typed as it is."""
    if not _RUSSIAN.search(question):
        return None
    words = question.lower().rstrip("?").split(" ")
    return " ".join(typed_in_english(word) if _RUSSIAN.search(word) else word for word in words)


_WAYS: Mapping[Style, Callable[[str, random.Random], str | None]] = {
    "plain": _plain,
    "slang": _slang,
    "typo": _typo,
    "translit": _translit,
    "layout": _layout,
}
