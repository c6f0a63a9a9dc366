"""The language to answer in: the question's, where it tells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.answer import Turn
from konspekt.answering.texts import Language
from konspekt.indexer.language import detect_language

_ENGLISH = re.compile(
    r"\b(?:the|a|an|is|are|was|were|do|does|did|what|why|how|who|when|where|which|can|could|of|in|on|for|to|and|or|"
    r"with|about|tell|explain|show|give|me|you|it|there|any|has|have|not|vs)\b",
    re.IGNORECASE,
)
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_RUSSIAN_WORD = re.compile(r"[а-яё][а-яё-]*", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.|t\.me/)\S+", re.IGNORECASE)
_UNTOLD = 3  # words: "SageAttention INT8?" may be anybody's


def question_language(question: str, history: Sequence[Turn] = (), reader: Language | None = None) -> Language:
    """`ru` or `en`. A bare name ("LoRA?") takes the language of the talk before, then the reader's, then Russian."""
    question = _LINK.sub(" ", question)
    russian = len(_RUSSIAN_WORD.findall(question))
    if russian and len(_ENGLISH.findall(question)) > russian:
        return "en"  # "what does Вера recommend": a name, or a word that posts use
    if russian:
        return _known(detect_language(question)) if len(_CYRILLIC.findall(question)) < 3 else "ru"
    if _ENGLISH.search(question) or len(re.findall(r"[^\W\d_]+", question)) > _UNTOLD:
        return "en"
    for turn in reversed(history):
        if turn.role == "user" and len(turn.text.split()) > 1:
            return _known(detect_language(turn.text))
    return reader or "ru"


def _known(code: str) -> Language:
    return "en" if code == "en" else "ru"
