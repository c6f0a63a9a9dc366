"""AUTO_CONVERT: drafts of a new channel post, sent to the admins and to nobody else. Nothing is published."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import MessageHandler, filters

from konspekt.bot.drafts.desk import Desk
from konspekt.bot.drafts.texts import words
from konspekt.bot.locales import Locale
from konspekt.bot.services import (
    App,
    Context,
    Services,
    services_of,
)
from konspekt.bot.updates.albums import album_of
from konspekt.conversion.document import Post

log = logging.getLogger(__name__)
AFTER_INDEXING = 1  # a later handler group: the post is searchable first

Show = Callable[..., Awaitable[None]]


def register_auto(app: App, desk: Desk, show: Show) -> None:
    """Does nothing without a rule."""
    if not desk.parts.auto:
        return

    async def posted(update: Update, context: Context) -> None:
        services = services_of(context)
        payload = services.deliveries[update.update_id].payload
        if "channel_post" in payload:
            desk.start(_convert(services, context.bot, desk, show, album_of(payload)))

    app.add_handler(MessageHandler(filters.UpdateType.CHANNEL_POST, posted), group=AFTER_INDEXING)


async def _convert(services: Services, bot: Any, desk: Desk, show: Show, messages: list[dict[str, Any]]) -> None:
    post = await asyncio.to_thread(desk.parts.read, messages)
    if post is None:
        return
    for admin in sorted(services.parts.settings.admins):
        try:
            await _for_admin(bot, desk, show, post, admin)
        except TelegramError as error:
            log.warning("drafts of a new post did not reach an admin (%s)", type(error).__name__)


async def _for_admin(bot: Any, desk: Desk, show: Show, post: Post, admin: int) -> None:
    locale = Locale("ru" if post.lang == "ru" else "en")  # nobody wrote to us whose language could be known
    told = False
    for target in desk.parts.auto:
        lang = target.lang or post.lang
        if await desk.known(post, target.network, lang, admin):
            continue  # the update came again after a restart
        draft_id, draft = await desk.write(
            post, target.network, lang, admin, wishes=desk.parts.wishes, speak=locale.language
        )
        if not told:
            told = True
            await bot.send_message(admin, words(locale, "auto"))
        await show(bot, (admin, None, locale), draft_id, draft, target.network, post=post)
