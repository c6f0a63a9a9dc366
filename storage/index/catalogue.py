"""Every document by its outside, and which documents hold a term: what questions about the whole channel ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, func, select, text
from sqlalchemy.orm import Session, defer

from konspekt.storage.index.generations import current_generation
from konspekt.storage.models import ChunkRow, CorrectionRow, DocumentRow, SourceRow

SLICE = 2000  # ids in one statement
OPENING = 600  # characters of the text that are kept with each card

_HOLDING_SQLITE = (
    "SELECT DISTINCT chunks.document_id FROM chunk_terms JOIN chunks ON chunks.id = chunk_terms.rowid "
    "WHERE chunk_terms MATCH :term"
)
_HOLDING_POSTGRES = (
    "SELECT DISTINCT chunks.document_id FROM chunk_terms JOIN chunks ON chunks.id = chunk_terms.chunk_id "
    "WHERE chunk_terms.terms @> ARRAY[CAST(:term AS text)]"
)


@dataclass(frozen=True, slots=True)
class Card:
    """A document without its text. `opening`: how the text begins. `hidden`: an advert."""

    id: str
    title: str
    url: str | None
    published_at: datetime | None
    source_id: str
    source: str
    kind: str
    author: str | None
    language: str
    fold_hash: str
    opening: str
    forwarded: bool
    reply_to: str | None  # id of the document that it answers
    hidden: bool
    about: bool  # what the channel says of itself: no post


def generation_number(session: Session) -> int | None:
    """Of the current index: another one as soon as anything in it has changed. None: nothing is indexed."""
    row = current_generation(session)
    return None if row is None else row.id


def cards(session: Session) -> list[Card]:
    """All documents, oldest first; those without a date come last."""
    rows = session.execute(
        select(DocumentRow, SourceRow.title, func.substr(DocumentRow.text, 1, OPENING))
        .join(SourceRow)
        .options(defer(DocumentRow.text))
        .order_by(DocumentRow.published_at.asc().nulls_last(), DocumentRow.source_id, DocumentRow.id)
        .execution_options(yield_per=1000)
    )
    return [_card(row[0], row[1], row[2]) for row in rows]


def _card(row: DocumentRow, source: str, opening: str) -> Card:
    extra = row.fields.get("extra", {})
    return Card(
        id=row.id,
        title=row.title,
        url=row.url,
        published_at=row.published_at,
        source_id=row.source_id,
        source=source,
        kind=row.kind,
        author=row.author,
        language=row.language,
        fold_hash=row.fold_hash,
        opening=opening,
        forwarded=bool(row.fields.get("forwarded_from")),
        reply_to=row.fields.get("reply_to"),
        hidden=bool(extra.get("advert")),
        about=bool(extra.get("about")),
    )


def holding(session: Session, terms: Iterable[str]) -> dict[str, frozenset[str]]:
    """Term -> ids of the documents that hold it in title or text, as `konspekt.storage.index.full_text` stores it."""
    if session.get_bind().dialect.name == "sqlite":
        statement = text(_HOLDING_SQLITE)
        return {
            term: frozenset(session.scalars(statement, {"term": '"' + term.replace('"', '""') + '"'})) for term in terms
        }
    statement = text(_HOLDING_POSTGRES)
    return {term: frozenset(session.scalars(statement, {"term": term})) for term in terms}


def texts_of(session: Session, document_ids: Sequence[str]) -> dict[str, str]:
    """Document id -> its whole text."""
    found: dict[str, str] = {}
    for at in range(0, len(document_ids), SLICE):
        rows = session.execute(
            select(DocumentRow.id, DocumentRow.text).where(DocumentRow.id.in_(document_ids[at : at + SLICE]))
        )
        found.update((row[0], row[1]) for row in rows)
    return found


def polls_among(session: Session, document_ids: Sequence[str]) -> frozenset[str]:
    """Those of the documents that are polls, or hold one."""
    found: set[str] = set()
    for at in range(0, len(document_ids), SLICE):
        rows = session.execute(
            select(DocumentRow.id, DocumentRow.fields).where(
                DocumentRow.id.in_(document_ids[at : at + SLICE]), cast(DocumentRow.fields, Text).contains('"poll"')
            )
        )
        found |= {row[0] for row in rows if any(one.get("kind") == "poll" for one in row[1].get("media", ()))}
    return frozenset(found)


def ids_with_phrases(session: Session, phrases: Sequence[str]) -> frozenset[str]:
    """Documents that hold one of these phrases (casefolded). Reads every text: for once per index, not per question."""
    if not phrases:
        return frozenset()
    rows = session.execute(select(DocumentRow.id, DocumentRow.text).execution_options(yield_per=500))
    return frozenset(row[0] for row in rows if any(phrase in row[1].casefold() for phrase in phrases))


def all_corrections(session: Session) -> dict[str, str]:
    """Document id -> id of the newest document that corrects it."""
    rows = session.execute(
        select(CorrectionRow.document_id, CorrectionRow.corrected_by)
        .join(DocumentRow, DocumentRow.id == CorrectionRow.corrected_by)
        .order_by(DocumentRow.published_at.nulls_first())
    )
    return {row[0]: row[1] for row in rows}


def documents_of_chunks(session: Session, chunk_ids: Sequence[int]) -> dict[int, str]:
    """Chunk id -> its document's, for chunks that exist."""
    found: dict[int, str] = {}
    for at in range(0, len(chunk_ids), SLICE):
        part = list(chunk_ids[at : at + SLICE])
        found.update(
            (row[0], row[1])
            for row in session.execute(select(ChunkRow.id, ChunkRow.document_id).where(ChunkRow.id.in_(part)))
        )
    return found
