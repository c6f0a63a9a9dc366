"""What search returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

COURSE = "course:"
MARKDOWN = frozenset({".md", ".markdown", ".ipynb", ".html", ".htm", ".docx", ".pptx"})  # read as Markdown


def is_markdown(document_id: str) -> bool:
    """Whether the texts of a document are Markdown: course files are, posts carry their formatting beside the text."""
    return document_id.startswith(COURSE) and PurePosixPath(document_id).suffix.lower() in MARKDOWN


@dataclass(frozen=True, slots=True)
class Piece:
    """One chunk of a passage. `score` compares with the scores of the same search's other pieces and passages."""

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Passage:
    """One hit: a document's best chunk, with others of the same document that matched.

    `score` orders the hits of one query and is not comparable between queries; `dense_score` is the cosine of query
    and chunk, `lexical_score` the BM25 score (higher is better), None where that side did not find the chunk.
    `folded` names documents with the same text (forwards, cross-posts) that this hit stands for.
    """

    rank: int
    score: float
    document_id: str
    chunk_id: int
    title: str
    url: str | None
    published_at: datetime | None
    source: str
    text: str
    language: str
    token_count: int
    dense_score: float | None = None
    lexical_score: float | None = None
    rerank_score: float | None = None
    folded: tuple[str, ...] = ()
    corrected_by: str | None = None  # id of the document that takes back or replaces what this one says
    pieces: tuple[Piece, ...] = ()  # the chunks that `text` is joined from, in its order
    opens: bool = True  # its first chunk is the document's
