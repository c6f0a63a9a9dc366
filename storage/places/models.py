"""Tables of the places that the bot is in. Nothing here says who was there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from konspekt.storage.models import Base, utc_now


class CommentThreadRow(Base):
    """A thread of comments in a discussion group, and the post of the channel that it stands under."""

    __tablename__ = "comment_threads"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    thread_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    username: Mapped[str | None] = mapped_column(String(64))
    message_id: Mapped[int] = mapped_column(BigInteger)  # of the post in its channel


class DoneOnceRow(Base):
    """Something that is done once, whoever asks for it again: a greeting, a reply that the author released."""

    __tablename__ = "done_once"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger)  # whose work it is: that one may go on after a crash
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
