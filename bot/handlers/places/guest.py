"""Guest mode: the bot is mentioned in a chat that it was never added to, and answers there once.

Telegram sends the one message that mentions it, with the message that it replies to. Nothing of such a chat is stored:
no question, no answer, no name; while the answer is being written its update waits in the inbox, as every update does.
"""

from __future__ import annotations

import logging
from typing import Any

from telegram import InlineKeyboardMarkup, InlineQueryResultArticle, InputTextMessageContent, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, InvalidToken
from telegram.ext import BaseHandler

from konspekt.bot import metrics
from konspekt.bot.handlers.asking.addressed import asked_in, has_words
from konspekt.bot.handlers.places.passing import ask_on, in_one_message, passing_answer, too_much
from konspekt.bot.sending import NO_PREVIEW
from konspekt.bot.services import App, Context, Here, here_of
from konspekt.bot.text.rich_text import Run, html_to_text, to_html

log = logging.getLogger(__name__)
STEP = "guest"


def register(app: App) -> None:
    app.add_handler(GuestHandler(mentioned))


class GuestHandler(BaseHandler[Update, Context, None]):
    def check_update(self, update: object) -> bool:
        return isinstance(update, Update) and update.guest_message is not None


async def mentioned(update: Update, context: Context) -> None:
    here, message = here_of(update, context), update.guest_message
    if here is None or message is None or not message.guest_query_id:
        return
    ready: dict[str, Any] | None = here.delivery.result("answer")
    if ready is None:
        ready = await _written(here, context.bot.username)
        await here.delivery.note("answer", ready)
    await _answer(here, message.guest_query_id, ready["html"], ready["question"], whole=ready["whole"])


async def _written(here: Here, username: str) -> dict[str, Any]:
    """What is to be shown: an answer, or why there is none."""
    asked = asked_in(here.message, here.bot.id, username)
    told = await _refusal(here, asked.question)
    if told is not None:
        return {"html": to_html([Run(told)]), "whole": True, "question": ""}
    answer = await passing_answer(here.services, asked, here.user_id, here.locale)
    if answer is None:
        return {"html": here.locale("not_indexed"), "whole": True, "question": ""}
    metrics.ANSWERS.labels("refused" if answer.refused else "extractive" if answer.extractive else "answered").inc()
    html, whole = in_one_message(answer, here.locale)
    return {"html": html, "whole": whole, "question": asked.question}


async def _refusal(here: Here, question: str) -> str | None:
    if not has_words(question):
        return here.locale("guest_hint", username=here.bot.username)
    if (told := too_much(here.services, question, here.locale)) is not None:
        return told
    seconds = here.services.rate.admit(here.user_id, here.delivery.received_at) if here.delivery.attempts <= 1 else 0
    limit = here.parts.settings.questions_per_minute
    return here.locale("too_fast", limit=limit, seconds=round(seconds)) if seconds else None


async def _answer(here: Here, query_id: str, html: str, question: str, *, whole: bool) -> None:
    """As it is; as plain text where a server does not take the formatting; not at all where it is too late."""
    keyboard = ask_on(here.bot.username, question, here.locale, whole=whole)
    for text, mode in ((html, ParseMode.HTML), (html_to_text(html), None)):
        try:
            await here.delivery.once(
                STEP,
                lambda text=text, mode=mode: here.bot.answer_guest_query(  # type: ignore[misc]
                    query_id, _result(text, mode, keyboard)
                ),
            )
        except BadRequest as error:
            log.warning("a guest's answer was refused (%s)", error.message.split(":")[0][:60])
            if "query" in error.message.lower():
                return  # it has waited too long: there is no other way into that chat
        except InvalidToken:
            log.warning("this Bot API server has no answerGuestQuery")
            return
        else:
            return


def _result(text: str, mode: str | None, keyboard: InlineKeyboardMarkup) -> InlineQueryResultArticle:
    content = InputTextMessageContent(text, mode, link_preview_options=NO_PREVIEW)
    return InlineQueryResultArticle("answer", "Konspekt", content, reply_markup=keyboard)
