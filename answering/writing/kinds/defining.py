"""How surely a sentence says what a thing is: «X — это …», a glossary's «X — …», "X is a …", what stands right below a
title or a heading that is the thing's name, and, where nothing says it, what the thing does and what its authors made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.morphology import part_of_speech
from konspekt.answering.writing.kinds.leaning import is_item
from konspekt.answering.writing.kinds.naming import alike, name_pattern, named
from konspekt.answering.writing.kinds.units import Unit
from konspekt.indexer.lexical import terms

# «X — это …»; below a heading that asks it; «X — …» and the opening below a title that is X; «X — …» elsewhere; …
SAYS, TITLED, ACTS_TITLED, OPENS, DASHED, DEEDS, ACTS, MADE, MENTIONS = 1.0, 0.96, 0.93, 0.9, 0.86, 0.84, 0.7, 0.6, 0.1
LISTED = 0.78  # «X — …» as an item of a list: of a glossary, or of a digest that only recommends it
STARTS = 0.62  # the opening below a title that only begins with the name
BEGINS = 0.61  # … with the first word of a longer name: «Латентная диффузия» for "latent space"
KIND = 0.66  # the opening below a title that names a kind of it: «Classifier-free guidance» for guidance
_LATER = 0.02  # less for each sentence further on
APPOSED = 0.68  # «…, а быстрее DALI — библиотека для загрузки картинок», «учат автоэнкодер, который сжимает картинку»
TOLD = 0.75  # less surely, and a sentence only speaks of the thing: what leads up to it comes along
DEFINES = 0.65  # from here on a sentence stands for a definition by itself
_SOUNDS = 0.5  # more than so many of the words of a name, where it is written in the other alphabet
_LONGEST_NAME = 60  # characters
_BACK = 4  # sentences before «Это X» that say what it is
_THAT_IS = re.compile(r"^\W*(?:это|that is|this is)\b", re.IGNORECASE)
_OPENING = 3  # sentences under a title that introduce what it names

_DASH = r"\s*(?:[—–]|\s-)\s+"
_EXPANDED = r"[\s*_`»\"']*(?:\([^()\n]{1,80}\)[\s*_`]*)?(?:,?\s+(?:или|or|он[аио]? же|aka)\s+[^,.!?\n]{2,40},?\s*)?"
_IS = (
    r"(?:\s*[—–-]?\s*это\s|\s+(?:is|are)\s+(?:an?|the|one|when|how|what|basically|simply)\b"
    r"|\s+(?:stands for|refers to|means|означает|расшифровывается|называ[ею]т|представля[ею]т собой)\b)"
)
_BEFORE = r"(?:^|[.!?]\s+)[^\w«\"]{0,6}(?:\d{1,2}[.)]\s*)?(?:an?\s+|the\s+|итак,?\s+|сам[аои]?\s+)?[«\"'*_`]*"
_IN_SHORT = r"(?:(?:если|вообще|по сути|коротко|кратко|проще|грубо|in short|simply|basically)[^.!?,\n]{0,24},\s+)?"
_KIND = r"(?:движок|алгоритм|метод|подход|при[её]м|способ|техника|модель|библиотека|формат|архитектура)"
_CALLED = rf"(?:называ\w+|зов[ёу]т\w*|назвал\w*|это\s+и\s+есть(?:\s+{_KIND})?|это\s+{_KIND}|called|known as|named)"
_IDEA = r"(?:иде[яи]|суть|смысл|принцип(?:\s+работы)?|фишка|трюк|idea|point|essence|gist|principle|trick)"
_ITS_IDEA = re.compile(rf"\W*(?:\w+\s+)?{_IDEA}\b", re.IGNORECASE)
_HOW = re.compile(
    r"(?:^|\W)(?:чем\b.*отлича|как\b.*(?:работа|устроен|действу|выгляд)|в ч[её]м\b.*(?:суть|смысл|иде)|"
    r"что (?:это )?так|откуда\b.*\b(?:бер[её]т|взял|появ)\w*|зачем\b.*\bнуж\w+|what (?:is|are)|"
    r"where\b.*\bcomes? from|how\b.*works?|how\b.*differ|the idea)",
    re.IGNORECASE,
)
_MEANS = re.compile(r"^\W*(?:что\s+(?:значат|значит|означа[ею]т)|what\s+do(?:es)?\b.*\bmean)", re.IGNORECASE)
_MOST_OF_IT = 0.6  # of a name's words, in a title that asks what they mean
_NOT = r"(?!не\s|not\s)"  # «X — не Y» says what it is not
_VOTES = r"(?!\d+\s*\(\d+\s*%\))"  # «Q8_0 — 38 (14 %)» is an option of a poll
_DEED = re.compile(
    r"\b(?:предложил\w*|предлага\w+|придумал\w*|решил\w*|решают|сделал\w*|добавил\w*|добавля\w+|убрал\w*|заменил\w*|меняют|"
    r"обучил\w*|учат|показал\w*|представил\w*|выпустил\w*|основыва\w+ся|основан\w*|состоит из|заключа\w+ся|склеил\w*|"
    r"propos\w+|introduc\w+|replac\w+|combin\w+|based on|consists? of|built|builds|trained|presents?)\b",
    re.IGNORECASE,
)
# Sentences that lead to a subject and say nothing of it
_LEADS_IN = re.compile(
    r"^\W*(?:если (?:хотите|вы|после)|недавно|вчера|сегодня|сейчас расска\w+|давно не|всем привет|помните|спрашивают|"
    r"(?:начина|продолжа)(?:ю|ем) серию|меня спросили|опрос решил|в связи с|было бы|на днях|наконец|как вы знаете|"
    r"today|yesterday|recently|remember|a note|hi\b|hello)|"
    r"\b(?:расскаж[уе]\w*|задумываться|сделать пост|начинаем сезон)\b",
    re.IGNORECASE,
)
_LATIN = re.compile(r"[A-Za-z]")
_VERB = r"(?:[а-яё]+(?:[еиёаяую]т|[еиёаяую]тся)|[a-z]+s)"
_NEXT = re.compile(r"[^.!?\n]{2,30}:")  # a line that names what the following ones are of
_COMPOUND = re.compile(r"-\w")  # «Distill-Whisper» is no text about «distillation»
# «Guidance, которого нет» is about one of them only
_ONE_OF_ITS_KIND = re.compile(r"^\W*[\w-]+(?:\s[\w-]+)?,\s+(?:котор|which\b|that\b)", re.IGNORECASE)
_HEAD_OF_TITLE = re.compile(r"[:—–]|\s-\s|[?!.]")


def definitions(name: str, title: str, units: Sequence[Unit], *, opens: bool = True) -> list[float]:
    """Of each unit of a text, 0 to 1: how surely it says what `name` is. `opens`: the text begins below its title."""
    says, dashed, idea, acts, apposed = _patterns(name)
    there = name_pattern(name)
    found = [0.0] * len(units)
    under = _titled(name, title)
    introduces = _introduced(name, title, under) if opens else 0.0
    told, deeds, mentioned, chatty = 0, 0, False, False
    section: int | None = None  # sentences below a heading that asks what the thing is, or is its name
    for i, unit in enumerate(units):
        if unit.is_tags or unit.code is not None or _is_title(unit.text, title):
            continue
        text = alike(unit.text)
        named_here = bool(there.search(text))
        itself = _is_bare(name, unit.text)
        if unit.asks_or_names or itself:
            section = 0 if itself or (named_here and _HOW.search(unit.text)) else None
            continue
        if _NEXT.fullmatch(unit.text) and not named_here:
            section = None
        leads = leads_in(unit)
        chatty |= leads and not told
        acting, deed = bool(acts.search(text)), bool(_DEED.search(unit.text)) and not leads
        if says.search(text) or (idea.search(text) and (named_here or under)):
            found[i] = SAYS
            if _THAT_IS.search(unit.text):
                _spread_back(found, units, i)
        elif section is not None and section < _OPENING:
            found[i] = TITLED - _LATER * section
        elif dashed.search(text) and not unit.is_row:
            found[i] = TITLED if under else LISTED if is_item(unit) else DASHED
        elif apposed.search(text) and not (unit.is_row or under or introduces):
            found[i] = APPOSED
        elif under and acting and told < 2 * _OPENING:
            found[i] = ACTS_TITLED - _LATER * told
        elif under and chatty and deed and deeds < _OPENING:
            found[i] = DEEDS - _LATER * deeds
        elif introduces and not leads and told < _OPENING:
            found[i] = (MADE if chatty else introduces) - _LATER * told
        elif acting and not mentioned:
            found[i] = ACTS
        elif under and deed:
            found[i] = MADE
        elif named_here:
            found[i] = MENTIONS
        mentioned |= named_here
        told += 1
        deeds += deed
        section = None if section is None else section + 1
    return found


def _spread_back(found: list[float], units: Sequence[Unit], at: int) -> None:
    """«Всё. Это DDPM.»: what stands before it in its paragraph says what it is."""
    for i in range(at - 1, max(-1, at - 1 - _BACK), -1):
        if units[i + 1].start - units[i].end > 1 or units[i].asks_or_names:
            return
        found[i] = max(found[i], SAYS - 0.05)


def defines(name: str, title: str, units: Sequence[Unit], *, opens: bool = True) -> float:
    """How surely a text says anywhere what `name` is."""
    return max(definitions(name, title, units, opens=opens), default=0.0)


def is_called_so(name: str, title: str, sentence: str) -> bool:
    """Whether a sentence only says what something is called («… — это движок X») that a title of another name tells:
    it does not begin with the name, and leans on its title. «Идея X очень простая:» tells it."""
    there = name_pattern(name)
    opens = re.match(rf"\W*{named(name)}(?!\w)", alike(sentence), re.IGNORECASE)
    tells = bool(_ITS_IDEA.match(sentence))
    return bool(there.search(alike(sentence))) and opens is None and not (tells or there.search(alike(title)))


def leads_in(unit: Unit) -> bool:
    """Whether a sentence leads to a subject and says nothing of it: «Недавно …», «Сегодня расскажу …»."""
    return bool(_LEADS_IN.search(unit.text))


def is_definition(worth: float) -> bool:
    return worth >= DEFINES


def _titled(name: str, title: str) -> bool:
    """Whether a title is the name («X», «X: …»), or asks what it is."""
    if _MEANS.search(title) and Terms(terms(title)).share(dict.fromkeys(terms(name), 1.0)) >= _MOST_OF_IT:
        return True
    if _ONE_OF_ITS_KIND.search(title):
        return False
    return _head_is(name, title) or (bool(name_pattern(name).search(alike(title))) and bool(_HOW.search(title)))


def _introduced(name: str, title: str, under: bool) -> float:
    """How surely the first sentences below a title introduce the name."""
    if under:
        return OPENS
    if _names_a_kind(name, title):
        return KIND
    if _starts(name, title):
        return STARTS
    first, *more = name.split()
    common = not re.match(r"\W*[A-Za-z]", title)  # Stable Diffusion tells nothing of Stable Cascade
    return BEGINS if more and common and _starts(first, title) else 0.0


def _names_a_kind(name: str, title: str) -> bool:
    """Whether a title is the name with what tells its kind before it: «Латентная диффузия: …», "Rectified flow"."""
    head = _HEAD_OF_TITLE.split(title.strip("#*_ "))[0].strip()
    found = re.fullmatch(rf"(?P<kind>\S+(?:\s+\S+)?)\s+{named(name)}", alike(head), re.IGNORECASE)
    return found is not None and all(_tells_kind(word) for word in found["kind"].split())


def _tells_kind(word: str) -> bool:
    return word.isascii() if _LATIN.search(word) else part_of_speech(word.lower()) == "ADJF"


def _starts(name: str, title: str) -> bool:
    """Whether a title begins with the name and asks nothing."""
    opens = re.match(rf"\W*{named(name)}(?!\w)", alike(title), re.IGNORECASE)
    if _ONE_OF_ITS_KIND.search(title):
        return False
    return opens is not None and not _COMPOUND.match(title, opens.end()) and not title.rstrip().endswith("?")


def _head_is(name: str, title: str) -> bool:
    return _is_bare(name, re.sub(r"\([^)]*\)", "", _HEAD_OF_TITLE.split(title.strip("#*_ "))[0]))


def _is_bare(name: str, line: str) -> bool:
    """Whether a line is the name and nothing else."""
    if len(line) > _LONGEST_NAME or _THAT_IS.search(line):
        return False
    wanted, there = terms(name), terms(line)
    if wanted and there and (there == wanted or (not _LATIN.search(name) and _sounds(wanted, there))):
        return True
    return bool(re.fullmatch(rf"\W*(?:(?:an?|the)\s+)?{named(name)}\W*", alike(line), re.IGNORECASE))


def _sounds(wanted: Sequence[str], there: Sequence[str]) -> bool:
    """«классификатор фри гайденс» is classifier-free guidance: a name in Russian letters of a thing in Latin ones."""
    if len(wanted) == 1 or all(map(str.isascii, wanted)) or not all(map(str.isascii, there)):
        return False
    both = ((there, wanted), (wanted, there))
    return all(Terms(one).share(dict.fromkeys(other, 1.0)) > _SOUNDS for one, other in both)


def _is_title(line: str, title: str) -> bool:
    return line.lstrip("# ").rstrip(".!?… ") == title.rstrip(".!?… ")


@lru_cache(maxsize=128)
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    """A sentence that says what it is; by a dash or colon; that opens with its idea; what it does; by an apposition."""
    own = named(name)
    called = rf"(?:\b{_CALLED}|(?:^|[.!?]\s+)(?:это|that is|this is))\s+[«\"'*_`]*{own}"
    says = rf"{_BEFORE}{_IN_SHORT}{own}{_EXPANDED}{_IS}|{called}\s*(?:[.,;:!?»\"'*_`)(]|$)"
    dashed = rf"{_BEFORE}{own}{_EXPANDED}(?:{_DASH}{_VOTES}{_NOT}|\s*:[\s*_]+(?=\S))"
    idea = rf"{_BEFORE}{_IDEA}\b[^.!?\n]{{0,40}}(?::|[—–]|\s-\s|\bis\b|в том)"
    acts = rf"{_BEFORE}(?:в\s+|in\s+)?{own}{_EXPANDED}\s*(?:\s[а-яё]+\s+)?{_VERB}\b"
    apposed = rf"\w\s+[«\"]?{own}[»\"]?\s+[—–]\s+(?!не\s)[а-яёa-z]{{5,}}"
    apposed += rf"|(?<![—–-]\s)(?<!\w){own}[»\"*_`]*,\s+(?:котор(?:ый|ая|ое|ые)\s+(?!не\s)|which\s+(?!is not\b))"
    return tuple(re.compile(one, re.IGNORECASE | re.MULTILINE) for one in (says, dashed, idea, acts, apposed))
