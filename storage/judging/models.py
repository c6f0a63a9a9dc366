"""The tables of evaluation on the page: its runs, and the arena's pairs of answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from konspekt.storage.models import Base, BigId, utc_now


class EvaluationRunRow(Base):
    """A finished run. Its misses name a reader's question by its answer's id alone: /forget takes the text away."""

    __tablename__ = "evaluation_runs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    report: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ArenaMatchRow(Base):
    """Two answers to one question, and which its asker found better: left, right, both, neither; None: not yet."""

    __tablename__ = "arena_matches"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    question: Mapped[str] = mapped_column(Text)
    left_name: Mapped[str] = mapped_column(String(255))  # who answered: `quotes`, or a model's name
    right_name: Mapped[str] = mapped_column(String(255))
    left: Mapped[dict[str, Any]]  # text, citations
    right: Mapped[dict[str, Any]]
    vote: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)

    __table_args__ = ({"sqlite_autoincrement": True},)  # a button of an erased pair never names another one
