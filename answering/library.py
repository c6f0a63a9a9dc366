"""What is indexed, seen as a whole: how much, from when to when, what came last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from konspekt.storage.database import Database
from konspekt.storage.index.documents import extent, newest, titles_by_size


@dataclass(frozen=True, slots=True)
class Listed:
    """A document by its outside, with the beginning of its text."""

    document_id: str
    title: str
    url: str | None
    published_at: datetime | None
    source: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Overview:
    sources: tuple[str, ...]  # titles, the largest first
    documents: int
    first: datetime | None
    last: datetime | None


class Library:
    def __init__(self, database: Database) -> None:
        self._database = database

    def overview(self) -> Overview:
        with self._database.read() as session:
            titles, (documents, first, last) = titles_by_size(session), extent(session)
        return Overview(tuple(dict.fromkeys(titles)), documents, first, last)

    def latest(self, count: int = 3) -> list[Listed]:
        """The newest documents; those without a date come after all others, in the order they were indexed."""
        with self._database.read() as session:
            return [
                Listed(row.id, row.title, row.url, row.published_at, source, row.text[:1000], row.language)
                for row, source in newest(session, count)
            ]
