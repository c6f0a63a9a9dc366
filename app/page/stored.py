"""What is indexed and what was said, in terms of storage: `konspekt.web.parts` over the database. Calls block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from konspekt.answering.answer import Answer, Turn
from konspekt.answering.memory import recall, remember
from konspekt.conversion.media import file_inside
from konspekt.conversion.posts.locating import folder_of
from konspekt.indexer.document_rows import document_of
from konspekt.indexer.listing import find_document
from konspekt.storage.conversations import Conversations
from konspekt.storage.index.documents import outlines_page
from konspekt.storage.posts import post_by_id
from konspekt.storage.statistics import Statistics
from konspekt.web.parts import Listed, Said, SourceOverview, Visitor

if TYPE_CHECKING:
    from pathlib import Path

    from konspekt.indexer.documents import Document
    from konspekt.storage.database import Database
    from konspekt.web.parts import Language


class StoredDocuments:
    def __init__(self, database: Database) -> None:
        self._database, self._statistics = database, Statistics(database)

    def find(self, id_or_url: str) -> Document | None:
        return find_document(self._database, id_or_url)

    def picture(self, document_id: str, number: int) -> Path | None:
        stored = post_by_id(self._database, document_id)
        if stored is None:
            return None
        media = document_of(stored.document).media
        if not 0 <= number < len(media):
            return None
        return file_inside(media[number].path, folder_of(stored.location))

    def sources(self) -> list[SourceOverview]:
        return [
            SourceOverview(one.id, one.title, one.kind, one.documents, one.last_read_at, one.last_status)
            for one in self._statistics.sources()
        ]

    def example_titles(self, language: Language, count: int) -> list[str]:
        return self._statistics.example_titles(language, count)

    def cited(self, document_id: str) -> int:
        return self._statistics.cited(document_id)

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

    def said(self, visitor: Visitor, turns: int) -> list[Said]:
        with self._database.read() as session:
            rows = Conversations(session).last_answers(visitor.chat_id, visitor.user_id, turns)
            return [Said(row.id, row.question, row.text, row.citations) for row in rows]

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
