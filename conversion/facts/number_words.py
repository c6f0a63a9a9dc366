"""Numbers written as words, in Russian and English: their values, so that a draft's can be found in its post."""

from __future__ import annotations

import re

# A word by its stem, and the number it says. Only stems that no other word of such posts begins with.
_WORDS: tuple[tuple[int, str], ...] = (
    (0, r"нол(?:ь|я|ю|ём|е)|нул(?:ь|я|ю|ём|е)|нулев\w+|zeros?|zeroes"),
    (1, r"один|одн(?:а|о|ой|ого|ому|им|ом|у|и|их|ими)|перв(?:ый|ая|ое|ые|ого|ому|ым|ом|ую|ых|ой)|one|once|first"),
    (2, r"дв(?:а|е|ух\w*|ум|ум[яе]\w*|ое|оих|ажды)|вдво[её]м?|оба|обе(?:их|им|ими)?|пар[аеуы]|двойн\w+|удв[аоу]\w+"),
    (2, r"втор(?:ой|ая|ое|ые|ого|ому|ым|ом|ую|ых)|two|twice|double\w*|pairs?|couple|both"),
    (3, r"тр(?:и|[её]х\w*|[её]м|емя|ое|оих|ижды|етий|етья|етье|етьей|етью|ети|етьего)|втрое|утро\w+"),
    (3, r"three|thirds?|triple\w*|thrice"),
    (4, r"четыр\w+|четв(?:ерт|ёрт)\w+|вчетверо|учетвер\w+|four|fourth|quarters?|quadrupl\w+"),
    (5, r"пять\w*|пяти\w*|пят(?:ый|ая|ое|ые|ого|ом|ую|ой)|впятеро|five|fifth"),
    (6, r"шесть\w*|шести\w*|шест(?:ой|ая|ое|ого|ом|ую)|six|sixth"),
    (7, r"семь(?!я|и|е|ю|ё)\w*|семи(?:битн\w+)?|седьм\w+|seven|seventh"),
    (8, r"восемь\w*|восьм\w+|eight|eighth"),
    (9, r"девят(?:ь|ью|и|ый|ая|ое|ого|ом|ую)|nine|ninth"),
    (10, r"десят(?:ь|ью|и|ый|ая|ое|ого|ом|ую|ок|ки|ков)|порядо?к\w*|ten|tenth|tens|dozens"),
    (11, r"одиннадцат\w+|eleven"),
    (12, r"двенадцат\w+|дюжин\w+|twelve|dozen"),
    (16, r"шестнадцат\w+|sixteen"),
    (20, r"двадцат\w+|twenty"),
    (30, r"тридцат\w+|thirty"),
    (40, r"сорока?|forty"),
    (50, r"пятьдесят\w*|пятидесят\w*|пол(?:года|часа|дня|месяца|минуты|секунды)|половин\w*|fifty|half|halv\w+"),
    (60, r"шестьдесят\w*|sixty"),
    (70, r"семьдесят\w*|seventy"),
    (80, r"восемьдесят\w*|eighty"),
    (90, r"девяност\w+|ninety"),
    (100, r"сто|ста|сотн\w+|сот(?:ен|ый|ая)|hundreds?"),
    (1000, r"тысяч\w*|thousands?"),
    (1_000_000, r"миллион\w*|млн|millions?"),
    (1_000_000_000, r"миллиард\w*|млрд|billions?"),
)
_WORD = re.compile("|".join(rf"(?P<w{place}>\b(?:{stem})\b)" for place, (_, stem) in enumerate(_WORDS)), re.IGNORECASE)
_SCALED = re.compile(
    r"(\d+(?:[.,]\d+)?)\s?(?:(?P<k>к|k|тыс\w*\.?|thousand)|(?P<m>млн|миллион\w*|m|million)|(?P<b>млрд|миллиард\w*|b|billion))\b",
    re.IGNORECASE,
)
_NO_CLAIM = re.compile(  # pronouns, ordinals and other words that count nothing
    r"both|об[ае].*|couple|pairs?|пар.|перв.*|втор.*|трет.*|thirds?|порядо?к.*|tens|н[оу]л.*|zero.*", re.IGNORECASE
)
_SCALES = {1000, 1_000_000, 1_000_000_000}
_GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+(?!\d)")  # 6 000 000
_HALVED = re.compile(  # what is twice as light is half as heavy
    r"0[.,]5|\b(?:вдвое|в (?:два|2) раза|наполовину|twice|two times|2x|2×)(?!\w)", re.IGNORECASE
)
_NEXT = re.compile(r"[\s\u00a0-]{1,2}")


def spoken_numbers(text: str) -> dict[int, str]:
    """Every number that a text says in words, with the words; `двадцать пять` says 20, 5 and 25."""
    found: dict[int, str] = {}
    last, last_value = None, 0
    for match in _WORD.finditer(text):
        value = _WORDS[int(match.lastgroup[1:])][0]  # type: ignore[index] # every alternative is named
        found.setdefault(value, match[0])
        touching = last is not None and _NEXT.fullmatch(text[last.end() : match.start()])
        if last is not None and touching and not _NO_CLAIM.fullmatch(match[0]):
            joined = last_value * value if value > last_value else last_value + value
            found.setdefault(joined, text[last.start() : match.end()])
            value = joined
        last, last_value = match, value
    return found


def scaled_numbers(text: str) -> set[int]:
    """`20к`, `2,5 млн`: the whole number that is meant."""
    found: set[int] = set()
    for match in _SCALED.finditer(text):
        scale = 1000 if match["k"] else 1_000_000 if match["m"] else 1_000_000_000
        found.add(round(float(match[1].replace(",", ".")) * scale))
    return found


def halves(text: str) -> bool:
    """Whether a text mentions a half, which in digits is 2, 0.5 or 50 %."""
    return re.search(r"\b(?:пол(?:овин|у?тор)\w*|half|halv\w+)\b", text, re.IGNORECASE) is not None


def unsaid_words(source: str, text: str) -> list[str]:
    """`five times`, `вдвое`: numbers in words that the source does not have in any form, in either language."""
    known = {1, *spoken_numbers(source), *scaled_numbers(source)}
    known |= {int(re.sub(r"\D", "", number)) for number in (*re.findall(r"\d+", source), *_GROUPED.findall(source))}
    known |= {2, 50} if halves(source) or _HALVED.search(source) else set()
    scaled = any(number >= 1000 for number in known)
    return [
        word
        for value, word in spoken_numbers(text).items()
        if value not in known and not (scaled and value in _SCALES) and not _NO_CLAIM.fullmatch(word)
    ]
