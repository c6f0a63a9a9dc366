"""What a passage tells by its form alone, whatever its words are like: what a thing costs, who made it,
where its author works.

The network that reads questions and passages was taught by sentences. «Осенний семестр, бесплатно» and «GPTQ (Frantar и
др., 2022)» are no sentences that answer, and a reader is served by them all the same. Code, formulas, definitions and
rows of tables are told so as well: `writing/kinds/`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.words.authors import tells_author_of
from konspekt.answering.words.jobs import tells_job
from konspekt.answering.words.prices import tells_price_of
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
MAY_TELL = 5  # passages, best first
_FEW = 2  # words of content that make a question one of its own


def tells(question: str, title: str, text: str) -> bool:
    """Whether the text says by its form what is asked."""
    return (
        tells_price_of(question, title, text)
        or tells_author_of(question, title, text)
        or tells_job(question, text)
        or asks_the_same(question, title)
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
