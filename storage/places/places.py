"""Threads of comments, and what is done once: a repository over one open session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from konspekt.storage.models import Base
from konspekt.storage.places.models import CommentThreadRow, DoneOnceRow


@dataclass(frozen=True, slots=True)
class PostAddress:
    """A post in its channel. `username`: the channel's public name, where it has one."""

    channel_id: int
    message_id: int
    username: str | None = None


class Places:
    def __init__(self, session: Session) -> None:
        self._session = session

    def note_thread(self, chat_id: int, thread_id: int, post: PostAddress) -> None:
        """The comments in this thread stand under this post."""
        self._insert(
            CommentThreadRow,
            chat_id=chat_id,
            thread_id=thread_id,
            channel_id=post.channel_id,
            username=post.username,
            message_id=post.message_id,
        )

    def thread(self, chat_id: int, thread_id: int) -> PostAddress | None:
        row = self._session.get(CommentThreadRow, (chat_id, thread_id))
        return None if row is None else PostAddress(row.channel_id, row.message_id, row.username)

    def claim(self, key: str, update_id: int) -> bool:
        """Whether this update is the one that does it: the first that asked, also when it asks again after a crash."""
        self._insert(DoneOnceRow, key=key, update_id=update_id)
        row = self._session.get(DoneOnceRow, key, populate_existing=True)
        return row is not None and row.update_id == update_id

    def disclaim(self, key: str) -> None:
        self._session.execute(delete(DoneOnceRow).where(DoneOnceRow.key == key))

    def _insert(self, table: type[Base], **values: Any) -> None:
        """Two instances may insert the same row at one moment: the first one stays."""
        module = sqlite if self._session.get_bind().dialect.name == "sqlite" else postgresql
        self._session.execute(module.insert(table).values(**values).on_conflict_do_nothing())
