"""«А во второй?», «а для SDXL?»: the question before is asked of another one in a row of homework, models, cases."""

from __future__ import annotations

import re

from konspekt.answering.question.ranking import defined_name
from konspekt.answering.words.morphology import has_predicate, part_of_speech
from konspekt.answering.words.vocabulary import content_terms, names

ORDINAL = re.compile(
    r"\b(?:перв|втор|трет|четв[её]рт|пят|последн)(?:ый|ой|ая|ое|ого|ую|ом|ему|их|ий|яя|ья|ьей|ьего|ей|ью|ым|ые)\b",
    re.IGNORECASE,
)
_ENGLISH_ORDINAL = re.compile(r"\b(?:first|second|third|fourth|fifth|last)\b", re.IGNORECASE)
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
_COUNTED = (("втор", "2"), ("second", "2"), ("трет", "3"), ("third", "3"), ("четв", "4"), ("fourth", "4"))


def same_of_another(before: str, body: str) -> str:
    """The question `before` of what a follow-up's `body` names instead. Empty where that asks something else of it."""
    return (
        _with_ordinal(before, body)
        or _with_english_ordinal(before, body)
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
    of = next((number for start, number in _COUNTED if version and version["which"].lower().startswith(start)), "")
    name = _LATIN_END.search(before)
    if version is None or not of or name is None or defined_name(before) != name["name"]:
        return ""
    rest = version["rest"].strip(" ?!.,")
    if rest and not version["what"]:
        return ""
    of_it = "".join(name["name"].split()).rstrip("0123456789") + of
    return f"{rest} ({of_it})?" if rest else of_it


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
    return bool(ORDINAL.search(question) or _ENGLISH_ORDINAL.search(question)) and not goes_on
