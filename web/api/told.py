"""What the API answers with, as OpenAPI describes it. The values come as the commands print them; tests compare."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PassageItem(Told):
    """A passage that was found."""

    rank: int
    score: float
    document_id: str
    title: str
    url: str | None
    published_at: str | None
    source: str
    text: str
    corrected_by: str | None


class PartItem(Told):
    """A stretch of an answer, with the numbers of the citations that bear it out."""

    text: str
    citations: list[int]
    kind: Literal["text", "authored", "markdown", "code"]
    before: str
    language: str | None = None


class CitationItem(Told):
    n: int
    title: str
    url: str | None
    published_at: str | None
    quote: str
    document_id: str


class TimingItem(Told):
    retrieve_ms: float
    first_token_ms: float | None
    total_ms: float


class AnswerItem(Told):
    """An answer with its sources. `refused`: the material does not answer the question."""

    question: str
    standalone_question: str
    answer: str
    parts: list[PartItem]
    language: str
    refused: bool
    extractive: bool
    notice: str | None
    citations: list[CitationItem]
    passages: list[PassageItem]
    model: str | None
    timings: TimingItem


class OutlineItem(Told):
    """A document in a list."""

    id: str
    title: str
    url: str | None
    date: str | None
    source: str
    characters: int


class DocumentItem(Told):
    """A document whole, with its formatting beside the text."""

    id: str
    source_id: str
    kind: Literal["post", "course", "subtitles"]
    title: str
    text: str
    url: str | None
    published_at: str | None
    author: str | None
    language: str
    entities: list[dict[str, Any]]
    media: list[dict[str, Any]]
    anchors: list[dict[str, Any]]
    forwarded_from: str | None
    reply_to: str | None
    extra: dict[str, Any]


class DraftPart(Told):
    text: str
    length: int
    limit: int
    facets: list[dict[str, Any]]


class DraftItem(Told):
    """A draft for one network. `finished`: it may be posted without reading. `asked`: the language that it was to be
    in; `to_read`: translated by a model that is not believed."""

    network: str
    lang: str
    finished: bool
    asked: str
    to_read: bool
    to_edit: list[str]
    marked: list[dict[str, Any]]
    parts: list[DraftPart]
    title: str
    media: list[dict[str, Any]]
    cards: list[dict[str, Any]]
    warnings: list[str]
    dropped: list[dict[str, Any]]


class ErrorItem(Told):
    code: str
    message: str


class ErrorAnswer(Told):
    error: ErrorItem
