"""Tables of readers' memory. The texts of turns stand in `answers`; here is what finds them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from konspekt.storage.models import Base, BigId, utc_now


class TurnRow(Base):
    """A question and its answer as the search of memory sees them.

    `owner` is the chat: a private chat has its user's id, and a group's turns are found only there. A topic of it is
    a talk of its own; 0 is the chat outside of topics.
    """

    __tablename__ = "turns"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True)
    owner: Mapped[int] = mapped_column(BigInteger)
    topic_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    question_terms: Mapped[str] = mapped_column(Text)  # terms, separated by spaces
    answer_terms: Mapped[str] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(String(255))  # of the vector; empty until it is embedded
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)  # float16, little-endian, [dimension]

    __table_args__ = (Index("ix_turns_owner", "owner", "created_at"), Index("ix_turns_model", "model"))


class NoteRow(Base):
    """What a reader said of themself or asked to keep. A later statement about the same thing closes an earlier one."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(16))  # see konspekt.memory.understanding.notes
    subject: Mapped[str] = mapped_column(String(255))  # what it is about, as terms: equal subjects replace each other
    text: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text, default="")  # what is said of the subject
    valid_from: Mapped[datetime] = mapped_column(default=utc_now)
    valid_to: Mapped[datetime | None]
    replaced_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_notes_user", "user_id", "valid_to"),)


class ReadRow(Base):
    """A post that was cited in a chat."""

    __tablename__ = "reads"

    owner: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    document_id: Mapped[str] = mapped_column(String(512), primary_key=True)
    last_at: Mapped[datetime] = mapped_column(default=utc_now)


class AuthorWordRow(Base):
    """An admin's correction of an answer, for all who ask alike."""

    __tablename__ = "author_words"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    author_id: Mapped[int] = mapped_column(BigInteger)
    asked_by: Mapped[int | None] = mapped_column(BigInteger, index=True)  # whose words the question is
    question: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MemorySwitchRow(Base):
    """A reader who wants less remembered: nothing at all, or nothing of the talk that goes on."""

    __tablename__ = "memory_switches"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    off: Mapped[bool] = mapped_column(default=False)
    talk_off_since: Mapped[datetime | None]
