"""What a reader says of themself or asks to keep, recognised by rule: only what was stated, in the reader's own words.

A note has a kind, a subject (what it is about) and a value. Two notes about one subject cannot both hold: the newer one
closes the older. Pure.
"""

# ruff: noqa: E501 - patterns read better unbroken

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.lexical import terms
from konspekt.memory.understanding.dates import lowered

Kind = Literal["name", "level", "style", "hardware", "work", "place", "known", "fact"]

LONGEST = 300  # characters of a note: who says more is telling a story
MOST = 40  # notes of one reader that hold at once


@dataclass(frozen=True, slots=True)
class Statement:
    """`ends`: the subject holds no more and nothing takes its place («я больше не новичок»)."""

    kind: Kind
    subject: str
    text: str
    value: str
    ends: bool = False
    asked: bool = False  # the reader asked for it to be kept («запомни…»)


_ASKED_TO_KEEP = re.compile(
    r"^\W*(?:(?:а|и|ну|слушай|пожалуйста|кстати|please|ok|ок)[,\s]+)*"
    r"(?:запомни(?:те)?|запиши(?:те)?|учти(?:те)?|учитывай|имей(?:те)? в виду|знай|на будущее|не забудь(?:те)?|пометь|"
    r"remember|keep in mind|note|make a note|for the future|don'?t forget|bear in mind)"
    r"(?:[,:\s—–-]+(?:пожалуйста|please)\b)?(?:[,:\s—–-]+(?:что|that|of)\b)?[,:\s—–-]*(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_CARD = re.compile(
    r"\b(?:rtx|gtx|geforce|radeon|rx|tesla|nvidia|quadro|арк|arc)?\s*-?\s*(?:[1-5]0[5-9]0|16[5-6]0|[6-7][5-9]00|a100|h100|h200|l4|l40s?|t4|v100|p40|"
    r"m[1-4](?: (?:pro|max|ultra))?)(?:\s*(?:ti|super|xt))?\b",
    re.IGNORECASE,
)
_LEVELS = {
    "beginner": r"новичок|новенький|новенькая|начинающ\w+|чайник|нуб|beginner|newbie|novice|new to (?:this|ml|it)",
    "expert": r"эксперт|профи|профессионал|senior|сеньор|опытн\w+|специалист|expert|experienced|advanced",
}
_STYLES = {
    "short": r"(?:отвечай|пиши|говори|давай ответы|answer|reply|write|keep (?:it|answers?))\s+(?:мне\s+|to me\s+)?(?:покороче|короче|коротко|кратко|в двух словах|лаконично|short|shorter|brief|briefly|concise\w*)|"
    r"(?:покороче|короче|кратко), пожалуйста|(?:люблю|предпочитаю|хочу|нужны)\s+(?:короткие|краткие)\s+ответы|i (?:like|prefer|want) (?:short|brief) answers|(?:short|brief|shorter) answers,? please",
    "long": r"(?:отвечай|пиши|рассказывай|объясняй|answer|write)\s+(?:мне\s+)?(?:подробно|подробнее|развернуто|in (?:more )?detail)|(?:люблю|предпочитаю|хочу)\s+(?:подробные|развернутые|длинные)\s+ответы",
    "simple": r"(?:объясняй|отвечай|пиши|рассказывай|explain|answer)\s+(?:мне\s+)?(?:проще|попроще|простыми словами|на пальцах|как (?:новичку|ребенку)|simply|in simple (?:words|terms))",
}
_NOT_ANY_MORE = r"(?:больше не|уже не|no longer|not .{0,12}any ?more)"
_WORK_NOUN = (
    r"диплом\w*|курсов\w+|проект\w*|диссертаци\w+|магистерск\w+|статью|стать[ия]|исследовани\w+|стартап\w*|пет-проект\w*|игр[уыа]|приложени\w+|"
    r"бот\w*|thesis|diploma|project|paper|dissertation|startup|app|game"
)
_WORK = re.compile(
    rf"\b(?:я\s+)?(?:(?:сейчас|теперь|уже|тоже)\s+)?(?:делаю|пишу|готовлю|защищаю|веду|начал[аи]?|занимаюсь|работаю над|i'?m (?:doing|writing|working on)|i (?:write|do|work on)|i am (?:doing|writing|working on))\s+(?:теперь\s+|сейчас\s+)?"
    rf"(?:(?:свой|свою|своим|my|a|an)\s+)?(?P<noun>{_WORK_NOUN})(?:\s+работ\w+)?\s*(?:по|про|о|об|на тему|над|с|на|about|on|with|:|—|-)\s+(?P<value>(?:[^.!?\n]|\.(?=\d))+)"
    rf"|\b(?:у меня|мой|моя|моё|мое|my)\s+(?:теперь\s+|сейчас\s+|новый\s+|новая\s+|new\s+)?(?P<noun2>{_WORK_NOUN})(?:\s+работ\w+)?\s*(?:теперь|сейчас|is|is about|about|on)?\s*(?:—|–|-|:|по|про|о|об|на тему)?\s+(?P<value2>(?:[^.!?\n]|\.(?=\d))+)"
    rf"|\b(?:сменил\w*|поменял\w*|изменил\w*|changed)\s+(?:тему\s+|the topic of\s+|my\s+)?(?P<noun3>{_WORK_NOUN})(?:\s+работ\w+)?\s+(?:на|to|теперь про)\s+(?P<value3>(?:[^.!?\n]|\.(?=\d))+)",
    re.IGNORECASE,
)  # fmt: skip
_NAME = re.compile(
    r"\b(?:меня зовут|зови меня|называй меня|мо[её] имя(?:\s*[—:-])?|my name is|call me)\s+(?P<value>[A-ZА-ЯЁa-zа-яё][\w-]*(?:\s+[A-ZА-ЯЁ][\w-]*)?)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\bя\s+(?:теперь\s+|сейчас\s+)?(?:живу|нахожусь|переехал[аи]?)\s+(?:теперь\s+)?(?:в|во|на|из .+? в)\s+(?P<value>[^.,!?\n]+)"
    r"|\b(?:переехал[аи]?)\s+(?:в|во|на)\s+(?P<value2>[^.,!?\n]+)|\bi (?:live|moved|am based)\s+(?:in|to)\s+(?P<value3>[^.,!?\n]+)",
    re.IGNORECASE,
)
_JOB = re.compile(
    r"\b(?:я\s+)?(?:теперь\s+)?работаю\s+(?!над\b)(?P<value>(?:[^.!?\n]|\.(?=\d))+)|\bi work (?:as|at|for|in) (?P<value2>(?:[^.!?\n]|\.(?=\d))+)"
    r"|^\W*я\s+(?:теперь\s+)?(?P<value3>студент\w*|аспирант\w*|школьни\w+|преподавател\w+|программист\w*|разработчи\w+|дизайнер\w*|художни\w+|аналитик\w*|инженер\w*|исследовател\w+|учител\w+)\b[^?\n]*$"
    r"|^\W*(?:i am|i'm) (?:an? )?(?P<value4>student|programmer|developer|designer|artist|engineer|researcher|teacher|analyst)\b[^?\n]*$",
    re.IGNORECASE,
)  # fmt: skip
_KNOWN = re.compile(
    r"^\W*(?:мы|я)\s+(?:уже\s+)(?:проходил[аи]?|прош[её]?л[аи]?|изучал[аи]?|изучил[аи]?|разбирал[аи]?|разобрал[аи]?|знаю|знаем|читал[аи]?|умею)\s+(?P<what2>[^?.!\n]{2,80})[.!]*$"
    r"|^\W*(?:мы|я)\s+(?:это|этот|эту|эти|(?P<what>[\w\s-]{2,60}?))\s+(?:уже\s+)?(?:проходил[аи]?|прошл[аи]|изучал[аи]?|разбирал[аи]?|знаю|знаем|читал[аи]?|понял[аи]?|умею)\b[^?]*$"
    r"|^\W*(?:про\s+)?(?P<what3>[\w\s-]{2,60}?)\s+(?:я|мы)\s+(?:уже\s+)?(?:проходил[аи]?|изучал[аи]?|разбирал[аи]?|знаю|знаем)\b[^?]*$"
    r"|^\W*(?:i|we)\s+(?:already\s+|have already\s+)(?:know|covered|learned|studied|read)\s+(?P<what4>[^?.!\n]{2,80})[.!]*$",
    re.IGNORECASE,
)  # fmt: skip
_MINE = re.compile(
    r"^\W*(?:теперь\s+|now\s+)?(?:мо[йяиё]|мое|у меня|our|my|наш[аеи]?)\s+(?:теперь\s+|сейчас\s+)?(?P<subject>[^—–:\n]{2,60}?)\s*"
    r"(?:\s+теперь\s+|\s+сейчас\s+|\s*[—–:]\s*(?:это\s+|теперь\s+|уже\s+)?|\s+-\s+(?:это\s+|теперь\s+)?|\s+это\s+|\s+is\s+(?:now\s+)?|\s+are\s+(?:now\s+)?)\s*(?P<value>[^?\n]+)$",
    re.IGNORECASE,
)
_HARDWARE = re.compile(
    r"\b(?:у меня|купил[аи]?|взял[аи]?|поставил[аи]?|обновил\w*(?: до)?|поменял[аи]?|сменил[аи]?|перешел на|перешла на|работаю на|считаю на|обучаю на|моя|мою|мой|"
    r"i have|i'?ve got|i bought|i got|i use|my|upgraded to|switched to)\b",
    re.IGNORECASE,
)
_MEMORY_SIZE = re.compile(
    r"\b(?P<value>\d{1,3}\s*(?:гб|gb|гигабайт\w*|гиг\w*))\s*(?:видеопамяти|vram|памяти|оперативки|озу|ram)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"[?]|^\W*(?:какой|какая|какое|какие|что|как|сколько|почему|зачем|где|когда|what|which|how|why|where|when)\b",
    re.IGNORECASE,
)


def statements(text: str) -> tuple[list[Statement], str]:
    """What of a message is to be kept, and what is left of it as a question (empty where nothing is)."""
    kept: list[Statement] = []
    left: list[str] = []
    for sentence in _sentences(text):
        found, rest = _statement(sentence)
        if found is not None:
            kept.append(found)
        if rest:
            left.append(rest)
    return kept, " ".join(left).strip()


def asks_to_keep(text: str) -> bool:
    """«запомни это»: what, it does not say."""
    match = _ASKED_TO_KEEP.match(text) or re.fullmatch(r"\W*(?:запомни(?:те)?|запиши|remember)\W*", text, re.IGNORECASE)
    return match is not None and "?" not in text


def statement_of(text: str) -> Statement:
    """A text that is to be kept whatever it says, as an edited note is."""
    text = " ".join(text.split())[:LONGEST]
    return _recognised(text) or _fact(text)


def _statement(sentence: str) -> tuple[Statement | None, str]:
    if match := _ASKED_TO_KEEP.match(sentence):
        what = " ".join(match["what"].split()).strip(" .!")
        if what and not what.endswith("?") and len(what) <= LONGEST and terms(what):
            return replace(statement_of(what), asked=True), ""
        return None, sentence
    if "?" in sentence or len(sentence) > LONGEST:  # «я новичок, что такое LoRA?»: a statement and a question
        head, comma, tail = sentence.partition(",")
        found = _recognised(head.strip()) if comma and _QUESTION.search(tail) and len(head) <= LONGEST else None
        if (
            found is not None
            and found.kind in {"level", "hardware", "work", "name", "style"}
            and not _QUESTION.match(head)
        ):
            return found, tail.strip(" ,—-")
        return None, sentence
    if _QUESTION.match(sentence):
        return None, sentence
    found = _recognised(sentence.strip())
    return (found, "") if found is not None else (None, sentence)


def _recognised(text: str) -> Statement | None:
    """The statement that a sentence makes, by the first rule that fits."""
    for rule in (_name, _level, _style, _hardware, _work, _place, _job, _known, _of_mine):
        if (found := rule(text)) is not None:
            return replace(found, text=text.strip(" .!"))
    return None


def _name(text: str) -> Statement | None:
    match = _NAME.search(text)
    return Statement("name", "имя", text, match["value"].strip()) if match else None


def _level(text: str) -> Statement | None:
    low = lowered(text)
    for value, words in _LEVELS.items():
        match = re.search(
            rf"\b(?:я|i'?m|i am)\s+(?P<no>{_NOT_ANY_MORE}\s+)?(?:(?:пока|еще|совсем|полный|полная|тут|здесь|a|an|total|already|уже|только|в этом|в ml|в нейросетях)\s+){{0,3}}(?:{words})\b",
            low,
        )
        if match:
            return Statement("level", "уровень", text, value, ends=bool(match["no"]))
    return None


def _style(text: str) -> Statement | None:
    low = lowered(text)
    return next(
        (Statement("style", "ответы", text, value) for value, words in _STYLES.items() if re.search(words, low)), None
    )


def _hardware(text: str) -> Statement | None:
    if not _HARDWARE.search(text):
        return None
    if cards := _CARD.findall(text):
        card = " ".join(cards[-1].split())  # «сменил 3060 на 4090»: the last one is the new one
        return Statement("hardware", "видеокарта", text, card)
    match = _MEMORY_SIZE.search(text)
    return Statement("hardware", "память", text, match["value"]) if match else None


def _work(text: str) -> Statement | None:
    match = _WORK.search(text)
    if match is None:
        return None
    noun, value = next(
        (match[f"noun{n}"], match[f"value{n}"]) for n in ("", "2", "3") if match[f"noun{n}"]
    )  # fmt: skip
    return Statement("work", _subject(noun), text, value.strip(" .!")) if terms(value) else None


def _place(text: str) -> Statement | None:
    match = _PLACE.search(text)
    return Statement("place", "город", text, _first(match, "value").strip()) if match else None


def _job(text: str) -> Statement | None:
    match = _JOB.search(text)
    return Statement("fact", "работа", text, _first(match, "value").strip()) if match else None


def _known(text: str) -> Statement | None:
    match = _KNOWN.match(text)
    if match is None:
        return None
    what = _first(match, "what").strip()
    return Statement("known", _subject(what) if what else "это", text, what)


def _of_mine(text: str) -> Statement | None:
    """«мой любимый оптимизатор — Lion»."""
    match = _MINE.match(text)
    if match is None or not terms(match["subject"]) or not match["value"].strip():
        return None
    if re.search(r"\b(?:ошибк|проблем|вопрос|не |error|question|problem)", lowered(text)):
        return None
    return Statement("fact", _subject(match["subject"]), text, match["value"].strip(" .!"))


def _fact(text: str) -> Statement:
    """Anything else: all of it is the subject but what follows a dash or «это»."""
    head, dash, tail = re.sub(r"\s+(?:это|теперь|is|are)\s+", " — ", text, count=1).partition(" — ")
    return Statement("fact", _subject(head if dash else text), text, tail if dash else text)


def _first(match: re.Match[str] | None, name: str) -> str:
    assert match is not None
    return next((value for key, value in match.groupdict().items() if key.startswith(name) and value), "")


def _subject(words: str) -> str:
    """Terms in a fixed order, so that equal things are equal."""
    return " ".join(sorted(set(content_terms(words) or terms(words))))[:255]


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+(?=\S)|\n+", text) if part.strip()]


# ---------------------------------------------------------------- which notes are about the same


def replaces(new: Statement, kind: str, subject: str) -> bool:
    """Whether a new statement takes the place of an earlier note: about the same thing, or nearly the same words."""
    if new.kind == kind and kind in {"name", "level", "style", "place"}:
        return True
    if new.kind != kind:
        return False
    if kind == "known":
        return new.subject == subject
    return _alike(new.subject, subject)


def _alike(one: str, other: str) -> bool:
    first, second = set(one.split()), set(other.split())
    if not first or not second:
        return first == second
    return len(first & second) / len(first | second) >= 0.75


def shaping(values: Sequence[tuple[str, str]]) -> tuple[bool, bool]:
    """(short, simple): how answers are to be, from the (kind, value) of notes that hold."""
    held = set(values)
    return ("style", "short") in held, ("style", "simple") in held or ("level", "beginner") in held
