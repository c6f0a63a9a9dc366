"""The tables of following: who follows what, when the next message is due, and what was found for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from konspekt.storage.models import Base, BigId, utc_now


class FollowerRow(Base):
    """A reader who follows something: how to speak to them, and when it is day where they are."""

    __tablename__ = "followers"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(String(8))
    offset_minutes: Mapped[int | None]  # of their clock to UTC; None: not told yet
    hour: Mapped[int]  # of their digests, by their clock
    blocked: Mapped[bool] = mapped_column(default=False)  # they stopped the bot: nothing is sent


class FollowRow(Base):
    __tablename__ = "follows"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("followers.user_id", ondelete="CASCADE"), index=True)
    topic: Mapped[str] = mapped_column(Text)  # as it was written
    terms: Mapped[list[Any]]  # as search understands it
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)  # float32, little-endian, [dimension]
    model: Mapped[str | None] = mapped_column(String(255))  # that made the vector
    mode: Mapped[str] = mapped_column(String(8))  # now, daily, weekly
    created_at: Mapped[datetime]

    __table_args__ = ({"sqlite_autoincrement": True},)  # a button of an ended follow must not end another one


class FollowDueRow(Base):
    """The schedule: one message to a reader is due at a time, whatever number of topics it is about."""

    __tablename__ = "follow_due"

    user_id: Mapped[int] = mapped_column(ForeignKey("followers.user_id", ondelete="CASCADE"), primary_key=True)
    mode: Mapped[str] = mapped_column(String(8), primary_key=True)
    next_due: Mapped[datetime] = mapped_column(index=True)


class FollowMatchRow(Base):
    """A post that a follow is to be told of, or was."""

    __tablename__ = "follow_matches"

    follow_id: Mapped[int] = mapped_column(ForeignKey("follows.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[str] = mapped_column(String(512), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    message_id: Mapped[int | None] = mapped_column(BigInteger, index=True)  # the message that tells of it


class FollowMessageRow(Base):
    """A message that was due. Its id is that of the job that sends it, so it is never given out twice."""

    __tablename__ = "follow_messages"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    mode: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]

    __table_args__ = ({"sqlite_autoincrement": True},)


class FollowedPostRow(Base):
    """A post that was compared with all follows. Its edits and its forwards are not news."""

    __tablename__ = "followed_posts"

    document_id: Mapped[str] = mapped_column(String(512), primary_key=True)
    fold_hash: Mapped[str] = mapped_column(String(64), index=True)  # as `DocumentRow.fold_hash`
    looked_at: Mapped[datetime] = mapped_column(default=utc_now)
