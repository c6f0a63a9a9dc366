"""The channel's posts are indexed as they come."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import konspekt.bot.updates.albums
import konspekt.bot.updates.work
from konspekt.app.in_bot.parts import LiveIndex
from konspekt.bot.parts.library import TryLater
from konspekt.indexer.reindexing.reindex import Reindexer
from konspekt.indexer.searching.search import Searcher
from konspekt.indexer.sources.options import SourceOptions
from konspekt.storage.database import Database
from tests.bot.harness import RecordedIndexing, running_bot
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.hash_embedder import HashEmbedder

CHANNEL = -1001234567890
RICH = {"blocks": [{"type": "paragraph", "text": "Текст из богатого сообщения про энтропию"}]}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(konspekt.bot.updates.albums, "PAUSE", 0.3)
    monkeypatch.setattr(konspekt.bot.updates.work, "TRY_AGAIN_AFTER", 0.1)


async def test_posts_and_edits_are_handed_on_in_order_and_get_no_answer(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        post = api.channel_post(CHANNEL, "Первый вариант")
        api.edited_channel_post(post, text="Второй вариант")
        await run.idle()
    assert [[message["text"] for message in messages] for messages in run.indexing.posts] == [
        ["Первый вариант"],
        ["Второй вариант"],
    ]
    assert api.sent() == []


async def test_an_album_is_indexed_as_one(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        for caption in ("Подпись", None, None):
            fields = {"caption": caption} if caption else {}
            api.channel_post(CHANNEL, None, media_group_id="g1", photo=[], **fields)
        api.channel_post(CHANNEL, "Отдельный пост")
        await run.idle()
    assert sorted(len(messages) for messages in run.indexing.posts) == [1, 3]


async def test_a_rich_post_keeps_its_content(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store) as run:
        api.channel_post(CHANNEL, None, rich_message=RICH)
        await run.idle()
    assert run.indexing.posts[0][0]["rich_message"] == RICH


class Busy(RecordedIndexing):
    """Another process reindexes at first."""

    def index_posts(self, messages: Sequence[dict[str, Any]]) -> int:
        super().index_posts(messages)
        if len(self.posts) < 3:
            raise TryLater
        return 1


async def test_a_post_waits_while_something_else_changes_the_index(api: FakeBotApi, store: Database) -> None:
    async with running_bot(api, store, indexing=Busy()) as run:
        api.channel_post(CHANNEL, "Пост")
        await run.idle()
    assert len(run.indexing.posts) == 3


def test_a_post_is_found_by_search_edited_and_taken_out_again(tmp_path: Path, store: Database) -> None:
    embedder = HashEmbedder()
    reindexer = Reindexer(store, tmp_path / "index", embedder, recognise=lambda path, known: [])
    live = LiveIndex(store, reindexer, SourceOptions())
    searcher = Searcher(store, tmp_path / "index", embedder)
    chat = {"id": CHANNEL, "type": "channel", "title": "Канал", "username": "kanal"}

    def post(number: int, **fields: Any) -> dict[str, Any]:
        return {"message_id": number, "date": 1_700_000_000, "chat": chat, **fields}

    assert live.index_posts([post(5, text="Планировщик шума в диффузии")]) == 1
    assert live.index_posts([post(6, rich_message=RICH)]) == 1
    album = [post(10, caption="Альбом про квантование", media_group_id="g"), post(11, media_group_id="g")]
    assert live.index_posts(album) == 1
    assert searcher.search("планировщик шума")[0].url == "https://t.me/kanal/5"
    assert searcher.search("энтропию")[0].url == "https://t.me/kanal/6"

    assert live.index_posts([post(5, text="Теперь про трансформеры", edit_date=1)]) == 1
    assert live.index_posts([post(5, text="Теперь про трансформеры", edit_date=2)]) == 0  # a mere reaction
    assert live.index_posts([post(10, caption="Альбом про прунинг", media_group_id="g", edit_date=1)]) == 1
    found = searcher.search("прунинг")[0]
    assert (found.url, found.text) == ("https://t.me/kanal/10", "Альбом про прунинг")
    assert live.index_posts([post(11, media_group_id="g", edit_date=1)]) == 0
    assert searcher.search("прунинг")[0].text == "Альбом про прунинг"
    assert all("диффузии" not in hit.text for hit in searcher.search("планировщик шума в диффузии"))
    assert live.index_posts([post(5, photo=[], edit_date=3)]) == 1
    assert all(hit.document_id != found.document_id.replace("/10", "/5") for hit in searcher.search("трансформеры"))
