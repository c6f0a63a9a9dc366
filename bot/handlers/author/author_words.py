"""The author's word: an admin replies «неверно: …» to an answer of the bot's, and may take it back."""

from __future__ import annotations

import re
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from konspekt.bot.handlers.asking.addressed import A_COMMAND, NEW_MESSAGE, words_of
from konspekt.bot.handlers.asking.questions import asked_in_private, heard_in_group
from konspekt.bot.sending import optional, put_in_place, send_html
from konspekt.bot.services import App, Context, here_of
from konspekt.bot.text.rich_text import Run, to_html
from konspekt.memory.author_word import correction_in

WITHDRAW = re.compile(r"word:(\d{1,18})$")


class Correction(filters.MessageFilter):
    """A reply to the bot that opens like a correction. Whether it is an admin's, and of an answer, is seen later."""

    def filter(self, message: Message) -> bool:
        replied = message.reply_to_message
        mine = replied is not None and replied.from_user is not None and replied.from_user.id == message.get_bot().id
        return mine and correction_in(words_of(message)) is not None


def register(app: App) -> None:
    app.add_handler(MessageHandler(NEW_MESSAGE & filters.TEXT & ~A_COMMAND & Correction(), corrected))
    app.add_handler(CallbackQueryHandler(withdrawn, pattern=WITHDRAW))


async def corrected(update: Update, context: Context) -> None:
    """Stores the word together with "this update is done": once, whatever happens. Other people's are questions."""
    here = here_of(update, context)
    if here is None:
        return
    replied, text = here.message.reply_to_message, correction_in(words_of(here.message))
    said = None
    if here.is_admin and replied is not None and here.parts.memory_control is not None:
        said = await here.services.stored(here.parts.memory.said, here.chat.id, replied.message_id)
    if said is None or text is None:
        await (asked_in_private if here.is_private else heard_in_group)(update, context)
        return
    kept: dict[str, Any] | None = here.delivery.result("word")
    if kept is None:
        kept = {}

        def effect_of(word_id: int) -> dict[str, Any]:
            kept.update(id=word_id)
            return here.delivery.with_note("word", kept)

        correct = here.parts.memory.correct
        await here.services.stored(correct, here.asker, said, text, here.delivery.update_id, effect_of)
    told = here.locale("memory_author_kept", question=said.question, what=text)
    button = InlineKeyboardButton(here.locale("memory_withdraw"), callback_data=f"word:{kept['id']}")
    await send_html(here, "told", to_html([Run(told)]), InlineKeyboardMarkup([[button]]))


async def withdrawn(update: Update, context: Context) -> None:
    """For admins, by their own id: who presses is told by Telegram, not by the button."""
    here, query = here_of(update, context), update.callback_query
    pressed = WITHDRAW.match(query.data or "") if query else None
    if here is None or query is None or pressed is None or here.parts.memory_control is None:
        return
    if not here.is_admin:
        await optional(here.services, "answerCallbackQuery", lambda: query.answer(here.locale("admins_only")))
        return
    await here.services.stored(here.parts.memory_control.withdraw, int(pressed[1]))
    await optional(here.services, "answerCallbackQuery", lambda: query.answer(here.locale("memory_withdrawn")))
    if query.message is not None:
        await put_in_place(here, query.message.message_id, to_html([Run(here.locale("memory_withdrawn"))]))
