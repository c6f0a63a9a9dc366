"""«А во второй?», «а для SDXL?»: the question before is asked of another one in a row of homework, models, cases."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.question.ranking import defined_name
from konspekt.answering.words.morphology import has_predicate, is_first_name, part_of_speech
from konspekt.answering.words.vocabulary import content_terms, names
from konspekt.indexer.lexical import terms
from konspekt.indexer.numbered import numbered_things

ORDINAL = re.compile(
    r"\b(?:перв|втор|трет|четв[её]рт|пят|шест|седьм|восьм|последн)(?:ый|ой|ая|ое|ого|ую|ом|ему|их|ий|яя|ья|ье|ьей|"
    r"ьего|ьем|ей|ью|ым|ые)\b",
    re.IGNORECASE,
)
_ENGLISH_ORDINAL = re.compile(r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|last)\b", re.IGNORECASE)
# «дз 2», «2», "homework 2": no more than a number, and what it counts
_COUNT = re.compile(r"(?:the\s+)?(?:[^\W\d_]+\s*№?\s*)?(?P<number>\d{1,2})", re.IGNORECASE)
_OF = r"(?:у|для|в|во|на|при|с|со|под|от|of|for|in|on|with|from)"
_WORDS = rf"(?!{_OF}\s)[^\W_][\w.+-]*(?:[ -](?!{_OF}\s)[\w.+-]+){{0,4}}"
# What a question asks about, where it says so last: «какой сэмплер ставить *для flux*?»
_LAST = re.compile(rf"\b(?P<of>{_OF})\s+(?P<thing>{_WORDS})\s*[?!.]*$", re.IGNORECASE)
_ANOTHER = re.compile(rf"^(?:(?P<of>{_OF})\s+)?(?P<thing>{_WORDS})\s*[?!.]*$", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w.+-])[A-Za-z][\w.+#-]*(?:[ -][A-Z0-9][\w.+#-]*)*")  # "QuIP#"
_POINTS = re.compile(
    r"\b(?:н[её]м|ней|них|этого|этой|этом|того|той|том|там|други[хем]|друг(?:ой|ого|ом)|"
    r"it|this|that|these|those|ones?|first|second|third|last|others?)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:кто|что|чем|как\w*|где|куда|когда|почему|зачем|сколько|если|what|which|how|who|when|where|why|if)\b",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(?<![\w.])\d{1,2}(?:\.[\dx]{1,2})?$")
_LATIN = re.compile(r"[A-Za-z]")
# The name that a question ends with: «расскажи про sage attention», "what is SageAttention?"
_LATIN_END = re.compile(
    r"(?:(?<=[а-яё] )(?=[A-Za-z])|(?<=[a-z] )(?=[a-z]*[A-Z]))"
    r"(?P<name>[A-Za-z][\w+-]*(?: [A-Za-z][\w+-]*){0,2})[\s?!.]*$"
)
_VERSION_ASKED = re.compile(
    rf"^(?:{_OF} )?(?:the )?(?P<which>втор|трет|четв[её]рт|second|third|fourth)[а-яё]{{0,4}}\b"
    r"(?P<what>\s+(?:верси|поколени|version|generation)\w*)?(?P<rest>.*)$",
    re.IGNORECASE,
)
_PIECE = 4  # words of a follow-up that says no more than of what it asks: «а на sage attention»
_SAID = "перв втор трет четверт пят шест седьм восьм", "first second third fourth fifth sixth seventh eighth"
_COUNTED = tuple((start, str(number)) for row in _SAID for number, start in enumerate(row.split(), 1))


def same_of_another(before: str, body: str) -> str:
    """The question `before` of what a follow-up's `body` names instead. Empty where that asks something else of it."""
    return (
        _with_ordinal(before, body)
        or _with_english_ordinal(before, body)
        or _with_number(before, body)
        or _of_another_version(before, body)
        or _of_another_thing(before, body)
    )


def _with_ordinal(before: str, body: str) -> str:
    asked = ORDINAL.findall(body)
    rest = ORDINAL.sub(" ", body)
    if len(asked) != 1 or len(ORDINAL.findall(before)) != 1 or has_predicate(rest) or names(rest):
        return ""
    return "" if set(content_terms(rest)) - set(content_terms(before)) else ORDINAL.sub(asked[0], before)


def _with_english_ordinal(before: str, body: str) -> str:
    """«When is the second homework due?» of "the first one"."""
    asked = _ENGLISH_ORDINAL.findall(body)
    rest = re.sub(r"\b(?:the|ones?|for|in|of|on|about)\b", " ", _ENGLISH_ORDINAL.sub(" ", body), flags=re.IGNORECASE)
    if len(asked) != 1 or len(_ENGLISH_ORDINAL.findall(before)) != 1 or _ASKS.search(rest) or names(rest):
        return ""
    left = set(re.findall(r"[^\W_]+", rest.lower())) - set(re.findall(r"[^\W_]+", before.lower()))
    return "" if left else _ENGLISH_ORDINAL.sub(asked[0].lower(), before)


def _with_number(before: str, body: str) -> str:
    """«Когда сдавать дз 2» of «дз 1», where «а второе?» or «а дз 2?» is all that is said of another one."""
    there = numbered_things(terms(before))
    if len(there) != 1 or any(len(numbers) != 1 for numbers in there.values()):
        return ""
    number = next(iter(next(iter(there.values()))))
    bare = re.sub(rf"^(?:{_OF}|по|за)\s+", "", body.strip(" ?!.,"), flags=re.IGNORECASE)
    rest = re.sub(r"\b(?:the|ones?)\b", " ", _ENGLISH_ORDINAL.sub(" ", ORDINAL.sub(" ", bare)), flags=re.IGNORECASE)
    if (count := _COUNT.fullmatch(bare)) is not None:
        wanted = count["number"]
        rest = rest.replace(wanted, " ")
    else:
        ordinals = [*ORDINAL.findall(bare), *_ENGLISH_ORDINAL.findall(bare)]
        wanted = _number_said(ordinals[0]) if len(ordinals) == 1 else ""
    if not wanted or has_predicate(rest) or set(content_terms(rest)) - set(content_terms(before)):
        return ""
    if (ordinal := ORDINAL.search(before)) is not None:
        return f"{before[: ordinal.start()]}{wanted}-й{before[ordinal.end() :]}"
    counted = re.compile(rf"(?<=[^\W\d_]){number}(?!\w)|(?<=[^\W\d_][ №]){number}(?!\w|[.,:]\d|%)")  # «дз1», «дз 1»
    return counted.sub(wanted, before, count=1) if counted.search(before) else ""


def _number_said(ordinal: str) -> str:
    """«2» of «второе»; empty of «последнее»."""
    return next((number for start, number in _COUNTED if ordinal.lower().replace("ё", "е").startswith(start)), "")


def said_more(before: str, body: str) -> str:
    """«Какой сэмплер ставить для flux», of which the question after «а для flux?» is. Empty for all else."""
    another = _ANOTHER.match(body)
    if another is None or another["of"] is None or not _NAME.fullmatch(another["thing"]) or _NAME.search(before):
        return ""
    return f"{before.rstrip(' ?!.')} {another['of']} {another['thing']}?"


def named_instead(question: str, standalone: str) -> str:
    """The name of which a follow-up asks the question before: «awq» of «а на awq». Empty where it asks otherwise."""
    bare = question.strip(" ?!.")
    named = list(_NAME.finditer(bare))
    if len(named) != 1 or named[0].end() != len(bare) or len(bare.split()) > _PIECE:
        return ""
    goes_on = re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", standalone)
    return "" if goes_on or named[0].group() not in standalone else named[0].group()


def _of_another_version(before: str, body: str) -> str:
    """«А вторая версия?» after SageAttention is of SageAttention2, as texts write it. What is asked of it beside that
    takes the place of the question before."""
    version = _VERSION_ASKED.match(body)
    of = _number_said(version["which"]) if version else ""
    name = _latin_name(before)
    if version is None or not of or not name:
        return ""
    rest = version["rest"].strip(" ?!.,")
    if rest and not version["what"]:
        return ""
    of_it = "".join(name.split()).rstrip("0123456789") + of
    return f"{rest} ({of_it})?" if rest else of_it


def another_person(question: str, asked: Sequence[str]) -> str:
    """«Кто такой Андрей» of «а Андрей?», where somebody was asked of before; empty for all else."""
    body = question.strip(" ?!.,")
    if len(body.split()) != 1 or not is_first_name(body.lower()):
        return ""
    for before in reversed(asked):
        name = defined_name(before) or ""
        if name and any(is_first_name(word) for word in re.findall(r"[а-яё]+", name.lower())):
            return before.replace(name, body)
    return ""


def _latin_name(before: str) -> str:
    """What a question asks to be told of, in Latin letters: «sageattention это что», "what is SageAttention?"."""
    defined = defined_name(before) or ""
    if (last := _LATIN_END.search(before)) is not None:
        return defined if defined == last["name"] else ""
    first = re.match(r"\W*([A-Za-z][\w+-]*(?: [A-Za-z][\w+-]*){0,2})(?= [а-яё—–-])", before)
    return defined if first is not None and defined == first[1] else ""


def _of_another_thing(before: str, body: str) -> str:
    """«а для sdxl?» after a question that ends in «для flux»: a name stands for a name, a word for a word, and another
    preposition only between names («у SDXL», «в SD 1.5»)."""
    last, another = _LAST.search(before), _ANOTHER.match(body)
    if another is None or has_predicate(body) or any(one.search(body) for one in (ORDINAL, _POINTS, _ASKS)):
        return ""
    if another["of"] is None and _NAME.fullmatch(another["thing"]) and len(there := _NAME.findall(before)) == 1:
        return before.replace(there[0], another["thing"])
    if last is None:
        return ""
    if _VERSION.fullmatch(another["thing"]) and _VERSION.search(last["thing"]):  # «а у 2.1?»
        return f"{before[: last.start()]}{last['of']} {_VERSION.sub(another['thing'], last['thing'])}?"
    latin = bool(_LATIN.search(another["thing"]))
    if latin != bool(_LATIN.search(last["thing"])) or not content_terms(another["thing"]):
        return ""
    same = (another["of"] or "").lower() == last["of"].lower()
    named = latin and bool(re.search(r"[а-яё]", before, re.IGNORECASE) or re.search(r"[A-Z\d]", another["thing"]))
    if not same and not named:
        return ""
    of = another["of"] or last["of"]
    return f"{before[: last.start()]}{of} {another['thing']}?"


def counted_out(question: str, topic: str) -> str:
    """«Что надо сделать во второй?» with the thing that is counted; empty where the question counts nothing, or says
    itself what it counts."""
    ordinal = ORDINAL.search(question)
    behind = re.match(r"\s+([а-яё]+)", question[ordinal.end() :].lower()) if ordinal else None
    if ordinal is None or (behind is not None and part_of_speech(behind[1]) == "NOUN"):
        return ""
    return f"{question[: ordinal.end()]} {topic}{question[ordinal.end() :].rstrip(' ?!.')}?"


def meant_instead(before: str, meant: str) -> str:
    """The question `before` as a reader puts it right: «(я про) модель без GQA» takes the place of «у qwen 1.5», «на
    один токен» says more of it."""
    last, another = _LAST.search(before), _ANOTHER.match(meant)
    noun = _LATIN.search(meant) or any(part_of_speech(word) == "NOUN" for word in re.findall(r"[а-яё]+", meant.lower()))
    if last is not None and noun and (another is None or another["of"] is None or another["of"] == last["of"]):
        thing = meant[len(another["of"]) :].strip() if another is not None and another["of"] else meant
        return f"{before[: last.start()]}{last['of']} {thing.rstrip(' ?!.')}?"
    return f"{before.rstrip(' ?!.')} {meant.strip()}"


def asks_another(question: str, standalone: str) -> bool:
    """Whether a follow-up became the question before, of another one: what was shown is of the first."""
    bare = question.strip(" ?!.")
    goes_on = standalone.startswith(f"{bare} (") or standalone.rstrip(" ?!.").endswith(bare)
    counts = ORDINAL.search(question) or _ENGLISH_ORDINAL.search(question) or numbered_things(terms(question))
    return bool(counts) and not goes_on
