"""What a passage tells by its form alone, whatever its words are like: what a thing costs, who made it, the code of it,
a number in a table.

The network that reads questions and passages was taught by sentences. «GPTQ (Frantar и др., 2022)», a block of code and
a row of numbers are no sentences that answer, and a reader is served by them all the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from konspekt.answering.judging.asked import kind_of
from konspekt.answering.words.authors import tells_author_of
from konspekt.answering.words.likeness import Terms
from konspekt.answering.words.prices import tells_price_of
from konspekt.answering.words.vocabulary import content_terms, numbers
from konspekt.indexer.lexical import terms

_FENCE = re.compile(r"^```.*?^[ \t]*```", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z)){3,}", re.MULTILINE)
_RULE = re.compile(r"[-:\s|]+")
_BEFORE = 400  # characters before a block of code or a table that say what it is
_ASKS_FOR_CODE = frozenset(
    terms(
        """
        показать дать скинуть прислать привести напомнить код скрипт сниппет листинг пожалуйста
        show give paste code snippet script listing please
        """
    )
)


def tells(question: str, title: str, text: str) -> bool:
    """Whether the text says by its form what is asked."""
    return (
        tells_price_of(question, title, text)
        or tells_author_of(question, title, text)
        or tells_code_of(question, title, text)
        or tells_in_a_table(question, title, text)
    )


def tells_code_of(question: str, title: str, text: str) -> bool:
    """Whether the text holds a block of code of the very thing whose code is asked for: its title, what stands right
    before the block and the block itself name it in full."""
    kind = kind_of(question)
    if kind is None or kind.name != "code":
        return False
    asked = [term for term in content_terms(question) if term not in _ASKS_FOR_CODE]
    if not asked:
        return False
    for fence in _FENCE.finditer(text):
        around = Terms(terms(f"{title}\n{text[max(0, fence.start() - _BEFORE) : fence.end()]}"))
        if all(around.worth(term) for term in asked):
            return True
    return False


def tells_in_a_table(question: str, title: str, text: str) -> bool:
    """Whether a cell with a number is the one asked for: its row and its column are named in the question, and all else
    that the question names stands in the title or right before the table."""
    kind = kind_of(question)
    counted = numbers(question)
    asked = [term for term in content_terms(question) if not numbers(term)]
    if kind is None or not kind.counts or not asked:
        return False
    for table in _TABLE.finditer(text):
        head, *rows = [line for line in table.group().splitlines() if not _RULE.fullmatch(line)]
        before = f"{title}\n{text[max(0, table.start() - _BEFORE) : table.start()]}"
        for row in rows:
            label, *cells = _cells(row)
            if not _meets(label, asked, counted):
                continue
            for column, cell in zip(_cells(head)[1:], cells, strict=False):
                around = f"{before}\n{label}\n{column}"
                told = Terms(terms(around))
                if (
                    any(letter.isdigit() for letter in cell)
                    and _meets(column, asked, counted)
                    and all(told.worth(term) for term in asked)
                    and counted <= numbers(f"{label} . {column}")
                ):
                    return True
    return False


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _meets(cell: str, asked: Sequence[str], counted: Collection[str]) -> bool:
    """Whether a label is named by a question: each number of it, and one of its words."""
    own = numbers(cell)
    return own <= set(counted) and (bool(own) or bool(set(terms(cell)) & set(asked)))
