"""AUTO_CONVERT: drafts of a new channel post, sent to the admins and no one else. Nothing is published."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import MessageHandler, filters

from konspekt.bot.drafts.desk import Desk
from konspekt.bot.drafts.messages import Place
from konspekt.bot.drafts.writing import show_kept
from konspekt.bot.locales import Locale
from konspekt.bot.services import App, Context, services_of
from konspekt.bot.updates.albums import album_of
from konspekt.bot.updates.jobs import Body, JobHandler, job_update
from konspekt.bot.wire.delivery import Delivery
from konspekt.conversion.document import Post

log = logging.getLogger(__name__)
AFTER_INDEXING = 1  # a later handler group: the post is searchable first
KIND = "auto"


def register_auto(app: App, desk: Desk) -> None:
    """Does nothing without a rule."""
    if not desk.parts.auto:
        return

    async def posted(update: Update, context: Context) -> None:
        services = services_of(context)
        payload = services.deliveries[update.update_id].payload
        await services.later(job_update(update.update_id, KIND, {"messages": album_of(payload)}))

    app.add_handler(MessageHandler(filters.UpdateType.CHANNEL_POST, posted), group=AFTER_INDEXING)
    app.add_handler(JobHandler(KIND, _job(desk)))


def _job(desk: Desk) -> Callable[[Context, Delivery, Body], Any]:
    async def work(context: Context, delivery: Delivery, body: Body) -> None:
        post = await asyncio.to_thread(desk.parts.read, body["messages"])
        if post is None:
            return
        locale = Locale("ru" if post.lang == "ru" else "en")  # there is no sender whose language could be known
        settings = services_of(context).parts.settings
        for admin in sorted(settings.admins):
            place = Place(context.bot, delivery, admin, None, locale, settings.suggest_to is not None)
            try:
                await _for_admin(place, desk, post)
            except TelegramError as error:
                log.warning("drafts of a new post did not reach an admin (%s)", type(error).__name__)

    return work


async def _for_admin(place: Place, desk: Desk, post: Post) -> None:
    admin, delivery = place.chat_id, place.delivery
    for target in desk.parts.auto:
        lang = target.lang or post.lang
        step = f"{admin}-{target.network.name}-{lang}"
        if delivery.result(step) is None:
            if await desk.known(post, target.network, lang, admin):
                continue  # the author converted the same text before
            speak, wishes = place.locale.language, desk.parts.wishes
            await desk.write(
                delivery,
                step,
                post=post,
                network=target.network,
                lang=lang,
                user_id=admin,
                wishes=wishes,
                speak=speak,
            )
        await place.send(f"{admin}-auto", place.locale("convert_auto"))
        await show_kept(place, desk, step, target.network, post)
