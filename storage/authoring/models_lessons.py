"""The table of lessons: what an author says instead of what drafts said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from konspekt.storage.models import Base, BigId, utc_now


class LessonRow(Base):
    """Whose it is; None: everybody's on this machine, added by the command."""

    __tablename__ = "draft_lessons"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(16))  # term, hashtag, opening, sign-off
    language: Mapped[str] = mapped_column(String(8))
    network: Mapped[str] = mapped_column(String(32))  # empty: every one
    said: Mapped[str] = mapped_column(Text)
    instead: Mapped[str] = mapped_column(Text)
    learnt_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = ({"sqlite_autoincrement": True},)
