"""The author's corrections: how one is given, and for which questions it stands."""

# ruff: noqa: E501 - patterns read better unbroken

from __future__ import annotations

import re
from collections.abc import Sequence

from konspekt.answering.words.meaning import Encoder
from konspekt.answering.words.vocabulary import content_terms, names, numbers
from konspekt.storage.remembered.words import AuthorWord

_CORRECTION = re.compile(
    r"^\s*(?:это\s+)?(?:неверно|не верно|неправильно|не так|ошибка|поправка|wrong|incorrect|correction)\s*[:,.!—–-]+\s*(?P<text>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
SHARED = 0.6  # of the terms of both questions, for a question to be like another by its words alone
CLOSE, SHARED_OF_CLOSE = 0.92, 0.34  # cosine, where fewer words are shared


def correction_in(text: str) -> str | None:
    """The right answer in «неверно: …», None where a text is no correction."""
    match = _CORRECTION.match(text)
    return match["text"].strip() if match else None


def word_for(question: str, words: Sequence[AuthorWord], encoder: Encoder | None) -> AuthorWord | None:
    """The author's word for a question like this one, the newest first. What tells two questions apart (a name, a
    number) must be equal."""
    asked = set(content_terms(question))
    found: list[tuple[float, int, AuthorWord]] = []
    for word in words:
        other = set(content_terms(word.question))
        shared = len(asked & other) / len(asked | other) if asked | other else 0.0
        if (
            shared < SHARED_OF_CLOSE
            or names(question) ^ names(word.question)
            or numbers(question) != numbers(word.question)
        ):
            continue
        if shared < SHARED and not _close(question, word.question, encoder):
            continue
        found.append((shared, word.id, word))
    return max(found)[2] if found else None


def _close(one: str, other: str, encoder: Encoder | None) -> bool:
    if encoder is None:
        return False
    vectors = encoder.embed_queries([one, other])
    return float(vectors[0] @ vectors[1]) >= CLOSE
