"""The table of cases: answers that failed, and what an admin said about each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from konspekt.storage.models import Base, utc_now


class CaseRow(Base):
    """One judged answer. It goes with its answer, so that /forget takes a reader's question from here too."""

    __tablename__ = "cases"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True)
    verdict: Mapped[str] = mapped_column(String(16), index=True)  # right, post, absent, dropped
    document_id: Mapped[str | None] = mapped_column(String(512))  # of the right post
    url: Mapped[str | None] = mapped_column(Text)
    accept: Mapped[list[Any]] = mapped_column(default=list)  # phrases, any of which is the answer
    decided_at: Mapped[datetime] = mapped_column(default=utc_now)
