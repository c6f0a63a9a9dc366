"""Where a search may look: as said by whoever asks, and as what a database or a vector engine compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from konspekt.storage.models import ChunkRow, DocumentRow, SourceRow

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Filters:
    """Dates are inclusive, `sources` are ids, titles or authors, `documents` ids; None: everywhere."""

    since: datetime | None = None
    until: datetime | None = None
    sources: Sequence[str] | None = None
    documents: Sequence[str] | None = None
    languages: Sequence[str] | None = None

    @property
    def everywhere(self) -> bool:
        limited = self.since is not None or self.until is not None or self.documents is not None
        return not (limited or self.sources or self.languages)


@dataclass(frozen=True, slots=True)
class Labels:
    """What is known of a chunk beside its vector, for an engine that filters by itself."""

    source: str
    author: str | None
    published_at: datetime | None
    language: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """Filters in terms of `Labels`: `source` is one of `sources` or `author` one of `authors`; dates are inclusive."""

    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] | None = None
    authors: tuple[str, ...] = ()
    languages: tuple[str, ...] | None = None

    def hold(self, labels: Labels) -> bool:
        """The definition: every engine must let exactly these chunks through."""
        moment = labels.published_at
        dated = (self.since is None and self.until is None) or moment is not None
        return (
            dated
            and (self.since is None or (moment is not None and moment >= self.since))
            and (self.until is None or (moment is not None and moment <= self.until))
            and (self.sources is None or labels.source in self.sources or labels.author in self.authors)
            and (self.languages is None or labels.language in self.languages)
        )


class Where:
    """The filters of one search in one session. What they let through is found out at most once, when it is needed."""

    def __init__(self, session: Session, filters: Filters | None = None) -> None:
        self.session = session
        self.filters = filters or Filters()
        self._allowed: Ids | None = None

    @property
    def everywhere(self) -> bool:
        return self.filters.everywhere

    @property
    def allowed(self) -> Ids | None:
        """Ids of the chunks that the filters let through; None: all."""
        if self._allowed is None and not self.everywhere:
            self._allowed = np.array(self.session.scalars(self.chunk_ids()).all(), np.int64)
        return self._allowed

    def few(self, most: int) -> Ids | None:
        """Ids of the chunks that the filters let through, if they are at most so many; None: they are more."""
        if self._allowed is None and not self.everywhere:
            ids = np.array(self.session.scalars(self.chunk_ids().limit(most + 1)).all(), np.int64)
            if len(ids) > most:
                return None
            self._allowed = ids
        return self._allowed if self._allowed is not None and len(self._allowed) <= most else None

    @property
    def conditions(self) -> Conditions | None:
        """For an engine that filters by itself. None: only ids say it, for single documents are named."""
        if self.filters.documents is not None:
            return None
        sources = None
        if self.filters.sources:
            sources = tuple(self.session.scalars(self._sources(self.filters.sources)))
        return Conditions(
            since=self.filters.since,
            until=self.filters.until,
            sources=sources,
            authors=tuple(self.filters.sources or ()),
            languages=tuple(self.filters.languages) if self.filters.languages else None,
        )

    def let_through(self, ids: Sequence[int]) -> set[int]:
        """Those of a few chunks that may be found."""
        if self.everywhere:
            return set(ids)
        if self._allowed is not None:
            return set(self._allowed[np.isin(self._allowed, np.asarray(ids, np.int64))].tolist())
        return set(self.session.scalars(self.chunk_ids().where(ChunkRow.id.in_(ids))))

    def chunk_ids(self) -> Select[int]:
        """What passes, as a statement of its own or a part of one."""
        filters = self.filters
        statement = select(ChunkRow.id).join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
        if filters.since is not None:
            statement = statement.where(DocumentRow.published_at >= filters.since)
        if filters.until is not None:
            statement = statement.where(DocumentRow.published_at <= filters.until)
        if filters.sources:
            named = DocumentRow.source_id.in_(self._sources(filters.sources))
            statement = statement.where(or_(named, DocumentRow.author.in_(filters.sources)))
        if filters.documents is not None:
            statement = statement.where(DocumentRow.id.in_(filters.documents))
        if filters.languages:
            statement = statement.where(DocumentRow.language.in_(filters.languages))
        return statement

    @staticmethod
    def _sources(names: Sequence[str]) -> Select[str]:
        return select(SourceRow.id).where(or_(SourceRow.id.in_(names), SourceRow.title.in_(names)))
