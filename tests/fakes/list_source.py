"""A source that yields what a test gives it, and documents to give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from konspekt.indexer.documents import Document, Problem

START = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass
class ListSource:
    id: str = "channel"
    items: Sequence[Document | Problem] = ()
    partial: bool = False
    kind: str = "telegram"
    title: str = "Канал"
    location: str = "/nowhere/channel"
    reads: int = field(default=0)

    def documents(self) -> Iterator[Document | Problem]:
        self.reads += 1
        yield from self.items


def post(number: int, text: str | None = None, source_id: str = "channel") -> Document:
    """Post `number` of a channel; its text holds words that no other post has."""
    where = "" if source_id == "channel" else f" из{source_id}{number}"
    return Document(
        id=f"{source_id}/{number}",
        source_id=source_id,
        kind="post",
        title=f"Пост номер{number}{where}",
        text=text or f"Пост номер{number}{where}\n\nРассказ слово{number} и ещё метка{number}x про квантизацию.",
        url=f"https://t.me/{source_id}/{number}",
        published_at=START + timedelta(days=number),
    )


def posts(count: int, source_id: str = "channel") -> list[Document]:
    return [post(number, source_id=source_id) for number in range(count)]
