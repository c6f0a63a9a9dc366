"""Who stands first is told in other words than it is asked: «GPT-4 уступила лидерство Claude», "X tops the chart"."""

from __future__ import annotations

import re

_ASKS_WHO_LEADS = re.compile(
    r"\b(?:кто|какая|какой|чья|что)\b.*\b(?:перв\w+ (?:мест\w+|строчк\w+)|лидир\w+|лидер\w*(?<!борд)|в топе|на вершине|"
    r"возглавля\w+)\b|"
    r"\b(?:who|which|what)\b.*\b(?:first place|number one|leads?|leading|leader|(?:at|on) (?:the )?top|tops)\b",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"\b(?:лидер(?:ств\w+|ом|ами?|ы)?|лидиру\w+|возглав\w+|обогна\w+|обош(?:[её]л|ла|ли)|"
    r"(?:на|занял\w*|занима\w+|взял\w*|за) перв\w+ (?:мест\w+|строчк\w+)|"
    r"leads|leader|leadership|overtook|overtaken|tops|first place|number one)\b",
    re.IGNORECASE,
)


def tells_who_leads(question: str, sentence: str) -> bool:
    """Whether it is asked who stands first, and a sentence says who does, or who gave that place up."""
    return bool(_ASKS_WHO_LEADS.search(question)) and "?" not in sentence and bool(_LEADS.search(sentence))
