"""The database schema: SQLAlchemy 2 typed models. Alembic's migrations follow this file; a test compares them.

A change here needs a migration of its own in `storage/migrations/versions/`.

Identifiers that come from Telegram are 64-bit. Times are stored as UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements only an INTEGER primary key


def utc_now() -> datetime:
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware UTC time on every backend: SQLite would hand back a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone reached the database: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime(), dict[str, Any]: JSON(), list[Any]: JSON()}


# ---------------------------------------------------------------- what is indexed


class SourceRow(Base):
    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    given_as: Mapped[str | None] = mapped_column(Text)  # the argument of `reindex` it was found under
    last_read_at: Mapped[datetime | None]
    last_status: Mapped[str | None] = mapped_column(String(32))  # complete, partial, failed


class DocumentRow(Base):
    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(String(512), primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    author: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    content_hash: Mapped[str] = mapped_column(String(64))
    fold_hash: Mapped[str] = mapped_column(String(64), index=True)  # equal for a post and its forward
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)  # entities, media, anchors, forward, reply, extra
    indexed_at: Mapped[datetime] = mapped_column(default=utc_now)


class CorrectionRow(Base):
    """A later document that takes back or replaces what an earlier one said."""

    __tablename__ = "corrections"

    document_id: Mapped[str] = mapped_column(String(512), primary_key=True)  # the corrected one
    corrected_by: Mapped[str] = mapped_column(String(512), primary_key=True, index=True)


class ChunkRow(Base):
    __tablename__ = "chunks"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    heading: Mapped[str] = mapped_column(Text, default="")  # heading path, " › " between levels
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)  # the document's, or one that jumps to this place
    token_count: Mapped[int]
    text_hash: Mapped[str] = mapped_column(String(64), index=True)  # of exactly what was embedded

    __table_args__ = (
        Index("ix_chunks_document", "document_id", "ordinal", unique=True),
        {"sqlite_autoincrement": True},  # a freed id must never return: an older index generation may still name it
    )


class VectorRow(Base):
    """Embeddings by model and text. Outlives chunks, so that an interrupted run resumes without embedding twice."""

    __tablename__ = "vectors"

    model: Mapped[str] = mapped_column(String(255), primary_key=True)
    text_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)  # float32, little-endian, [dimension]


class IndexGenerationRow(Base):
    __tablename__ = "index_generations"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    model: Mapped[str] = mapped_column(String(255))
    dimension: Mapped[int]
    chunking: Mapped[str] = mapped_column(String(64), default="")  # how chunks and terms were made, as one signature
    kind: Mapped[str] = mapped_column(String(32))  # flat, hnsw, ivf
    filename: Mapped[str] = mapped_column(Text)  # may be an earlier generation's: newer chunks are its tail
    vector_count: Mapped[int]  # in the file
    file_last_chunk_id: Mapped[int] = mapped_column(BigInteger, default=0)  # newer chunks: from `vectors`
    last_chunk_id: Mapped[int] = mapped_column(BigInteger, default=0)  # highest id ever given out; none returns
    deleted_count: Mapped[int] = mapped_column(default=0)  # ids still in the file whose chunk is gone
    current: Mapped[bool] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = ({"sqlite_autoincrement": True},)


class JobRow(Base):
    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16))  # running, done, failed, interrupted
    started_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)


class StagedDocumentRow(Base):
    """Changed documents of a running reindex, on disk so that a 1 GB export is never held in memory."""

    __tablename__ = "staged_documents"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    document_id: Mapped[str] = mapped_column(String(512))
    content: Mapped[dict[str, Any]]


# ---------------------------------------------------------------- who asked, what was answered


class UserRow(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    language: Mapped[str | None] = mapped_column(String(16))
    first_seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    reads_plain: Mapped[bool] = mapped_column(default=False)  # wants formulas and tables as plain text


class ChatRow(Base):
    __tablename__ = "chats"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MessageRow(Base):
    """One line of a conversation. Memory is read by (chat, topic, user), so that no one sees another's turns."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    topic_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # 0: the chat outside of topics
    user_id: Mapped[int] = mapped_column(BigInteger)
    role: Mapped[str] = mapped_column(String(16))  # user, assistant
    text: Mapped[str] = mapped_column(Text)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id", ondelete="SET NULL"))
    forgotten: Mapped[bool] = mapped_column(default=False)  # /reset: kept for statistics, never read as memory
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index("ix_messages_memory", "chat_id", "user_id", "id"),)


class AnswerRow(Base):
    __tablename__ = "answers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    channel: Mapped[str] = mapped_column(String(16), default="telegram")  # telegram, inline, terminal
    question: Mapped[str] = mapped_column(Text)
    standalone_question: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    refused: Mapped[bool] = mapped_column(index=True)
    extractive: Mapped[bool] = mapped_column(default=False)
    model: Mapped[str | None] = mapped_column(String(255))
    citations: Mapped[list[Any]] = mapped_column(default=list)
    passages: Mapped[list[Any]] = mapped_column(default=list)  # the whole retrieved set, for evaluation
    timings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    telegram_message_id: Mapped[int | None] = mapped_column(BigInteger)
    forms: Mapped[dict[str, Any] | None]  # both forms of one with formulas or tables, for who changes between them
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class FeedbackRow(Base):
    __tablename__ = "feedback"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    value: Mapped[int]  # +1 or -1
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class UpdateRow(Base):
    """Telegram updates already taken in. Stored in the transaction of their effect: at most once, and never lost."""

    __tablename__ = "updates"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # update_id
    status: Mapped[str] = mapped_column(String(16), index=True)  # pending, done, failed
    payload: Mapped[dict[str, Any] | None]  # emptied once done: readers' texts are not kept twice
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(default=utc_now)
    user_id: Mapped[int | None] = mapped_column(BigInteger, index=True)  # whose it is, for /forget
    fingerprint: Mapped[str] = mapped_column(
        String(64), default=""
    )  # another bot may reuse an update_id: then this differs
    effect: Mapped[dict[str, Any]] = mapped_column(default=dict)  # which steps were done: step -> its result
    claimed_by: Mapped[str | None] = mapped_column(String(128))  # the instance that works on it
    claimed_at: Mapped[datetime | None]
    handed: Mapped[bool] = mapped_column(default=False, server_default=false())  # by another instance, not fetched yet


# ---------------------------------------------------------------- drafts for other networks


class DraftRow(Base):
    __tablename__ = "drafts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    document_id: Mapped[str] = mapped_column(String(512), index=True)  # as `DocumentRow.id`, or `text:<hash>`
    source_hash: Mapped[str] = mapped_column(String(64))
    network: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    model: Mapped[str | None] = mapped_column(String(255))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    content: Mapped[dict[str, Any]]  # the draft as `convert --json` prints it
    saved: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
