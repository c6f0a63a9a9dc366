"""What the bot asks of the places it is in, in terms of storage."""

from __future__ import annotations

from konspekt.bot.parts.library import KnownPost
from konspekt.indexer.sources.telegram.ids import telegram_source_id
from konspekt.storage.database import Database
from konspekt.storage.index.popularity import put_reactions
from konspekt.storage.places.places import Places, PostAddress
from konspekt.storage.posts import StoredPost, post_by_address, post_by_id, post_by_number


class StoredPlaces:
    """`konspekt.bot.parts.library.Places` over the database. Calls block."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note_thread(self, chat_id: int, thread_id: int, post: PostAddress) -> None:
        with self._database.session() as session:
            Places(session).note_thread(chat_id, thread_id, post)

    def thread(self, chat_id: int, thread_id: int) -> PostAddress | None:
        with self._database.read() as session:
            return Places(session).thread(chat_id, thread_id)

    def claim(self, key: str, update_id: int) -> bool:
        with self._database.session() as session:
            return Places(session).claim(key, update_id)

    def disclaim(self, key: str) -> None:
        with self._database.session() as session:
            Places(session).disclaim(key)

    def note_reactions(self, address: PostAddress, count: int) -> None:
        known = self.post(address)
        plain = f"{telegram_source_id(address.channel_id)}/{address.message_id}"
        with self._database.session() as session:
            put_reactions(session, known.document_id if known is not None else plain, count)

    def post(self, address: PostAddress) -> KnownPost | None:
        stored = post_by_id(self._database, f"{telegram_source_id(address.channel_id)}/{address.message_id}")
        if stored is None and address.username:
            stored = post_by_address(self._database, address.username, address.message_id)
        return _known(stored)

    def numbered_post(self, number: int, channel: str | None = None) -> KnownPost | None:
        if channel is not None:
            return _known(post_by_address(self._database, channel, number))
        return _known(post_by_number(self._database, number))


def _known(stored: StoredPost | None) -> KnownPost | None:
    if stored is None:
        return None
    row = stored.document
    return KnownPost(row.id, row.title, row.url, row.text)
