"""The tables of learning: when a question is to be asked again, and the polls that were sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from konspekt.storage.models import Base, BigId


class LearnCardRow(Base):
    """What a reader's memory of one question is like, as the scheduler of repetitions keeps it."""

    __tablename__ = "learn_cards"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    question: Mapped[str] = mapped_column(String(32), primary_key=True)  # key of a question
    card: Mapped[dict[str, Any]]
    due: Mapped[datetime]

    __table_args__ = (Index("ix_learn_cards_due", "user_id", "due"),)


class QuizPollRow(Base):
    """A question that was asked by a poll, and its answer."""

    __tablename__ = "quiz_polls"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    poll_id: Mapped[str | None] = mapped_column(String(64), index=True)  # Telegram's; known once it was sent
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    question: Mapped[str] = mapped_column(String(32))
    topic: Mapped[str | None] = mapped_column(Text)  # that was asked for, and goes on with the next question
    language: Mapped[str] = mapped_column(String(8))
    content: Mapped[dict[str, Any]]  # what was asked, and the sentence that bears the right answer out
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    right: Mapped[bool | None]

    __table_args__ = ({"sqlite_autoincrement": True},)
