"""The tables of several instances: who is alive, which of them looks after a chat, and the limits of a bot."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Double, String
from sqlalchemy.orm import Mapped, mapped_column

from konspekt.storage.models import Base


class InstanceRow(Base):
    """An instance, for as long as it says that it lives."""

    __tablename__ = "instances"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    run: Mapped[str] = mapped_column(String(32))  # of which start: one that was given up for dead learns of it by this
    seen_at: Mapped[datetime]


class ChatHomeRow(Base):
    """The instance that works on a chat's updates, whichever takes them in. Kept for a day at most."""

    __tablename__ = "chat_homes"

    chat: Mapped[str] = mapped_column(String(64), primary_key=True)
    instance: Mapped[str] = mapped_column(String(128), index=True)
    used_at: Mapped[datetime] = mapped_column(index=True)


class FloodMeterRow(Base):
    """When the next message may go to a chat (`*`: to any), in seconds since 1970 by the database's clock."""

    __tablename__ = "flood_meters"

    bot: Mapped[str] = mapped_column(String(32), primary_key=True)  # its id, no token
    chat: Mapped[str] = mapped_column(String(64), primary_key=True)
    due: Mapped[float] = mapped_column(Double, default=0.0)
    group_due: Mapped[float] = mapped_column(Double, default=0.0)
    blocked_until: Mapped[float] = mapped_column(Double, default=0.0)  # Telegram itself said so (429)
