"""Sentences that lean on their neighbours: what points back, and what contrasts."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from konspekt.answering.words.morphology import part_of_speech
from konspekt.answering.words.vocabulary import content_terms
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import morphology

BACK = 2  # sentences that an antecedent may be away
AHEAD = 2  # contrasting sentences in a row
_POINTS_BACK = re.compile(
    r"^\W*(?:он|она|оно|они|его|её|ее|их|ему|ей|им|это|этот|эта|эти|эту|этого|этому|этой|этом|этим|этих|этими|такой|такая|такое|такие|так|там|теперь|"
    r"тут|здесь|тогда|поэтому|потому|отсюда|оттого|тем|то есть|т\.е|значит|зато|но|однако|а|и|или|же|при этом|причём|"
    r"причем|кроме того|ещё|еще|тоже|также|второй|вторая|второе|третий|третье|первый|первая|первое|последний|обе|оба|"
    r"it|its|they|them|their|this|that|these|those|he|she|his|her|here|there|then|so|such|but|however|and|or|also|both|"
    r"therefore|thus|hence|instead|otherwise|the (?:first|second|third|former|latter|same|other)|"
    # «Чтобы это имело смысл, …», «Из-за этого …»; «В этом посте …» speaks of itself
    r"(?:чтобы|для|из-за|после|благодаря|вместо|ради|без|от|при|в|на|с|к|по|за)\s+"
    r"(?:это|эт(?:ого|ому|им|ом|от|у|и|их|ой)|такого|такой|таких|него|неё|нее|них|ней|ним)\b"
    r"(?!\s+(?:пост|стать|канал|лекци|курс|семинар|видео|выпуск|раз\b|год|месяц|недел))|"
    r"(?:to do|for|because of|after|with|by|despite)\s+(?:this|that|these|those))\b",
    re.IGNORECASE,
)
# «И да: JPEG тоже портит FID» adds something, «Значит, X — та же диффузия» concludes: what follows these words tells
# whether it leans on anything
_ADDS = re.compile(
    r"^\W*(?:и да\b|и (?:ещё|еще) (?:одно|кое-что|момент)|а (?:ещё|еще) важно|кстати|к слову|"
    r"(?:значит|выходит|получается|итак|therefore|thus|hence),|"
    r"(?:oh,? )?and yes\b|by the way|one more thing)",
    re.IGNORECASE,
)
_CONTRASTS = re.compile(
    r"^\W*(?:но|однако|зато|а вот|а|только|правда|впрочем|хотя|наоборот|напротив|исключение|кроме|"
    r"but|however|yet|although|though|only|except|on the other hand|instead|conversely|unlike|by contrast)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^\W*(?:он|она|оно|они|его|её|ее|их|это|этот|эта|эти|там|тут|здесь|то есть|т\.\s?е|иначе говоря|другими словами|"
    r"it|its|they|their|this|these|he|she|that is|in other words)\b",
    re.IGNORECASE,
)
_POINTS_AT = re.compile(
    r"\bтак(?:ой|ого|ому|им|ом|ая|ую|ие|их|ими)\b|^\W*(?:опять же|причём|причем|при этом|иначе|тогда|зато)\b|"
    r"\bsuch\b|^\W*(?:otherwise|that said|again)\b",
    re.IGNORECASE,
)
_UPDATES = re.compile(
    r"^\W*(?:upd|апд|апдейт|update|edit|edited|обновлено|обновление|поправка|правка|исправлено|исправление|correction)\b",
    re.IGNORECASE,
)
# «Сначала первое, и только потом второе», «Два следствия.» count what stands before them; «Первое — …», «второе:», «два
# следствия: …» tell it themselves
_COUNTS_BACK = re.compile(
    r"(?:\b(?:сначала|потом|затем|только|чем|лучше|или|и|либо|бер(?:у|и|ите)|выбира(?:ю|й|йте))\s+"
    r"(?:перв(?:ое|ым|ую|ый|ого)|втор(?:ое|ым|ую|ой|ого)|последн(?:ее|им))"
    r"(?:\s+(?:вариант|способ|путь|метод|подход)\w*)?\s*(?=[,.;!?)]|$|\s(?:и|или|а|но|чем|лучше|только|потом|затем)\b)|"
    r"^\W*(?:два|две|три|четыре|несколько)\s+(?:\w+\s+)?(?:следстви|последстви|вывод)\w*\s*[.!]|"
    r"\bthe (?:former|latter)\b|\b(?:first|then|than|or|use|take|prefer) the (?:first|second)(?: (?:one|option|way))?"
    r"(?=[,.;!?)]|$|\s(?:and|or|then|than)\b)|"
    r"^\W*(?:two|three|four|several)\s+(?:\w+\s+)?(?:consequences|conclusions|corollaries)\s*[.!])",
    re.IGNORECASE,
)
# «например, на беты»: the end of a sentence that a line break has cut off, in a text written without capitals
_TORN_EXAMPLE = re.compile(r"(?:например|к примеру|for example|for instance|e\.g\.)(?![^\W\d_])")
_NOUNLESS = re.compile(r"^\W*(?P<word>[А-ЯЁ][а-яё]+(?:ая|ое|ый|ий|ой|ые|ие))\s+[—–-]\s")  # «Плохая — …»: a bad what?
_ITEM = re.compile(r"^\s*(?:[-*•–—]|\d{1,2}[.)])\s+")
# «▪️ Ещё пост про …» is one more item, which needs no other one
_ONE_MORE = re.compile(r"^\s*[-*•–—▪▫◦‣·➤►▶→✔✅☑]\ufe0f?\s*(?:и\s+)?(?:ещё|еще|также|also|another)\b", re.IGNORECASE)
# «🛡 Безопасно.» heads what follows
_LABEL = re.compile(r"[\U0001F300-\U0001FAFF\u2600-\u27bf]\ufe0f?\s*(?:\S+\s*){1,3}[.:]$")
# «Второе произведение, вероятностей на V, …» says itself which one it is
_SAYS_WHICH = re.compile(
    r"^\W*(?:перв|втор|трет)(?:ый|ая|ое|ой|ий|ья|ье)\s+[а-яё]{4,},\s+(?!котор|а\s|но\s|что\s|как\s)[^,.!?]{4,40},\s",
    re.IGNORECASE,
)
_ANSWERS = re.compile(r"^\W*(?:ответ|решение|answer|solution)\W*[:.—–]", re.IGNORECASE)
_POSED = 3  # sentences that an exercise may go on before its answer


def goes_on(unit: Unit) -> bool:
    """Whether a sentence says more of what the one before it named: «Они подменяют …» behind «… трюку — hot-swap»."""
    return bool(_GOES_ON.match(unit.text)) and not unit.asks_or_names


def takes_up(unit: Unit, before: Sequence[Unit], said: Collection[str] = ()) -> bool:
    """Whether a sentence says more of the ones before it in their line: it points at what they name («без такого
    раздела»), weighs it, or speaks of a thing that they bring in. `said`: terms that both have anyway."""
    if not before or unit.asks_or_names or unit.is_tags or unit.code is not None or unit.line_before:
        return False
    if _POINTS_AT.search(unit.text):
        return True
    brought = {term for one in before for term in content_terms(one.text)} - set(said)
    return not brought.isdisjoint(content_terms(unit.text))


def counts_back(unit: Unit) -> bool:
    """Whether a sentence counts what the ones before it tell: «сначала первое, потом второе», «Два следствия.»"""
    return bool(_COUNTS_BACK.search(unit.text)) and not (unit.asks_or_names or unit.is_row or unit.code is not None)


def is_torn_example(unit: Unit) -> bool:
    """Whether a unit is the end of a sentence, an example of something that stands before it: «например, на беты»."""
    return bool(_TORN_EXAMPLE.match(unit.text))


def updates(unit: Unit) -> bool:
    """Whether a sentence says anew what its post said above: «UPD: …»."""
    return bool(_UPDATES.match(unit.text)) and not unit.is_heading


def contrasts(unit: Unit) -> bool:
    """Whether a sentence is the other half of the one before it."""
    return bool(_CONTRASTS.match(unit.text)) and not unit.is_tags


def needs_antecedent(sentence: str) -> bool:
    """Whether a sentence cannot be understood without the one before it: it points back, or has no subject."""
    if _LABEL.match(sentence) or _SAYS_WHICH.match(sentence):
        return False
    bare = _ADDS.sub("", _ITEM.sub("", _ONE_MORE.sub("", sentence)))
    nounless = _NOUNLESS.match(bare)
    if nounless and part_of_speech(nounless["word"].lower()) == "ADJF":
        return True
    return bool(_POINTS_BACK.match(bare)) or (bool(re.search(r"[а-яё]", bare, re.I)) and not _has_subject(bare))


def _has_subject(sentence: str) -> bool:
    """A noun in the nominative, or a name in Latin letters."""
    if re.search(r"[A-Za-z]{2,}", sentence):
        return True
    return any(_may_be_subject(word) for word in re.findall(r"[а-яё]+(?:-[а-яё]+)*", sentence.lower()))


@lru_cache(maxsize=50_000)
def _may_be_subject(word: str) -> bool:
    parses: Sequence[Any] = morphology().parse(word)
    return part_of_speech(word) in {"NOUN", "NPRO"} and any("nomn" in parse.tag for parse in parses)


def answered_below(units: Sequence[Unit], place: int) -> range:
    """What stands below a sentence down to the line that answers it: «Answer: 48 KiB» below an exercise."""
    behind = units[place + 1 : place + 1 + _POSED]
    for ahead, unit in enumerate(behind, place + 1):
        if unit.is_heading or unit.is_tags:
            break
        if _ANSWERS.match(unit.text):
            return range(place + 1, ahead + 1)
    return range(0)


def is_item(unit: Unit) -> bool:
    """Whether a unit is an item of a list."""
    return bool(_ITEM.match(unit.text))
