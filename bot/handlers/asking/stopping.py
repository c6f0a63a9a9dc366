"""Stop: Telegram's own button on a draft (Bot API 10.3), and ours under a message that grows where there are no drafts.

Both set the flag that the answerer looks at: the model's stream is closed, and what it has written is checked and sent
as the answer. A stop that comes too late, or after a restart, changes nothing.
"""

from __future__ import annotations

import logging
import re

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from konspekt.bot.sending import optional
from konspekt.bot.services import App, Context, here_of, services_of
from konspekt.bot.streaming import STOP
from konspekt.bot.updates.raw_updates import STOPPED

log = logging.getLogger(__name__)
PRESSED = re.compile(rf"{STOP}(\d{{1,10}})$")


class StoppedHandler(BaseHandler[Update, Context, None]):
    """python-telegram-bot does not know this update yet."""

    def check_update(self, update: object) -> bool:
        return isinstance(update, Update) and STOPPED in update.api_kwargs


def register(app: App) -> None:
    app.add_handler(StoppedHandler(draft_stopped))
    app.add_handler(CallbackQueryHandler(stop_pressed, pattern=PRESSED))


async def draft_stopped(update: Update, context: Context) -> None:
    """Drafts are shown in private chats only: whoever stops one asked for it."""
    body = update.api_kwargs[STOPPED]
    try:
        generation = services_of(context).generations.find(int(body["chat"]["id"]), int(body["draft_id"]))
    except (KeyError, TypeError, ValueError):
        log.warning("a stopped draft is not described as expected")
        return
    if generation is not None:
        generation.stop.set()


async def stop_pressed(update: Update, context: Context) -> None:
    here, query = here_of(update, context), update.callback_query
    pressed = PRESSED.match(query.data or "") if query else None
    if here is None or query is None or pressed is None:
        return
    generation = here.services.generations.find(here.chat.id, int(pressed[1]))
    key = "stop_late" if generation is None else "stopping" if generation.user_id == here.user_id else "not_yours"
    if generation is not None and generation.user_id == here.user_id:
        generation.stop.set()
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(here.locale(key)))
