"""The buttons of a question that may mean several things: pressing one asks it of that one, once."""

from __future__ import annotations

import re

from telegram import Message, Update
from telegram.ext import CallbackQueryHandler

from konspekt.answering.question.choices import with_choice
from konspekt.bot.handlers.asking.addressed import Asked
from konspekt.bot.handlers.asking.delivering import CHOICE
from konspekt.bot.handlers.asking.feedback import REFUSED
from konspekt.bot.handlers.asking.questions import answer_question
from konspekt.bot.sending import optional
from konspekt.bot.services import App, Context, Here, here_of

CHOSEN = re.compile(rf"{CHOICE}(\d{{1,18}}):(\d{{1,2}})$")


def register(app: App) -> None:
    app.add_handler(CallbackQueryHandler(chosen, pattern=CHOSEN))


async def chosen(update: Update, context: Context) -> None:
    """Only who asked may choose, in that chat, and one of them: the question is then answered as if asked so.

    That it was chosen is stored with this update in one transaction, so that neither a second press nor a restart
    answers twice.
    """
    here, query = here_of(update, context), update.callback_query
    pressed = CHOSEN.match(query.data or "") if query else None
    if here is None or query is None or pressed is None or not isinstance(query.message, Message):
        return
    question = here.delivery.result("chosen")
    if question is None:
        question, refused = await _choose(here, int(pressed[1]), _label(query.message, query.data))
        toast = here.locale(REFUSED[refused]) if refused else None
        await optional(here.services, "answerCallbackQuery", lambda: query.answer(toast))
        if question is None:
            return
    message_id = query.message.message_id
    unbutton = lambda: here.bot.edit_message_reply_markup(here.chat.id, message_id, reply_markup=None)  # noqa: E731
    await optional(here.services, "editMessageReplyMarkup", unbutton)
    await answer_question(here, Asked(question))


async def _choose(here: Here, answer_id: int, label: str | None) -> tuple[str | None, str]:
    """The question to answer, else why there is none: `gone`, also when it was chosen before, or `not_yours`."""
    if label is None:
        return None, "gone"
    asked: list[str] = []

    def effect_of(question: str) -> dict[str, object]:
        asked.append(with_choice(question, label))
        return here.delivery.with_note("chosen", asked[0])

    memory = here.parts.memory
    outcome = await here.services.stored(memory.choose, here.asker, answer_id, here.delivery.update_id, effect_of)
    return (asked[0], "") if outcome == "taken" else (None, outcome)


def _label(message: Message, data: str | None) -> str | None:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return next((button.text for row in rows for button in row if button.callback_data == data), None)
