"""Russian in Latin letters, as people type it: from each spelling the likely Russian words, the likeliest first.

No standard is universal (ISO 9, GOST 7.79, passports, chats), so each group of letters stands for all that
people mean by it, with a cost. Soft signs are mostly left out when typing, and come back at a cost.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

LONGEST = 4
LETTERS: dict[str, tuple[str, ...]] = {
    "shch": ("щ",),
    "sch": ("щ", "сч"),
    "shh": ("щ",),
    "zh": ("ж",),
    "kh": ("х",),
    "ts": ("ц", "тс"),
    "th": ("тх", "т"),
    "tz": ("ц",),
    "ch": ("ч",),
    "sh": ("ш", "щ"),
    "ya": ("я", "ъя", "ья"),
    "ja": ("я", "ъя", "ья"),
    "ia": ("ия", "я", "ъя", "ья"),
    "yu": ("ю", "ью"),
    "ju": ("ю", "ью"),
    "iu": ("ию", "ю", "ью"),
    "yo": ("е",),
    "jo": ("е",),
    "ye": ("е", "ые"),
    "je": ("е", "ье"),
    "ie": ("ие", "ье"),
    "yj": ("ый",),
    "yy": ("ый",),
    "ij": ("ий",),
    "iy": ("ий",),
    "ii": ("ии", "ий"),
    "ks": ("кс",),
    "a": ("а",),
    "b": ("б",),
    "c": ("ц", "к", "с"),
    "d": ("д",),
    "e": ("е", "э"),
    "f": ("ф",),
    "g": ("г",),
    "h": ("х", "г"),
    "i": ("и", "й"),
    "j": ("й", "ж", "ь"),
    "k": ("к",),
    "l": ("л",),
    "m": ("м",),
    "n": ("н",),
    "o": ("о",),
    "p": ("п",),
    "q": ("к", "я"),
    "r": ("р",),
    "s": ("с",),
    "t": ("т",),
    "u": ("у",),
    "v": ("в",),
    "w": ("в", "ш", "щ"),
    "x": ("х", "кс"),
    "y": ("ы", "й", "у"),
    "z": ("з",),
    "'": ("ь", "ъ"),
    "4": ("ч",),
    "6": ("ш",),
}
SOFTENED = frozenset("лнтсзрдвм")  # where a soft sign may stand before a consonant or at the end
VOWELS = frozenset("аеиоуыэюяьъй")
SECOND_CHOICE, SOFT_SIGN, SPLIT = 2, 3, 4  # costs
TRIED = 150

TO_LATIN = {
    **dict(zip("абвгдезийклмнопрстуфхыэ", "abvgdeziiklmnoprstufhye", strict=True)),
    **{"ж": "zh", "ц": "c", "ч": "ch", "ш": "sh", "щ": "sch", "ю": "yu", "я": "ya", "ь": "", "ъ": "", "ё": "e"},
}


def russian_spellings(word: str, limit: int = TRIED) -> Iterator[str]:
    """Russian words that the Latin `word` (lower case) may stand for, cheapest first, at most `limit`."""
    heap: list[tuple[int, int, int, str]] = [(0, 0, 0, "")]  # (cost, serial, position, russian)
    serial = given = 0
    steps = 0
    while heap and given < limit and steps < 20 * TRIED:
        steps += 1
        cost, _, at, russian = heapq.heappop(heap)
        if at == len(word):
            given += 1
            yield russian
            continue
        for length in range(min(LONGEST, len(word) - at), 0, -1):
            choices = LETTERS.get(word[at : at + length])
            if choices is None:
                continue
            whole = next((n for n in range(LONGEST, length, -1) if word[at : at + n] in LETTERS), None)
            for rank, letters in enumerate(choices):
                step = cost + SECOND_CHOICE * rank + (SPLIT if whole else 0)
                serial += 1
                heapq.heappush(heap, (step, serial, at + length, russian + letters))
                follows = word[at + length : at + length + 1]
                if letters[-1] in SOFTENED and follows not in set("aeiouyj'"):
                    serial += 1
                    heapq.heappush(heap, (step + SOFT_SIGN, serial, at + length, russian + letters + "ь"))


def in_latin(word: str) -> str:
    """One spelling of a Russian word in Latin letters: `нгпт` is `ngpt`."""
    return "".join(TO_LATIN.get(letter, letter) for letter in word)
