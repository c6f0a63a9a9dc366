"""The channel's own posts, indexed as they come; an album's messages together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.ext import MessageHandler, filters

from konspekt.bot import metrics
from konspekt.bot.services import (
    App,
    Context,
    Services,
    services_of,
)

log = logging.getLogger(__name__)
ALBUM_PAUSE = 1.5  # seconds of silence after which an album counts as complete
ALBUMS = "channel albums"


def register(app: App) -> None:
    app.bot_data[ALBUMS] = {}
    app.add_handler(MessageHandler(filters.UpdateType.CHANNEL_POSTS, posted))


@dataclass(slots=True)
class Album:
    """Messages of one album as they arrive; `indexed` is done when all of them are in the index."""

    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    indexed: asyncio.Task[None] | None = None


async def posted(update: Update, context: Context) -> None:
    """Done only when the post is searchable: a crash before that leaves the update to be worked on again."""
    services = services_of(context)
    raw = services.deliveries[update.update_id].payload
    message: dict[str, Any] = raw.get("channel_post") or raw["edited_channel_post"]
    group = message.get("media_group_id")
    if group is None:
        await _index(services, [message])
        return
    albums: dict[tuple[int, str], Album] = context.application.bot_data[ALBUMS]
    key = (message["chat"]["id"], str(group))
    album = albums.setdefault(key, Album())
    album.messages[message["message_id"]] = message
    album.news.set()
    if album.indexed is None:
        album.indexed = asyncio.create_task(_index_album(services, albums, key))
    await asyncio.shield(album.indexed)


async def _index_album(services: Services, albums: dict[tuple[int, str], Album], key: tuple[int, str]) -> None:
    album = albums[key]
    while album.news.is_set():
        album.news.clear()
        await asyncio.sleep(ALBUM_PAUSE)
    del albums[key]
    await _index(services, [album.messages[number] for number in sorted(album.messages)])


async def _index(services: Services, messages: Sequence[dict[str, Any]]) -> None:
    changed = await services.indexed(services.parts.indexing.index_posts, messages)
    metrics.POSTS_INDEXED.inc(changed)
    log.info("channel post: %d messages, %d documents changed", len(messages), changed)
