"""`@bot words` and "ask this": the message that was sent into a chat becomes the answer, in its place.

Telegram tells of the choice only where the owner turned it on (`/setinlinefeedback` at @BotFather), and names the sent
message only where it has a button. Where it does not tell, that button asks the same in the bot's own chat.
"""

from __future__ import annotations

import logging
from typing import Any

from telegram import InlineKeyboardMarkup, InlineQueryResultArticle, InputTextMessageContent, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, InvalidToken
from telegram.ext import ChosenInlineResultHandler

from konspekt.bot.handlers.asking.addressed import Asked
from konspekt.bot.handlers.places.passing import ask_on, in_one_message, passing_answer
from konspekt.bot.locales import Locale, locale_for
from konspekt.bot.sending import NO_PREVIEW
from konspekt.bot.services import App, Context, Services, services_of
from konspekt.bot.text.rendering import shortened
from konspekt.bot.text.rich_text import Run, Style, html_to_text, to_html
from konspekt.bot.wire.delivery import Delivery

log = logging.getLogger(__name__)
ASK = "ask"  # id of the result


def register(app: App) -> None:
    app.add_handler(ChosenInlineResultHandler(chosen, pattern=f"^{ASK}$"))


def ask_result(words: str, locale: Locale, username: str) -> InlineQueryResultArticle:
    """What is offered beside the posts: the question itself, which becomes its answer once it is sent."""
    waiting = to_html([*_asked(words), Run("⏳ " + locale("inline_waiting"))])
    return InlineQueryResultArticle(
        id=ASK,
        title=locale("inline_ask"),
        description=shortened(words, 120),
        input_message_content=InputTextMessageContent(waiting, ParseMode.HTML, link_preview_options=NO_PREVIEW),
        reply_markup=ask_on(username, words, locale, whole=False, key="inline_in_bot"),
    )


def _asked(words: str) -> list[Run]:
    return [Run(words, (Style("b"),)), Run("\n\n")]


async def chosen(update: Update, context: Context) -> None:
    """Writes the answer into the sent message. Nothing is stored: the chat is not the bot's."""
    choice, services = update.chosen_inline_result, services_of(context)
    if choice is None or choice.inline_message_id is None:
        return
    words = choice.query.strip()[: services.parts.settings.question_max_chars]
    locale, delivery = locale_for(choice.from_user.language_code, words), services.deliveries[update.update_id]
    ready: dict[str, Any] | None = delivery.result("answer")
    if ready is None:
        ready = await _written(services, delivery, words, choice.from_user.id, locale)
        await delivery.note("answer", ready)
    keyboard = ask_on(context.bot.username, words, locale, whole=ready["whole"])
    await _put(context, delivery, choice.inline_message_id, ready["html"], keyboard)


async def _written(services: Services, delivery: Delivery, words: str, user_id: int, locale: Locale) -> dict[str, Any]:
    seconds = services.rate.admit(user_id, delivery.received_at) if delivery.attempts <= 1 else 0.0
    if seconds:
        limit = services.parts.settings.questions_per_minute
        told = locale("too_fast", limit=limit, seconds=round(seconds))
        return {"html": to_html([*_asked(words), Run(told)]), "whole": True}
    answer = await passing_answer(services, Asked(words), user_id, locale)
    if answer is None:
        return {"html": to_html([*_asked(words), Run(locale("not_indexed"))]), "whole": True}
    html, whole = in_one_message(answer, locale, _asked(words))
    return {"html": html, "whole": whole}


async def _put(
    context: Context, delivery: Delivery, message_id: str, html: str, keyboard: InlineKeyboardMarkup
) -> None:
    """Editing twice is editing once, so that a restart in between does no harm."""
    for text, mode in ((html, ParseMode.HTML), (html_to_text(html), None)):
        try:
            await delivery.patiently(
                "edit",
                lambda text=text, mode=mode: context.bot.edit_message_text(  # type: ignore[misc]
                    text,
                    inline_message_id=message_id,
                    parse_mode=mode,
                    reply_markup=keyboard,
                    link_preview_options=NO_PREVIEW,
                ),
            )
        except BadRequest as error:
            if "not modified" in error.message.lower():
                return
            log.warning("an inline answer was refused (%s)", error.message.split(":")[0][:60])
        except InvalidToken:
            return  # the button below the question leads to the bot
        else:
            return
