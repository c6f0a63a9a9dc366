"""What tests of the places that readers are in share: posts that are indexed, their forwards in a discussion group."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from konspekt.storage.database import Database
from konspekt.storage.models import DocumentRow, SourceRow
from tests.fakes.bot_api import FakeBotApi

GROUP = -1005
CHANNEL = {"id": -1001234567890, "type": "channel", "title": "Канал", "username": "channel"}
SOURCE = "telegram:1234567890"
POST = "LoRA дообучает две маленькие матрицы вместо одной большой. Это экономит память."


def store_post(store: Database, number: int, text: str = POST, *, username: str | None = "channel") -> None:
    """An indexed post of the channel."""
    with store.session() as session:
        if session.get(SourceRow, SOURCE) is None:
            session.add(SourceRow(id=SOURCE, kind="telegram", title="Канал", location="x"))
            session.flush()
        session.add(
            DocumentRow(
                id=f"{SOURCE}/{number}",
                source_id=SOURCE,
                kind="post",
                title=text.split(".")[0],
                text=text,
                url=f"https://t.me/{username}/{number}" if username else None,
                published_at=datetime(2026, 1, number % 27 + 1, tzinfo=UTC),
                language="ru",
                content_hash=str(number),
                fold_hash=str(number),
                fields={},
            )
        )


def forward(api: FakeBotApi, number: int, text: str = POST, channel: dict[str, Any] = CHANNEL) -> dict[str, Any]:
    """A post as Telegram forwards it to the discussion group, not yet put in."""
    group = {"id": GROUP, "type": "supergroup", "title": "Обсуждение"}
    telegram = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
    origin = {"type": "channel", "date": 1, "chat": channel, "message_id": number}
    return api.message(
        group, telegram, text=text, is_automatic_forward=True, sender_chat=channel, forward_origin=origin
    )
