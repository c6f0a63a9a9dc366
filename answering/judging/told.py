"""What a passage tells by its form alone, whatever its words are like: what a thing costs, who made it.

The network that reads questions and passages was taught by sentences. «Осенний семестр, бесплатно» and «GPTQ (Frantar и
др., 2022)» are no sentences that answer, and a reader is served by them all the same. Code, formulas, definitions and
rows of tables are told so as well: `writing/kinds/`.
"""

from __future__ import annotations

from konspekt.answering.words.authors import tells_author_of
from konspekt.answering.words.prices import tells_price_of


def tells(question: str, title: str, text: str) -> bool:
    """Whether the text says by its form what is asked."""
    return tells_price_of(question, title, text) or tells_author_of(question, title, text)
