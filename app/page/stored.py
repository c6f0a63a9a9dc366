"""What is indexed and what was said, in terms of storage: `konspekt.web.parts` over the database. Calls block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from konspekt.answering.answer import Answer, Turn
from konspekt.answering.memory import recall, remember
from konspekt.indexer.listing import find_document
from konspekt.storage.conversations import Conversations
from konspekt.storage.index.documents import outlines_page
from konspekt.web.parts import Listed, Visitor

if TYPE_CHECKING:
    from konspekt.indexer.documents import Document
    from konspekt.storage.database import Database


class StoredDocuments:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, id_or_url: str) -> Document | None:
        return find_document(self._database, id_or_url)

    def listed(self, *, source: str | None = None, offset: int = 0, count: int = 50) -> tuple[list[Listed], int]:
        with self._database.read() as session:
            rows, total = outlines_page(session, source, offset, count)
        listed = [
            Listed(row.id, row.title, row.url, row.published_at, row.source_id, row.kind, row.characters)
            for row in rows
        ]
        return listed, total


class StoredTalks:
    """`chat_id` and `user_id` of one who came by Telegram are those of the private chat with the bot: one memory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def history(self, visitor: Visitor, turns: int) -> Sequence[Turn]:
        with self._database.read() as session:
            return recall(session, visitor.chat_id, visitor.user_id, turns)

    def remember(self, visitor: Visitor, answer: Answer) -> int:
        with self._database.session() as session:
            return remember(session, answer, chat_id=visitor.chat_id, user_id=visitor.user_id, channel="web")

    def vote(self, visitor: Visitor, answer_id: int, value: int) -> Literal["taken", "gone", "not_yours"]:
        with self._database.session() as session:
            row = Conversations(session).answer(answer_id)
            if row is None:
                return "gone"
            if (row.chat_id, row.user_id) != (visitor.chat_id, visitor.user_id):
                return "not_yours"
            Conversations(session).feedback(answer_id, visitor.user_id, value)
            return "taken"

    def reset(self, visitor: Visitor) -> int:
        with self._database.session() as session:
            return Conversations(session).reset(visitor.chat_id, visitor.user_id)
