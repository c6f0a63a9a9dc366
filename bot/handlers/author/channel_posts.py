"""The channel's own posts, indexed as they come; an album's messages together."""

from __future__ import annotations

import logging

from telegram import Update
from telegram.ext import MessageHandler, filters

from konspekt.bot import metrics
from konspekt.bot.services import App, Context, services_of
from konspekt.bot.updates.albums import album_of

log = logging.getLogger(__name__)


def register(app: App) -> None:
    app.add_handler(MessageHandler(filters.UpdateType.CHANNEL_POSTS, posted))


async def posted(update: Update, context: Context) -> None:
    """Done only when the post is searchable: a crash before that leaves the update to be worked on again."""
    services = services_of(context)
    messages = album_of(services.deliveries[update.update_id].payload)
    changed = await services.indexed(services.parts.indexing.index_posts, messages)
    metrics.POSTS_INDEXED.inc(changed)
    services.news.set()
    log.info("channel post: %d messages, %d documents changed", len(messages), changed)
