"""What a question comes back as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from konspekt.indexer.passages import Passage


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of a conversation, oldest first in a history."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Source `n` of an answer; `quote` is the sentence of the passage that supports it, word for word."""

    n: int
    document_id: str
    title: str
    url: str | None
    published_at: datetime | None
    quote: str


@dataclass(frozen=True, slots=True)
class Timings:
    retrieve_ms: float
    first_token_ms: float | None
    total_ms: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` carries `[n]` marks that point into `citations`; it holds no link that the index does not know.

    `refused`: the material does not answer it, and the text says so. `extractive`: quoted, not written by a model;
    `notice` then says why in the reader's language (model unreachable, none configured).
    """

    question: str
    standalone_question: str
    text: str
    language: str
    refused: bool
    extractive: bool
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    model: str | None
    timings: Timings
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Progress of an answer: what happens now, for a typing indicator."""

    step: Literal["rewriting", "searching", "writing", "checking"]


@dataclass(frozen=True, slots=True)
class Partial:
    """The answer's text so far (whole, not a delta), already free of unknown links; not yet checked for support."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    answer: Answer


AnswerEvent = Status | Partial | Done
