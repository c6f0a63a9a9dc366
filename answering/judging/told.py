"""What a passage tells by its form alone, whatever its words are like: what a thing costs, who made it,
where its author works.

The network that reads questions and passages was taught by sentences. «Осенний семестр, бесплатно» and «GPTQ (Frantar и
др., 2022)» are no sentences that answer, and a reader is served by them all the same. Code, formulas, definitions and
rows of tables are told so as well: `writing/kinds/`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.judging.asked import kind_of, tells_number
from konspekt.answering.words.authors import tells_author_of
from konspekt.answering.words.introductions import introduces_himself, tells_job
from konspekt.answering.words.prices import tells_price_of
from konspekt.answering.words.sentences import split_sentences
from konspekt.answering.words.vocabulary import content_terms
from konspekt.indexer.lexical import terms
from konspekt.indexer.passages import Passage

# One question word is another one's: «зачем» and «почему», «куда» and «где»
_ASKING = (
    r"почему|зачем|отчего|why",
    r"откуда|where\b.*\bfrom",
    r"куда|где|where",
    r"как|how",
    r"сколько|how (?:much|many)",
    r"когда|when",
    r"чем\b.*\bотлича\w+|how\b.*\bdiffer\w*",
)
_BEGINS = tuple(re.compile(rf"^\W*(?:а\s+|и\s+|and\s+)?(?:{words})\b", re.IGNORECASE) for words in _ASKING)
# A list of what is told when: «00:12:40 Attention», «Attention — 12:40»
_MOMENT = re.compile(
    r"\b(?:на|с|в) как(?:ой|ого|ом|ую) (?:минут\w+|секунд\w+|момент\w*|месте?\w*)|\bтайм-?код\w*|"
    r"\b(?:what|which) (?:minute|timestamp|time ?code|moment)|\btime(?:stamp| ?code)s?\b",
    re.IGNORECASE,
)
_AT_A_TIME = re.compile(r"(?<![\d:])\d{1,2}:\d\d(?::\d\d)?(?![\d:])")
_OF_A_RECORDING = frozenset(
    terms("минута секунда момент место таймкод лекция видео ролик запись говорится про там minute second moment video")
    + terms("timestamp timecode lecture recording talk")
)
_OF_TWO_WORDS = re.compile(r"\w\W\w")
_WORDS_OF_A_UNIT = re.compile(r"(?<![^\W\d_])\w{1,2}(?![^\W\d_])|\b(?:gpu|гпу)\b", re.IGNORECASE)
MAY_TELL = 5  # passages, best first
_FEW = 2  # words of content that make a question one of its own


def tells(question: str, title: str, text: str) -> bool:
    """Whether the text says by its form what is asked."""
    return (
        tells_price_of(question, title, text)
        or tells_author_of(question, title, text)
        or tells_job(question, text)
        or asks_the_same(question, title)
        or tells_moment_of(question, title, text)
        or tells_amount_of(question, title, text)
        or introduces_himself(question, text)
    )


def tells_by_form(question: str, passages: Sequence[Passage]) -> list[Passage]:
    """Those of the best passages that answer by their form alone."""
    return [one for one in passages[:MAY_TELL] if tells(question, one.title, one.text)]


def asks_the_same(question: str, title: str) -> bool:
    """Whether a title is the very question («Откуда взялся shift = 3»): the same is asked of the same words."""
    asked = content_terms(question)
    if len(set(asked)) < _FEW or not set(asked) <= set(terms(title)):
        return False
    return any(begins.search(question) and begins.search(title) for begins in _BEGINS)


def tells_moment_of(question: str, title: str, text: str) -> bool:
    """Whether a line with a clock beside it holds what it is asked at which minute of a recording."""
    wanted = set(content_terms(question)) - _OF_A_RECORDING
    if not wanted or not _MOMENT.search(question):
        return False
    titled = set(terms(title))
    lines = (set(terms(line)) for line in text.splitlines() if _AT_A_TIME.search(line))
    return any(wanted & line and wanted <= line | titled for line in lines)


def tells_amount_of(question: str, title: str, text: str) -> bool:
    """Whether a sentence has a number of the very units that are asked for («сколько GPU-часов», «примерно 50
    гпу-часами») and every other word of the question stands there or in the title."""
    kind = kind_of(question)
    units = kind.unit if kind is not None else None
    unit = units.search(question) if units is not None else None
    if units is None or unit is None or not _OF_TWO_WORDS.search(unit.group()):
        return False  # steps and minutes are told of many a thing
    rest = set(content_terms(_WORDS_OF_A_UNIT.sub(" ", question[: unit.start()] + " " + question[unit.end() :])))
    if len(rest) < _FEW:
        return False
    titled = set(terms(title))
    return any(
        rest <= set(terms(one.text)) | titled and rest & set(terms(one.text)) and tells_number(question, one.text)
        for one in split_sentences(text)
        if any(_bare(found.group()) == _bare(unit.group()) for found in units.finditer(one.text))
    )


def _bare(unit: str) -> str:
    return re.sub(r"\W", "", unit.lower())
